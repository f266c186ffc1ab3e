"""Leads are given to somebody by the company's rules; each one remembers by which, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import follow
from pellucid.kernel.actions.run import noted
from pellucid.kernel.resources.verbs import MOVED

from ..allocation import Given, planned
from ..models import AllocationRule, Lead, Pool, PoolMove

LENGTH = Lead._meta.get_field("allocated_because").max_length


def allocate(leads: Sequence[Lead], *, actor: Any) -> list[Given]:
    """Give each of these locked leads to whom the rules say, in the order of their ids; those no rule can place stay where they are."""
    by_id = {lead.pk: lead for lead in sorted(leads, key=lambda lead: lead.pk)}
    given, turns = planned(list(by_id), lock=True)
    pools = {p.pk: p for p in Pool._base_manager.filter(pk__in={g.pool for g in given if g.pool})}
    now = timezone.now()
    groups: dict[tuple[int | None, int | None, int | None, str], list[int]] = {}
    for g in given:
        if g.rule is not None:
            groups.setdefault((g.user, g.pool, g.rule, g.because), []).append(g.lead)
    moved: list[Lead] = []
    for (user, pool_id, rule, because), ids in groups.items():
        pool = pools.get(pool_id or 0)
        owner = pool.keeper_id if pool else user
        unit = pool.unit_id if pool else directory.home_of(user)
        if unit is None:
            continue
        facts = {"owner_id": owner, "unit_id": unit, "branch_id": tree().branch(unit), "pool_id": pool_id, "rule_id": rule,
                 "assigned_at": now, "allocated_because": because[:LENGTH]}  # fmt: skip
        Lead._base_manager.filter(pk__in=ids).update(**facts)
        for pk in ids:
            lead = by_id[pk]
            for name, value in facts.items():
                setattr(lead, name, value)
            moved.append(lead)
    PoolMove._base_manager.bulk_create([
        PoolMove(pool_id=lead.pool_id, resource="lead", record_id=lead.pk, kind=PoolMove.Kind.RETURNED, by_id=actor.user_id, at=now,
                 reason=lead.allocated_because) for lead in moved if lead.pool_id])  # fmt: skip
    for turn in turns:
        if turn.latest != turn.rule.last_user_id:
            AllocationRule._base_manager.filter(pk=turn.rule.pk).update(last_user=turn.latest)
    if moved:
        follow(Lead, moved, actor=actor, changed=MOVED)
    noted(given=len(moved), **({"owner": moved[0].owner_id, "because": moved[0].allocated_because} if len(moved) == 1 else {}))
    return given
