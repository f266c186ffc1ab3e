"""Leads are given to somebody by the company's rules; each one remembers by which, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.collaboration.actions.next_steps import drop_steps
from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import follow
from pellucid.kernel.actions.run import noted

from .. import clocks
from ..allocation import Given, planned
from ..models import AllocationRule, Lead, Pool, PoolMove
from .pools import STARTED

LENGTH = Lead._meta.get_field("allocated_because").max_length


def allocate(leads: Sequence[Lead], *, actor: Any, about: str = "", fits: Callable[[AllocationRule, Given], bool] | None = None) -> list[Given]:
    """Give each of these locked leads to whom the rules say, in the order of their ids; those no rule can place stay where they are. With
    `about` only the rules that ask for this field are heard; what does not `fits` is not done."""
    by_id = {lead.pk: lead for lead in sorted(leads, key=lambda lead: lead.pk)}
    given, turns = planned(list(by_id), lock=True, about=about)
    rules = {turn.rule.pk: turn.rule for turn in turns}
    given = [g for g in given if fits is None or g.rule is None or fits(rules[g.rule], g)]
    pools = {p.pk: p for p in Pool._base_manager.filter(pk__in={g.pool for g in given if g.pool})}
    now = timezone.now()
    started: dict[int, dict[str, Any]] = {}
    moved: list[Lead] = []
    for g in given:
        pool = pools.get(g.pool or 0)
        unit = pool.unit_id if pool else directory.home_of(g.user)
        if g.rule is None or unit is None:
            continue
        lead = by_id[g.lead]
        owner = pool.keeper_id if pool else g.user
        if owner is None:
            continue
        lead.owner_id, lead.unit_id, lead.branch_id = owner, unit, tree().branch(unit)
        lead.pool_id, lead.rule_id, lead.assigned_at, lead.allocated_because = g.pool, g.rule, now, g.because[:LENGTH]
        if pool is None:
            if unit not in started:
                started[unit] = clocks.started("lead", unit, now)
            vars(lead).update(started[unit])
        moved.append(lead)
    write(moved)
    PoolMove._base_manager.bulk_create([
        PoolMove(pool_id=lead.pool_id, resource="lead", record_id=lead.pk, kind=PoolMove.Kind.RETURNED, by_id=actor.user_id, at=now,
                 reason=lead.allocated_because) for lead in moved if lead.pool_id])  # fmt: skip
    heard = {lead.rule_id for lead in moved}
    for turn in turns:
        if turn.rule.pk in heard and turn.latest != turn.rule.last_user_id:
            AllocationRule._base_manager.filter(pk=turn.rule.pk).update(last_user=turn.latest)
    drop_steps([lead for lead in moved if lead.pool_id], _("waits in a pool"))
    if moved:
        follow(Lead, moved, actor=actor, changed=STARTED)
    noted(given=len(moved), **({"owner": moved[0].owner_id, "because": moved[0].allocated_because} if len(moved) == 1 else {}))
    return given


GIVE = """
UPDATE customers_lead l SET owner_id = v.owner, unit_id = v.unit, branch_id = v.branch, pool_id = v.pool, rule_id = v.rule, assigned_at = v.at,
       allocated_because = v.because, plan_due_at = v.due, plan_since = v.since, plan_warned_at = v.warned, plan_escalated_at = v.told
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[],
              %s::timestamptz[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
       AS v(id, owner, unit, branch, pool, rule, at, because, due, since, warned, told) WHERE l.id = v.id"""
COLUMNS = ("id", "owner_id", "unit_id", "branch_id", "pool_id", "rule_id", "assigned_at", "allocated_because",
           "plan_due_at", "plan_since", "plan_warned_at", "plan_escalated_at")


def write(leads: Sequence[Lead]) -> None:
    """Where these leads belong now, in one statement however many they are: each has a reason of its own."""
    if leads:
        with connection.cursor() as cursor:
            cursor.execute(GIVE, [[getattr(lead, name) for lead in leads] for name in COLUMNS])
