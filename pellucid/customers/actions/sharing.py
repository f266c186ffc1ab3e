"""Sharing out by rule as a verb: on one lead, on a selection, foreseen before it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action
from pellucid.kernel.actions.many import in_order, set_form
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.errors import Refused

from ..allocation import planned
from ..models import Lead
from .allocating import allocate


def nobody() -> str:
    """Why a lead stays where it is."""
    return _("No rule can give this lead to anybody: none fits, or everybody is away or full.")


def foreseen(ids: list[int], actor: Actor, inputs: dict[str, Any]) -> list[tuple[str, int, str]]:
    """Before it happens: who would get how many of these leads, and why."""
    can = set(scoped(Lead, actor, "transfer").filter(pk__in=ids, state__in=Lead.OPEN).values_list("pk", flat=True))
    given, turns = planned([pk for pk in in_order("lead_allocate", ids, actor) if pk in can])
    rules = {t.rule.pk: t.rule for t in turns}
    groups: dict[tuple[str, str], int] = {}
    for g in given:
        to = directory.user_name(g.user) if g.user else str(rules[g.rule].pool) if g.rule else _("nobody")
        why = str(rules[g.rule]) if g.rule else g.because
        groups[to, why] = groups.get((to, why), 0) + 1
    return [(to, n, why) for (to, why), n in sorted(groups.items(), key=lambda item: (-item[1], item[0]))]


def must_be_open(leads: Sequence[Lead]) -> None:
    """Refuse what is settled."""
    if any(lead.state not in Lead.OPEN for lead in leads):
        raise Refused(_("This lead is settled already."))


@action(Lead, label=gettext_lazy("Allocate by rule"), icon="sitemap", verb="transfer", bulk=True, leaves_scope=True, event="lead.allocated",
        foresee=foreseen, shown=lambda lead: lead.state in Lead.OPEN, sentence=gettext_lazy("{actor} let the rules give this away: {because}"),
        did=gettext_lazy("Allocated “{name}”"))
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
