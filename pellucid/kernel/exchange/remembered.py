"""Mappings kept for the next file of the same kind: by the program for each user, or by name for all."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils import timezone

from pellucid.kernel.access.actor import Actor

from .mapping import Plan
from .models import ImportMapping

ENOUGH = 0.8


def visible(key: str, actor: Actor) -> list[ImportMapping]:
    """What this user has kept, and what others share, the latest first."""
    return list(ImportMapping.objects.filter(Q(user_id=actor.user_id) | Q(shared=True), resource=key).order_by("-used_at")[:200])


def remembered(key: str, actor: Actor, headers: Sequence[str]) -> Plan | None:
    """The latest plan for a file with (nearly) these headings; the headings it knows."""
    there = set(headers)
    for kept in visible(key, actor):
        if kept.headers and len(there & set(kept.headers)) >= ENOUGH * max(len(there), len(kept.headers)):
            plan = Plan.from_json(kept.mapping)
            return Plan(tuple(r for r in plan.rules if r.column in there), plan.defaults)
    return None


def remember(key: str, actor: Actor, headers: Sequence[str], plan: Plan, name: str = "", *, shared: bool = False) -> ImportMapping:
    """Keep a plan; one of the same name, or without a name for the same headings, is replaced."""
    found = ImportMapping.objects.filter(resource=key, user_id=actor.user_id, name=name)
    found = found if name else found.filter(headers=list(headers))
    values = {"mapping": plan.as_json(), "headers": list(headers), "shared": shared, "used_at": timezone.now()}
    kept = found.first()
    if kept is None:
        return ImportMapping.objects.create(resource=key, user_id=actor.user_id, name=name, **values)
    ImportMapping.objects.filter(pk=kept.pk).update(**values)
    return kept


def named(key: str, actor: Actor, name: str) -> Plan | None:
    """The plan kept under this name."""
    kept = next((m for m in visible(key, actor) if m.name == name), None)
    return Plan.from_json(kept.mapping) if kept else None
