"""Leads are given to somebody by the company's rules; each one remembers by which, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import action, follow
from pellucid.kernel.actions.many import set_form
from pellucid.kernel.actions.run import noted, scoped
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.verbs import MOVED

from ..allocation import Given, planned
from ..models import AllocationRule, Lead, Pool, PoolMove


def nobody() -> str:
    """Why a lead stays where it is."""
    return _("No rule can give this lead to anybody: none fits, or everybody is away or full.")


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


def foreseen(ids: list[int], actor: Actor) -> list[tuple[str, int, str]]:
    """Before it happens: who would get how many of these leads, and why."""
    can = scoped(Lead, actor, "transfer").filter(pk__in=ids, state__in=Lead.OPEN).order_by("pk").values_list("pk", flat=True)
    given, turns = planned(list(can))
    rules = {t.rule.pk: t.rule for t in turns}
    groups: dict[tuple[str, str], int] = {}
    for g in given:
        to = directory.user_name(g.user) if g.user else str(rules[g.rule].pool) if g.rule else _("nobody")
        why = str(rules[g.rule]) if g.rule else g.because
        groups[to, why] = groups.get((to, why), 0) + 1
    return [(to, n, why) for (to, why), n in sorted(groups.items(), key=lambda item: (-item[1], item[0]))]


@action(Lead, label=gettext_lazy("Allocate by rule"), icon="arrows-split", verb="transfer", bulk=True, leaves_scope=True, event="lead.allocated",
        foresee=foreseen, shown=lambda lead: lead.state in Lead.OPEN, sentence=gettext_lazy("{actor} let the rules give this away: {because}"))
def lead_allocate(lead: Lead, *, actor: Actor) -> None:
    """The first rule in use that fits and can give it to somebody does."""
    must_be_open([lead])
    if allocate([lead], actor=actor)[0].rule is None:
        raise Refused(nobody())


def lead_allocate_many(leads: Sequence[Lead], *, actor: Actor) -> dict[int, str]:
    """All of them in one go; those that no rule can place are left out, with the reason."""
    settled = {lead.pk: _("This lead is settled already.") for lead in leads if lead.state not in Lead.OPEN}
    given = allocate([lead for lead in leads if lead.pk not in settled], actor=actor)
    return settled | {g.lead: nobody() for g in given if g.rule is None}


set_form("lead_allocate", lead_allocate_many)


def must_be_open(leads: Sequence[Lead]) -> None:
    """Refuse what is settled."""
    if any(lead.state not in Lead.OPEN for lead in leads):
        raise Refused(_("This lead is settled already."))
