"""Who receives a lead or a customer has to have a follow-up plan in time (R044): the clock starts with him, in his unit's working minutes."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Action, follows, keep_action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Refused

from .. import clocks, serving
from ..models import Customer, Lead, PoolMove
from .pools import put_in

TELLS = ("import", "demo")               # doors through which what is old comes in


def received(record: Lead | Customer, actor: Any, changed: frozenset[str] | None) -> bool:
    """Whether somebody has a record now who had it not before. A lead is received by whoever enters it, too: it has just asked."""
    if changed is None:
        return actor.door not in TELLS and (isinstance(record, Lead) or record.owner_id != actor.user_id)
    return "owner" in changed and "plan_due_at" not in changed  # or it came with a clock of its own (STARTED)


@follows(Lead)
@follows(Customer)
def clock_starts(records: list[Lead | Customer], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Received, by hand, by rule, by a transfer or out of a pool: the clock starts anew; without one, or in a pool, none runs."""
    came = [r for r in records if received(r, actor, changed)]
    if not came:
        return
    now, held = timezone.now(), [r for r in came if r.pool_id is None]
    kind = clocks.kind_of(came[0])
    promised = serving.minutes([r.pk for r in held]) if kind == "customer" else {}
    for unit, length in {(r.unit_id, promised.get(r.pk)) for r in held}:
        clock = clocks.started(kind, unit, now, length)
        here = [r for r in held if (r.unit_id, promised.get(r.pk)) == (unit, length)]
        type(came[0])._base_manager.filter(pk__in=[r.pk for r in here]).update(**clock)
        for record in here:
            vars(record).update(clock)


def recall_unplanned(record: Lead | Customer, *, actor: Actor) -> None:
    """Nothing was planned long after the time was over: back into the pool of its unit, or of the nearest above."""
    pool = clocks.pool_for(record)
    if pool is None or not clocks.over(record, timezone.now()):
        raise Refused(_("No rule sends this back today."))
    noted(pool=pool.pk, former=record.owner_id)
    put_in(record, pool, PoolMove.Kind.RECALLED, actor=actor, reason=_("no follow-up planned in time"))


def remember(record: Lead | Customer, name: str) -> bool:
    """Whether this is the first time that this is said about the running clock."""
    return bool(type(record)._base_manager.filter(pk=record.pk, **{name: None}).update(**{name: timezone.now()}))


for _model in (Lead, Customer):
    _key = _model._meta.model_name
    keep_action(
        Action(name=f"{_key}_recall_unplanned", model=_model, label=gettext_lazy("Recall for want of a plan"), function=recall_unplanned,
               inputs=(), icon="clock-pause", verb="transfer", leaves_scope=True, shown=lambda record: False, event=f"{_key}.plan_recalled"),
        gettext_lazy("Nobody planned a follow-up in time: back to the pool"))
