"""Editing one field in its place: the control, then the value with a tick, or the reason why not."""
from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from markupsafe import Markup

from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Failure, Invalid, Missing, Stale
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.fields import specs, writable
from pellucid.kernel.resources.happened import said

from .. import answers, forms
from ..finding import record_at
from ..jinja import fragment
from ..record import Sheet, item
from .records import sheet_at

PARTS = "parts/fields.html"


@require_http_methods(["GET", "HEAD", "POST"])
def field(request: Any, path: str, pk: int, name: str) -> HttpResponse:
    """GET: the control (or, with ?rest=1, the value as it stands). POST: save."""
    sheet = sheet_at(request, path, pk)
    if name not in sheet.columns:
        raise Missing(_("There is no field “%(name)s” to fill in.") % {"name": name})
    if name not in sheet.writable or request.GET.get("rest"):
        return HttpResponse(fragment(PARTS, "value", None, item(sheet, name)))
    if request.method != "POST":
        return HttpResponse(editor(request, sheet, name))
    spec = sheet.writable[name]
    typed = forms.raw_values({name: spec}, request.POST).get(name, "")
    version = request.POST.get("version", "")
    try:
        outcome = run(f"{sheet.key}_update", pk, request.actor, values={name: typed}, version=whole(version),
                      show=request.show)
    except Invalid as error:
        return HttpResponse(editor(request, sheet, name, typed=typed, error=error), status=422)
    except Stale as stale:
        return HttpResponse(clash(request, sheet, name, stale), status=409)
    except Failure as refusal:
        refused = item(sheet, name) | {"refused": refusal.message}
        return HttpResponse(fragment(PARTS, "value", None, refused), status=refusal.status)
    after = item(Sheet(sheet.resource, outcome.record, request.actor, request.show), name)
    response = HttpResponse(fragment(PARTS, "value", None, after, saved=True))
    return answers.happens(response, changed={"resource": sheet.key, "id": pk, "field": name, "undo": f"/undo/{outcome.event_id}"})


@require_POST
def cell(request: Any, path: str, pk: int, name: str) -> HttpResponse:
    """Save one field of a row that is typed over in a table of another page: {version}, or {error} with what is wrong."""
    resource, record = record_at(path, pk, request.actor)
    if name not in writable(resource.key(), request.actor):
        raise Missing(_("There is no field “%(name)s” to fill in.") % {"name": name})
    version = whole(request.POST.get("version", ""))
    try:
        done = run(f"{resource.key()}_update", record.pk, request.actor, values={name: request.POST.get("value", "")}, version=version,
                   show=request.show)
    except Invalid as error:
        return JsonResponse({"error": " ".join(m for ms in forms.errors_of(error).values() for m in ms)}, status=422)
    except Stale as stale:
        return JsonResponse({"error": _("%(who)s changed this meanwhile.") % {"who": stale.who or _("Somebody")}}, status=409)
    except Failure as refusal:
        return JsonResponse({"error": str(refusal.message or refusal)}, status=refusal.status)
    if done.waiting is not None:
        return JsonResponse({"error": _("This waits for an approval now: “%(name)s”.") % {"name": done.waiting}}, status=202)
    said = JsonResponse({"version": done.record.version})
    return answers.happens(said, changed={"resource": resource.key(), "id": pk, "field": name, "undo": f"/undo/{done.event_id}"})


def editor(request: Any, sheet: Any, name: str, typed: Any = None, error: Invalid | None = None) -> Markup:
    """The control in the field's place."""
    spec = sheet.writable[name]
    wrong = forms.errors_of(error) if error else {}
    drawn = forms.drawn({name: spec}, request.show, request.actor, {name: raw_of(sheet, name)}, None if typed is None else {name: typed},
                        {name: wrong.get(name) or [m for ms in wrong.values() for m in ms]} if wrong else None)[name]
    here = f"{sheet.href}/field/{name}"
    return fragment(PARTS, "editor", None, drawn | {"action": here, "edit": f"{here}?rest=1", "version": sheet.record.version, "id": f"ie-{name}"})


def raw_of(sheet: Any, name: str) -> Any:
    """What the field holds, without its companion or title."""
    value = sheet.value(name)
    return value[0] if isinstance(value, tuple) else value


def clash(request: Any, sheet: Any, name: str, stale: Stale) -> Markup:
    """The value somebody else put there meanwhile, and one's own beside it."""
    spec, both = specs(sheet.key)[name], stale.conflicts.get(name, {"mine": "", "theirs": ""})
    text = _("%(who)s changed this meanwhile. Yours: %(mine)s") % {
        "who": stale.who or _("Somebody"), "mine": said(spec, both["mine"], request.show, {}) or "–"}
    typed = [(key, one) for key, many in request.POST.lists() if key not in ("version", "csrfmiddlewaretoken") for one in many]
    again = {"action": f"{sheet.href}/field/{name}", "inputs": [("version", sheet.record.version), *typed]}
    return fragment(PARTS, "value", None, item(sheet, name) | {"refused": text, "again": again})
