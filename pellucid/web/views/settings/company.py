"""Typed settings, one page per section; a unit may differ where the setting says so."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pellucid.kernel.access import directory
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.records.whole import is_whole

from ... import administration, answers, controls, forms


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: Any, section: str) -> HttpResponse:
    """A section's settings as a form; only what was changed is sent on."""
    administration.need(request.actor, "setting.view")
    declared = settings.of_section(section)
    if not declared:
        raise Missing("")
    unit = unit_of(request)
    shown = [s for s in declared if unit is None or s.scope == "unit"]
    typed, wrong = None, {}
    if request.method == "POST":
        administration.need(request.actor, "setting.edit")
        specs = {s.key: s.spec for s in shown}
        typed = forms.raw_values(specs, request.POST)
        given: dict[str, Any] = {key: value for key, value in typed.items() if value != entry(settings.get(key, unit))}
        if unit is not None:
            given |= {s.key: None for s in shown if request.POST.get(f"as-company.{s.key}")}
        try:
            outcome = run("setting_set", None, request.actor, values=given, unit=unit)
        except Invalid as error:
            wrong = forms.errors_of(error)
        else:
            return answers.go(request, request.get_full_path(), text=_("Saved.") if outcome.value else _("Nothing was changed."))
    fields = []
    for setting in shown:
        spec = setting.spec
        value = settings.get(setting.key, unit)
        field = controls.control_of(
            spec,
            request.show,
            value,
            typed=None if typed is None else typed.get(setting.key),
            error=" ".join(wrong.get(setting.key, ())),
        )
        if not request.actor.may("setting", "edit"):
            field["readonly"] = True
        fields.append(field | {"wide": True})
    label = str(settings.sections[section][1])
    errors = [{"label": f["label"], "id": f"f-{f['name']}", "text": f["error"]} for f in fields if f["error"]]
    form = {
        "action": request.get_full_path(),
        "sections": [{"title": "", "fields": fields}],
        "columns": 1,
        "errors": errors,
        "more": [],
        "hidden": {},
        "failure": " ".join(wrong.get("", ())),
    }
    context = {
        "form": form,
        "label": label,
        "section": section,
        "units": units_for(declared, section, unit),
        "may": request.actor.may("setting", "edit"),
    }
    return administration.page(request, f"company/{section}", "settings/section.html", context, status=422 if wrong else 200)


def unit_of(request: Any) -> int | None:
    """The unit whose settings one looks at; None for the company."""
    asked = request.GET.get("at", "")
    return int(asked) if is_whole(asked) and len(asked) < 12 and int(asked) in directory.units() else None


def units_for(declared: list[Any], section: str, now: int | None) -> list[dict[str, Any]]:
    """The company and its branches, where settings may differ from branch to branch."""
    if not any(s.scope == "unit" for s in declared) or not settings.get("company.branches"):
        return []
    base = f"/settings/company/{section}"
    branches = [u for u in directory.units().values() if u.kind == "branch" and not u.closed]
    return [
        {"label": _("Whole company"), "href": base, "current": now is None},
        *({"label": u.short_name or u.name, "href": f"{base}?at={u.id}", "current": now == u.id} for u in branches),
    ]


def entry(value: Any) -> str:
    """A value as its input would send it back."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
