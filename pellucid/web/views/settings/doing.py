"""Administrative actions as dialogs, made from what each of them asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pellucid.kernel.access.sessions import Shown
from pellucid.kernel.actions.declare import Action, actions
from pellucid.kernel.actions.run import fetch, right_words, run
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.admin.areas import AREAS
from pellucid.kernel.resources.declare import registry

from ... import answers, forms

TECHNICAL = ("text", "integer")
Choices = Callable[[Any, Any], list[tuple[Any, str]]]
choices: dict[tuple[str, str], Choices] = {}  # (action, input) -> what one may choose: function(request, record)


def action_of(name: str, on: str) -> Action:
    """An action that administrates: on what only administrators see, or one that takes somebody in."""
    what = actions.get(name)
    if what is None or what.on != on or not what.inputs and on == "new":
        raise Missing("")
    if what.resource not in AREAS and not (on == "new" and what.resource in registry and not what.generic):
        raise Missing("")
    return what


@require_http_methods(["GET", "HEAD", "POST"])
def do(request: Any, name: str, pk: int | None = None) -> HttpResponse:
    """GET: the dialog. POST: do it."""
    what = action_of(name, "new" if pk is None else "record")
    if not request.actor.may(what.resource, what.verb):
        raise Forbidden(what.right, right_words(what))
    record = fetch(what.model, pk, request.actor, what.verb) if pk is not None else None
    specs = asked(request, what, record)
    if request.method != "POST":
        return dialog(request, what, record, specs)
    typed = forms.raw_values(specs, request.POST) | {
        n: request.GET[n] for n in specs if n in request.GET and n not in request.POST
    }
    try:
        outcome = run(what, pk, request.actor, typed, show=request.show)
    except Invalid as error:
        if not what.inputs:
            raise
        return dialog(request, what, record, specs, typed, error)
    if isinstance(outcome.value, Shown):
        return shown_once(request, outcome.value)
    back = answers.inside(request.POST.get("back", ""), "/settings")
    return answers.again(request, back, text=what.past(str(record or outcome.record or "")[:60]))


def asked(request: Any, what: Action, record: Any) -> dict[str, Spec]:
    """The inputs, those with a list of their own as choices."""
    out, names = {}, {spec.name for spec in what.inputs}
    for spec in what.inputs:
        when = spec.options.get("when") or ("",)
        if record is not None and when[0] and when[0] not in names and getattr(record, when[0], "") not in when[1:]:
            continue  # asked of records of another kind
        offer = choices.get((what.name, spec.name))
        found = offer(request, record) if offer else None
        out[spec.name] = (
            spec
            if found is None
            else spec.changed(
                kind=spec.kind if spec.kind.key == "picks" else kind("choice"), choices=tuple((v, said, "") for v, said in found)
            )
        )
    return out


def initial(spec: Spec, record: Any) -> Any:
    """What a record holds for an input of an action on it."""
    if record is None:
        return None
    if spec.name in ("zh", "en"):
        return (getattr(record, "label", None) or {}).get("zh-hans" if spec.name == "zh" else "en", "")
    value = getattr(record, f"{spec.name}_id", getattr(record, spec.name, None))
    if isinstance(value, dict):
        return say(value)
    return value


def dialog(
    request: Any,
    what: Action,
    record: Any,
    specs: dict[str, Spec],
    typed: dict[str, Any] | None = None,
    error: Invalid | None = None,
) -> HttpResponse:
    """The inputs of an action as a form; what the address brings along is not asked again."""
    given = {n: v for n, v in request.GET.items() if n in specs and len(v) < 200}
    hidden = {n: v for n, v in given.items() if specs[n].kind.key in TECHNICAL and not specs[n].max_length}
    hidden |= {n: v for n, v in given.items() if (what.name, n) in choices and request.GET.get("fixed") == n}
    visible = {n: s for n, s in specs.items() if n not in hidden}
    values = {n: (s.default() if callable(s.default) else s.default) for n, s in visible.items()}
    values |= {n: v for n, s in visible.items() if (v := initial(s, record)) is not None}
    values |= {
        n: int(v) if specs[n].kind.key in ("user", "unit", "role") and is_whole(v) else v
        for n, v in given.items()
        if n in visible
    }
    wrong = forms.errors_of(error) if error else {}
    fields = forms.drawn(visible, request.show, request.actor, values, typed, wrong)
    address = f"/settings/do/{what.name}" + (f"/{record.pk}" if record is not None else "")
    big = len(fields) > 6
    frame = "drawer" if big else "dialog"
    form = {
        "title": str(what.label),
        "note": str(record)[:60] if record is not None else "",
        "action": address,
        "target": frame,
        "submit": str(what.label) if len(fields) < 3 else _("Save"),
        "danger": what.tone == "bad",
        "columns": 2 if big else 1,
        "hidden": hidden | {"back": request.GET.get("back", "") or request.headers.get("HX-Current-URL", "")[:0]},
        "sections": [{"title": "", "fields": list(fields.values())}],
        "more": [],
        "errors": [{"label": fields[n]["label"], "id": f"f-{n}", "text": forms.in_a_row(m)} for n, m in wrong.items() if n in fields],
        "failure": forms.in_a_row(forms.in_a_row(m) for n, m in wrong.items() if n not in fields),
    }
    if what.confirm:
        form["help"] = str(what.confirm)
    if what.shows and record is not None:
        shown = what.shows(record, request.actor, {n: v for n, v in values.items() if v not in (None, "")})
        form["preview"] = answers.drawn(shown.template, shown.context | {"show": request.show}) if shown else ""
    status = 422 if error else 200
    if request.htmx:
        return answers.fragment(request, "form_drawer.html", {"form": form}, status=status)
    form |= {"crumbs": [{"label": _("Settings"), "href": "/settings"}], "cancel": "/settings"}
    return answers.page(request, "form.html", {"form": form, "title": form["title"]}, status=status)


def shown_once(request: Any, link: Shown) -> HttpResponse:
    """A link that is shown once, with a button that copies it."""
    context = {"link": request.build_absolute_uri(link.path), "hours": link.hours, "purpose": link.purpose}
    if request.htmx:
        return answers.fragment(request, "settings/link.html", context)
    return answers.page(request, "settings/link_page.html", context | {"title": _("Link")})
