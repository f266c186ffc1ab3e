"""Roles: the grid of what may be done and how far, rights on single fields, who holds the role."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from pellucid.kernel.access.models import FieldRight
from pellucid.kernel.access.rights import VERBS
from pellucid.kernel.access.roles import LEVELS
from pellucid.kernel.actions.run import run, verb_words
from pellucid.kernel.records.errors import Missing
from pellucid.kernel.records.translated import say
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.admin import roles
from pellucid.kernel.resources.admin.areas import AREAS
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs

from ... import administration, answers
from ...menu import label_of

EXTRA = {"unit": ("view", "create", "edit", "delete"), "role": ("view", "edit", "delete"), "audit": ("view", "export")}


@require_safe
def index(request: Any) -> HttpResponse:
    """The first role that is not the administrator's."""
    administration.need(request.actor, "role.view")
    found = [r for r, _n in roles.roles()]
    first = next((r for r in found if r.code == "sales_manager"), found[0])
    return answers.go(request, f"/settings/roles/{first.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def role(request: Any, pk: int) -> HttpResponse:
    """A role; POST sets the cells and the rights on fields that were sent."""
    administration.need(request.actor, "role.view")
    found = roles.role(pk)
    if found is None:
        raise Missing("")
    if request.method == "POST":
        return save(request, found)
    every = roles.roles()
    held = next((n for r, n in every if r.pk == pk), 0)
    locked = found.code == "admin" or not request.actor.may("role", "edit")
    context = {
        "role": {
            "id": pk,
            "name": say(found.label),
            "held": held,
            "builtin": found.builtin,
            "process": found.process_only,
            "locked": locked,
        },
        "roles": [
            {
                "label": say(r.label),
                "href": f"/settings/roles/{r.pk}",
                "count": n,
                "current": r.pk == pk,
                "tag": _("locked") if r.code == "admin" else _("process") if r.process_only else "",
            }
            for r, n in every
        ],
        "may": request.actor.may("role", "edit"),
        "holders": roles.holders(pk),
        "steps": [{"step": n, "label": str(label)} for n, label in enumerate(roles.STEP_LABELS)],
        "columns": [verb_words(v) for v in VERBS],
        "rows": [] if found.process_only else grid(pk),
        "levels": levels(),
        "limits": limits(request, pk),
    }
    return administration.page(request, "roles", "settings/roles.html", context)


def levels() -> list[dict[str, str]]:
    """The presets of a row."""
    names = {"none": _("Nothing"), "read": _("Read only"), "work": _("Work with"), "manage": _("Manage")}
    return [{"value": key, "label": names[key], "verbs": " ".join(verbs)} for key, verbs in LEVELS.items()]


def grid(pk: int) -> list[dict[str, Any]]:
    """A row per resource, then the areas of administration."""
    now = roles.grid(pk)
    rows = []
    for key, resource in registry.items():
        cells = [{"name": f"r.{key}.{v}", "verb": v, "step": now.get((key, v), 0), "check": v == "create"} for v in VERBS]
        rows.append({"key": key, "label": label_of(resource), "cells": cells})
    rows.sort(key=lambda r: str(r["label"]))
    for key, label in AREAS.items():
        cells = [{"name": f"r.{key}.{v}", "verb": v, "step": now.get((key, v), 0), "check": True} for v in VERBS]
        rows.append(
            {
                "key": key,
                "label": str(label),
                "cells": [c if c["verb"] in EXTRA.get(key, ("view", "edit")) else None for c in cells],
                "admin": True,
            }
        )
    return rows


def limits(request: Any, pk: int) -> dict[str, Any]:
    """Rights on fields of one resource: those that differ, and one that is to be added."""
    asked = request.GET.get("object", "")
    now = roles.field_rights(pk)
    with_some = {r for r, _f in now}
    key = asked if asked in registry else next((k for k in registry if k in with_some), next(iter(reversed(registry))))
    known = specs(key)
    rows = {f: level for (r, f), level in now.items() if r == key and f in known}
    added = request.GET.get("field", "")
    if added in known:
        rows.setdefault(added, "write")
    choices = [(v, str(label)) for v, label in FieldRight.Level.choices]
    return {
        "tabs": [
            {
                "label": label_of(r),
                "href": f"?object={k}",
                "current": k == key,
                "count": sum(1 for rr, _f in now if rr == k) or None,
            }
            for k, r in registry.items()
        ],
        "rows": [
            {"name": f"f.{key}.{f}", "label": str(known[f].label), "level": level, "personal": known[f].personal}
            for f, level in rows.items()
        ],
        "choices": choices,
        "key": key,
        "total": len(known),
        "differ": sum(1 for level in rows.values() if level != "write"),
        "others": [{"value": n, "label": str(s.label)} for n, s in known.items() if n not in rows and "unnamed" not in s.options],
    }


def save(request: Any, found: Any) -> HttpResponse:
    """Keep what was changed."""
    cells: dict[tuple[str, str], int] = {}
    fields: dict[tuple[str, str], str] = {}
    before = roles.grid(found.pk)
    for name, value in request.POST.items():
        kind, _dot, rest = name.partition(".")
        key, _dot2, what = rest.partition(".")
        if kind == "r" and is_whole(value):
            cells[key, what] = min(int(value), 5)
        elif kind == "f":
            fields[key, what] = value
    for name in request.POST.getlist("boxes"):
        key, _dot, verb = name.removeprefix("r.").partition(".")
        if f"r.{key}.{verb}" not in request.POST:
            cells[key, verb] = 0
        elif before.get((key, verb)):
            cells[key, verb] = before[key, verb]  # a tick that stays keeps how far it reaches
        elif key in registry:
            cells[key, verb] = max(cells.get((key, "view"), 1), 1)
        else:
            cells[key, verb] = 5
    outcome = run("role_set_rights", found.pk, request.actor, cells=cells, fields=fields)
    n = outcome.value
    text = ngettext(
        "%(n)s right was changed; it counts from the next click on.",
        "%(n)s rights were changed; they count from the next click on.",
        n,
    ) % {"n": n}
    return answers.go(request, f"/settings/roles/{found.pk}", text=text if n else _("Nothing was changed."))
