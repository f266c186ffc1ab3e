"""Actions on one record: the dialog from the action's inputs, the run, the toast with the way back."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from markupsafe import Markup

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.sessions import Shown
from pellucid.kernel.actions.declare import Action, Once, actions, gates_ask, inputs_of
from pellucid.kernel.actions.run import fetch, needed, reaches, right_words, run
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Unsure
from pellucid.kernel.records.kinds.base import BadValue
from pellucid.kernel.records.models import Record
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import resource_of
from pellucid.kernel.resources.fields import clear, resource_title
from pellucid.kernel.resources.undo import reversible

from .. import answers, forms
from ..finding import record_at, resource_at
from ..record import Sheet
from .settings.doing import shown_once

DANGER = "bad"


def action_of(resource: Any, name: str) -> Action:
    """The action of this name on this resource. Missing otherwise."""
    found = actions.get(name)
    if found is None or found.model is not resource.model or found.on != "record" or found.name.endswith(("_create", "_update")):
        raise Missing("")
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def do(request: Any, path: str, pk: int, name: str) -> HttpResponse:
    """GET: the dialog. POST: do it."""
    what = action_of(resource_at(path, request.actor), name)
    if what.reach is not None:
        resource, record = resource_at(path, request.actor), fetch(what.model, pk, request.actor, what.verb, reach=what.reach)
    else:
        resource, record = record_at(path, pk, request.actor)
        if not Sheet(resource, record, request.actor, request.show).reach.may(what.verb):
            raise Forbidden(what.right, right_words(what))
    needed(what, record, request.actor)
    if request.method != "POST":
        return dialog(request, resource, record, what, {k: v for k, v in request.GET.items() if len(v) < 200})
    asked = inputs_of(what, record, request.actor)
    typed = forms.raw_values({s.name: s for s in asked}, request.POST, request.FILES)
    typed |= {s.name: request.GET[s.name] for s in asked if s.name in request.GET and s.name not in request.POST}
    version = request.POST.get("version", "")
    unseen = what.shows(record, request.actor, parsed(what, typed, request.show)) if what.shows and request.POST.get("looked") != "1" else None
    if unseen and unseen.settled:  # it speaks of what was just named: to be seen before it is done
        return dialog(request, resource, record, what, {}, typed)
    try:
        outcome = run(what, pk, request.actor, typed, version=int(version) if what.needs_version and is_whole(version) else None, show=request.show,
                      sure=request.POST.get("sure") == "1")  # fmt: skip
    except Invalid as error:
        if not request.htmx or request.POST.get("version"):
            return dialog(request, resource, record, what, {}, typed, error)
        raise
    return done(request, resource, record, what, outcome)


def done(request: Any, resource: Any, record: Any, what: Action, outcome: Any) -> HttpResponse:
    """Say what became of it, with the way back, and the way to the record from wherever it was done."""
    pk = record.pk
    if isinstance(outcome.value, Shown):
        return shown_once(request, outcome.value)
    if isinstance(outcome.value, Once):
        context = {"once": outcome.value, "back": f"/{resource.path}/{pk}", "title": str(outcome.value.label)}
        return answers.fragment(request, "once.html", context) if request.htmx else answers.page(request, "once_page.html", context)
    if outcome.state == "waiting":
        waits = f"/{resource_of(type(outcome.waiting)).path}/{outcome.waiting.pk}"
        return answers.again(request, f"/{resource.path}/{pk}", text=_("Sent for approval."), href=waits)
    made = outcome.value
    if what.leads_on and isinstance(made, Record) and reaches(type(made), made.pk, request.actor):
        return answers.go(request, f"/{resource_of(type(made)).path}/{made.pk}", text=what.past(resource_title(resource, record)[:60]))
    undo = f"/undo/{outcome.event_id}" if reversible(what.event) else ""
    text = what.past(resource_title(resource, outcome.record or record)[:60])
    if (what.verb == "delete" or what.leaves_scope) and not reaches(resource.model, pk, request.actor):
        return answers.go(request, f"/{resource.path}/", text=text + whose_now(what, outcome.record, request.actor), undo=undo)
    here = urlsplit(request.headers.get("Referer", "")).path if request.htmx else f"/{resource.path}/{pk}"
    href = f"/{resource.path}/{pk}"
    return answers.again(request, href, text=text, undo=undo, href="" if here == href else href)


def whose_now(what: Action, record: Any, actor: Actor) -> str:
    """Who has a record that has left the reach of whoever acted, as words to add; nothing where it waits for somebody, or is gone."""
    waits = getattr(record, "waits_in", "")
    if what.verb == "delete" or not getattr(record, "owner_id", None) or (waits and getattr(record, f"{waits}_id")):
        return ""
    if not clear(what.resource, actor, "owner"):
        return ""
    return _("; %(name)s has it now") % {"name": directory.user_name(record.owner_id)}


def begun(spec: Any, text: str, show: Any) -> Any:
    """What an address says a field begins with; None if that is no value of it."""
    try:
        return spec.kind.parse(spec, text, show)
    except BadValue:
        return None


def parsed(what: Action, typed: dict[str, Any], show: Any) -> dict[str, Any]:
    """What is typed so far, as far as it is right already."""
    known = {s.name: s for s in what.inputs}
    return {n: value for n, v in typed.items() if n in known and v not in ("", []) and (value := begun(known[n], v, show)) is not None}


def dialog(request: Any, resource: Any, record: Any, what: Action, preset: dict[str, str], typed: dict[str, Any] | None = None,
           error: Invalid | None = None) -> HttpResponse:
    """The inputs of an action as a form."""
    given = {s.name: s for s in (what.asks(record, request.actor, what.inputs) if what.asks else what.inputs)}
    given |= {s.name: s for s in gates_ask(what, record, request.actor)}
    values = {n: (s.default() if callable(s.default) else s.default) for n, s in given.items()}
    values |= what.suggest(record, request.actor) if what.suggest else {}
    values |= {n: value for n, v in preset.items() if n in given and (value := begun(given[n], v, request.show)) is not None}
    asked = isinstance(error, Unsure)
    wrong = forms.errors_of(error) if error and not asked else {}
    so_far = parsed(what, typed, request.show) if typed is not None else {n: v for n, v in values.items() if v not in (None, "")}
    shown = what.shows(record, request.actor, so_far) if what.shows else None
    quiet = {n for n, s in given.items() if s.options.get("hidden") or shown and n in shown.settled}
    kept = {n: (typed or values).get(n) or "" for n in quiet if given[n].kind.control != "choices"} | ({"looked": "1"} if shown else {})
    given = {n: s for n, s in given.items() if n not in quiet}
    fields = forms.drawn(given, request.show, request.actor, values, typed, wrong)
    said = what.confirm or ("" if fields or shown else _("%(action)s “%(name)s”?") % {"action": what.label, "name": str(record)[:80]})
    preview = Markup('<p class="t13 i2 mb12">{}</p>').format(said) if said else Markup("")
    preview += answers.drawn(shown.template, shown.context | {"show": request.show}) if shown else Markup("")
    preview += answers.drawn("parts/asked.html", {"said": [m for found in error.errors.values() for m in found]}) if error and asked else Markup("")
    form = {"title": str(what.label), "note": str(record)[:80], "action": f"/{resource.path}/{record.pk}/do/{what.name}", "target": "dialog",
            "submit": str(what.label), "sure": error.anyway if isinstance(error, Unsure) else "",
            "multipart": forms.multipart(fields.values()),
            "danger": what.tone == DANGER, "columns": 1, "hidden": {"version": record.version} | kept,
            "sections": [{"title": "", "fields": list(fields.values())}], "more": [],
            "preview": preview,
            "errors": [{"label": fields[n]["label"], "id": f"f-{n}", "text": forms.in_a_row(m)} for n, m in wrong.items() if n in fields],
            "failure": forms.in_a_row(forms.in_a_row(m) for n, m in wrong.items() if n not in fields)}
    status = 422 if error else 200
    if request.htmx:
        return answers.fragment(request, "form_drawer.html", {"form": form}, status=status)
    form |= {"crumbs": [], "cancel": f"/{resource.path}/{record.pk}"}
    return answers.page(request, "form.html", {"form": form, "title": form["title"]}, status=status)
