"""Fields and layout of each object: order, names, requirements; custom fields beside those of the program."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.kinds import Kind
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources import ladder
from pellucid.kernel.resources.admin import custom, measured
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import arranged, model_specs, overlay, specs
from pellucid.kernel.resources.models import CustomField

from ... import administration, answers
from ...menu import label_of
from .doing import choices

ICONS = {
    "longtext": "align-left",
    "term": "list",
    "terms": "list-check",
    "choice": "list",
    "level": "list",
    "date": "calendar",
    "datetime": "clock",
    "money": "currency-yuan",
    "decimal": "hash",
    "integer": "hash",
    "percent": "percentage",
    "bool": "checkbox",
    "link": "link",
    "user": "user",
    "unit": "sitemap",
    "phone": "phone",
    "email": "mail",
    "url": "world",
}
KIND_LABELS = {str(k): label for k, label in CustomField.Kind.choices} | {
    "choice": t("Choice"),
    "level": t("Steps"),
    "datetime": t("Moment"),
    "integer": t("Whole number"),
    "percent": t("Percent"),
    "user": pgettext_lazy("column", "Colleague"),
    "unit": t("Unit of the company"),
    "phone": t("Phone"),
    "email": t("E-mail"),
    "url": t("Web address"),
    "json": t("Data"),
    "file": t("File"),
    "conditions": t("Conditions"),
    "combobox": t("Choice"),
}


def kind_label(kind: Kind) -> str:
    """What a kind is called; one of an area that is not in the list, after how it is typed."""
    label = KIND_LABELS.get(kind.key) or (KIND_LABELS["terms"] if kind.family == "array" else KIND_LABELS.get(kind.control))
    return str(label or KIND_LABELS["text"])


@require_safe
def index(request: Any) -> HttpResponse:
    """The first object."""
    administration.need(request.actor, "customfield.view")
    owned = [k for k, r in registry.items() if hasattr(r.model, "owner_id")]
    return answers.go(request, f"/settings/fields/{(owned or list(registry))[-1]}")


@require_safe
def resource(request: Any, key: str) -> HttpResponse:
    """The fields of one object in their sections."""
    administration.need(request.actor, "customfield.view")
    found = registry.get(key)
    if found is None:
        raise Missing("")
    only = request.GET.get("only") == "custom"
    rates, of = custom.fill_rates(key)
    may = request.actor.may("customfield", "edit")
    sections = [s for s in grouped(found, rates, only) if s["rows"]]
    base = f"/settings/fields/{key}"
    context = {
        "tabs": [
            {"label": label_of(r), "href": f"/settings/fields/{k}", "count": len(shown(r)), "current": k == key}
            for k, r in registry.items()
        ],
        "key": key,
        "noun": label_of(found),
        "sections": sections,
        "of": of,
        "may": may,
        "only": only,
        "base": base,
        "retired": [{"id": c.pk, "label": str(c), "name": c.name} for c in custom.custom_fields(key, retired=True)],
        "sample": custom.SAMPLE,
    }
    return administration.page(request, "fields", "settings/fields.html", context)


def shown(found: type[Resource]) -> dict[str, Spec]:
    """The fields an administrator may arrange: those of sections and form, and the custom ones."""
    named = {n for s in found.sections for n in s.fields} | set(found.form)
    return {n: s for n, s in specs(found.key()).items() if n in named or s.custom}


def grouped(found: type[Resource], rates: dict[str, int], only: bool) -> list[dict[str, Any]]:
    """Sections with their rows."""
    known, layout = shown(found), overlay(found.key())[1]
    titles = custom.sections_of(found)
    left = dict(known)
    out = []
    for section in found.sections:
        inside = [n for n in known if known[n].custom and (known[n].options.get("section") == str(section.title) or section.rest and
                  known[n].options.get("section") not in titles)]
        names = arranged(found.key(), [n for n in (*section.fields, *inside) if n in known])
        out.append(
            {
                "title": str(section.title),
                "rows": [row(found, left.pop(n), rates, layout) for n in names if n in left and (not only or known[n].custom)],
            }
        )
    own = [n for n in left if known[n].custom and known[n].options.get("section") not in titles]
    rest = [n for n in left if not known[n].custom]
    out.append({"title": _("Only in the form"), "rows": [row(found, left[n], rates, layout) for n in rest if not only]})
    out.append({"title": _("Custom fields"), "rows": [row(found, left[n], rates, layout) for n in own]})
    return out


def row(found: type[Resource], spec: Spec, rates: dict[str, int], layout: dict[str, Any]) -> dict[str, Any]:
    """One field."""
    key, declared = found.key(), model_specs(found.key()).get(spec.name)
    if spec.custom:
        edit = f"/settings/do/customfield_change/{spec.options['id']}"
    else:
        edit = f"/settings/do/layout_set?resource={key}&field={spec.name}"
        now = layout.get(spec.name)
        if now:
            edit += "".join(
                f"&{n}={v}"
                for n, v in (
                    ("zh", now["label"].get("zh-hans", "")),
                    ("en", now["label"].get("en", "")),
                    ("hidden", "1" if now["hidden"] else ""),
                    ("required", "1" if now["required"] else ""),
                    ("default", now["default"]),
                )
                if v not in (None, "")
            )
    kind = kind_label(spec.kind)
    if spec.dictionary:
        kind += " · " + _("dictionary")
    tags = []
    if spec.required:
        tags.append({"label": _("Required"), "tone": "acc"})
    if spec.unique:
        tags.append({"label": _("Unique"), "tone": "acc"})
    if spec.personal:
        tags.append({"label": _("Personal"), "tone": "info"})
    if not spec.editable:
        tags.append({"label": _("Read only"), "tone": ""})
    if spec.options.get("hidden"):
        tags.append({"label": _("Hidden"), "tone": "warn"})
    if spec.custom:
        tags.append({"label": _("Custom"), "tone": "vio"})
    if found.ladder:
        points, step = ladder.points(key).get(spec.name, 0), ladder.first_steps(key).get(spec.name, "")
        if step:
            tags.append({"label": _("from %(step)s") % {"step": dict(ladder.steps(key))[step]}, "tone": "acc"})
        if points:
            tags.append({"label": ngettext("%(n)s point", "%(n)s points", points) % {"n": points}, "tone": ""})
        rises = spec.editable and f"/settings/do/layout_demand?resource={key}&field={spec.name}&points={points}&demanded_from={step}"
    else:
        rises = ""
    return {
        "rises": rises,
        "name": spec.name,
        "label": str(spec.label),
        "was": str(declared.label) if declared else "",
        "icon": ICONS.get(spec.kind.key, "typography"),
        "kind": kind,
        "tags": tags,
        "rate": rates.get(spec.name),
        "edit": edit,
        "custom": spec.custom,
        "dictionary": spec.dictionary,
        "retire": f"/settings/do/customfield_retire/{spec.options['id']}" if spec.custom else "",
    }


@require_POST
def arrange(request: Any, key: str) -> HttpResponse:
    """Keep a new order of the fields."""
    if key not in registry:
        raise Missing("")
    run("layout_arrange", None, request.actor, resource=key, order=[n for n in request.POST.getlist("order") if len(n) < 80])
    return answers.toast(answers.nothing(), _("Saved."))


def targets(request: Any, record: Any) -> list[tuple[Any, str]]:
    """What a link may lead to."""
    return [("", ""), *((key, str(r.model._meta.verbose_name)) for key, r in registry.items())]


def sections(request: Any, record: Any) -> list[tuple[Any, str]]:
    """The sections of the object."""
    key = record.resource if record is not None else request.GET.get("resource") or request.POST.get("resource", "")
    return [(s, s) for s in custom.sections_of(registry[key])] if key in registry else []


def steps(request: Any, record: Any) -> list[tuple[Any, str]]:
    """From which step on; never first."""
    key = request.GET.get("resource") or request.POST.get("resource", "")
    return [("", _("never")), *ladder.steps(key)] if key in registry and registry[key].ladder else []


def narrowing(request: Any, record: Any) -> list[tuple[Any, str]]:
    """The values a field may be asked for only."""
    key = record.resource if record is not None else request.GET.get("resource") or request.POST.get("resource", "")
    return list(measured.narrowing(key)) if key in registry else []


choices["layout_demand", "demanded_from"] = steps
choices["customfield_create", "only"] = narrowing
choices["customfield_change", "only"] = narrowing
choices["customfield_create", "target"] = targets
choices["customfield_create", "section"] = sections
choices["customfield_change", "section"] = sections
