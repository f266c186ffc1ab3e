"""The order of allocation rules, and which of them are in use."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action
from pellucid.kernel.records.errors import Refused

from ..models import AllocationRule

STEP = 10                               # between two ranks, so that one can be written between them


def move(rule: AllocationRule, by: int) -> None:
    """Change places with the rule before (-1) or after (1); ranks are written anew where they do not say the order."""
    rows = AllocationRule._base_manager.filter(deleted_at=None).order_by("position", "id")
    order = list(rows.select_for_update(of=("self",), no_key=True))
    at = next(n for n, other in enumerate(order) if other.pk == rule.pk)
    to = at + by
    if not 0 <= to < len(order):
        raise Refused(_("It stands at the end already."))
    order[at], order[to] = order[to], order[at]
    for n, other in enumerate(order, 1):
        if other.position != n * STEP:
            other.position = n * STEP
            other.save(update_fields=("position",))


@action(AllocationRule, label=gettext_lazy("Ask earlier"), icon="arrow-up", event="allocationrule.raised",
        sentence=gettext_lazy("{actor} moved this rule up"))
def allocationrule_earlier(rule: AllocationRule, *, actor: Actor) -> None:
    """One place up: it is asked before the rule that stood there."""
    move(rule, -1)


@action(AllocationRule, label=gettext_lazy("Ask later"), icon="arrow-down", event="allocationrule.lowered",
        sentence=gettext_lazy("{actor} moved this rule down"))
def allocationrule_later(rule: AllocationRule, *, actor: Actor) -> None:
    """One place down: the rule that stood there is asked first."""
    move(rule, 1)


@action(AllocationRule, label=gettext_lazy("Put into use"), icon="player-play", event="allocationrule.started", shown=lambda rule: not rule.active,
        sentence=gettext_lazy("{actor} put this rule into use"), did=gettext_lazy("“{name}” is in use"))
def allocationrule_start(rule: AllocationRule, *, actor: Actor) -> None:
    """From now on it gives leads away."""
    rule.active = True
    rule.save(update_fields=("active",))


@action(AllocationRule, label=gettext_lazy("Put out of use"), icon="player-pause", event="allocationrule.stopped", shown=lambda rule: rule.active,
        sentence=gettext_lazy("{actor} put this rule out of use"), did=gettext_lazy("“{name}” is out of use"))
def allocationrule_stop(rule: AllocationRule, *, actor: Actor) -> None:
    """It is kept, but gives nothing away."""
    rule.active = False
    rule.save(update_fields=("active",))
