"""Making and changing records: in a drawer with htmx, on a page without; what two people changed at once is put side by side."""
from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Invalid, Missing, Stale, Unsure
from pellucid.kernel.records.whole import is_whole, whole
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs
from pellucid.kernel.resources.happened import said
from pellucid.kernel.resources.marks import titled

from .. import answers, forms
from ..finding import record_at, resource_at
from ..menu import label_of

BOTH = ["GET", "HEAD", "POST"]


def draw(request: Any, resource: Any, form: dict[str, Any], status: int = 200) -> HttpResponse:
    """The form as a drawer or as a page."""
    if request.htmx:
        return answers.fragment(request, "form_drawer.html", {"form": form}, status=status)
    crumbs = [{"label": label_of(resource), "href": f"/{resource.path}/"}]
    form |= {"crumbs": crumbs, "cancel": form["action"].removesuffix("/edit").removesuffix("new")}
    return answers.page(request, "form.html", {"form": form, "title": form["title"]}, status=status)


@require_http_methods(BOTH)
def new(request: Any, path: str) -> HttpResponse:
    """A new record."""
    resource = resource_at(path, request.actor, "create")
    key, actor, show = resource.key(), request.actor, request.show
    asked = forms.asked_fields(resource, actor)
    if request.method != "POST":
        preset = forms.along(asked, forms.preset_of(asked, request.GET), actor, resource.model.apart)
        return draw(request, resource, forms.form_of(resource, actor, show, preset=preset))
    typed = forms.raw_values(asked, request.POST, request.FILES)
    given = {n: v for n, v in typed.items() if v not in ("", []) or asked[n].required or asked[n].default in (None, "")}
    try:
        outcome = run(f"{key}_create", None, actor, values=given, show=show, sure=request.POST.get("sure") == "1")
    except Invalid as error:
        form = forms.form_of(resource, actor, show, typed=typed, errors=forms.errors_of(error))
        form["sure"] = error.anyway if isinstance(error, Unsure) else ""
        return draw(request, resource, form, 422)
    text = _("%(what)s “%(name)s” was created.") % {"what": resource.model._meta.verbose_name, "name": str(outcome.record)[:60]}
    if request.POST.get("next") == "1" and request.htmx:
        via = resource.model.part_of or resource.model.scope_via
        preset = {via: getattr(outcome.record, f"{via}_id")} if via in asked else {}
        return answers.toast(draw(request, resource, forms.form_of(resource, actor, show, preset=preset)), text)
    if request.htmx and (home := added_to(outcome.record)) and home == urlsplit(request.headers.get("Referer", "")).path:
        return answers.again(request, "", text=text)
    return answers.go(request, f"/{path}/{outcome.record.pk}", text=text)


@require_safe
def conditions(request: Any, path: str, name: str) -> HttpResponse:
    """The conditions of a form, about the kind of record just chosen."""
    resource = resource_at(path, request.actor)
    spec = forms.asked_fields(resource, request.actor).get(name)
    if spec is None or "by" not in spec.options:
        raise Missing
    kind = {spec.options["by"]: request.GET.get(spec.options["by"], "")}
    return answers.fragment(request, "form_field.html", {"f": forms.drawn({name: spec}, request.show, request.actor, kind)[name]})


def added_to(record: Any) -> str:
    """The page of the record this one hangs on or is part of; what is added there leaves the reader there."""
    via = record.part_of or record.scope_via
    parent = registry.get(record._meta.get_field(via).related_model._meta.model_name) if via else None
    return f"/{parent.path}/{getattr(record, f'{via}_id')}" if parent else ""


@require_http_methods(BOTH)
def edit(request: Any, path: str, pk: int) -> HttpResponse:
    """Change a record; only what really changed is sent on, so that others' changes beside it stay."""
    resource, record = record_at(path, pk, request.actor, "edit")
    key, actor, show = resource.key(), request.actor, request.show
    if request.method != "POST":
        return draw(request, resource, forms.form_of(resource, actor, show, record=record))
    asked = forms.asked_fields(resource, actor)
    typed = forms.raw_values(asked, request.POST, request.FILES)
    given = forms.changed_only(typed, request.POST.get("was", ""))
    given = {n: v for n, v in given.items() if request.POST.get(f"pick.{n}") != "theirs"}
    version = request.POST.get("version", "")
    try:
        outcome = run(f"{key}_update", pk, actor, values=given, version=whole(version), show=show)
    except Invalid as error:
        form = forms.form_of(resource, actor, show, record=record, typed=typed, errors=forms.errors_of(error))
        form["hidden"] = {"version": version, "was": request.POST.get("was", "")}
        return draw(request, resource, form, 422)
    except Stale as stale:
        return conflict(request, resource, pk, stale, given, f"/{path}/{pk}/edit")
    return saved(request, resource, outcome)


def saved(request: Any, resource: Any, outcome: Any) -> HttpResponse:
    """Back to the record, with a word about what others changed meanwhile, and the way back."""
    text = _("Saved.")
    if outcome.merged:
        n = len(outcome.merged)
        text = ngettext("Saved; %(n)s change of somebody else was kept beside yours.",
                        "Saved; %(n)s changes of somebody else were kept beside yours.", n) % {"n": n}
    href = f"/{resource.path}/{outcome.record.pk}"
    return answers.again(request, href, text=text, undo=f"/undo/{outcome.event_id}")


def conflict(request: Any, resource: Any, pk: int, stale: Stale, given: dict[str, Any], action: str) -> HttpResponse:
    """Both values side by side, only for the fields that clash."""
    known, show = specs(resource.key()), request.show
    wanted = [(known[n].target, int(v)) for n, both in stale.conflicts.items() for v in both.values()
              if known[n].kind.key == "link" and is_whole(str(v or ""))]
    links = titled(wanted, request.actor) if wanted else {}
    clashes = [{"name": n, "label": str(known[n].label), "mine": said(known[n], both["mine"], show, links) or "–",
                "theirs": said(known[n], both["theirs"], show, links) or "–"} for n, both in stale.conflicts.items()]
    hidden = [("version", stale.version), *((n, v) for n, value in given.items() for v in (value if isinstance(value, list) else [value]))]
    when = words.ago(stale.when, show.now, show.language) if stale.when else ""
    at = stale.when.astimezone(show.zone).strftime("%H:%M") if stale.when else ""
    context = {"conflict": {"who": stale.who, "when": when, "at": at, "clashes": clashes, "hidden": hidden, "action": action,
                            "merged": len(given) - len(clashes), "title": _("%(who)s changed this %(what)s %(when)s") % {
                                "who": stale.who or _("Somebody"), "what": resource.model._meta.verbose_name, "when": when}}}
    if request.htmx:
        return answers.fragment(request, "conflict.html", context, status=409)
    return answers.page(request, "conflict_page.html", context | {"title": context["conflict"]["title"]}, status=409)
