"""What else is true once an opportunity is written: its past, its first line, the class of its customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from pellucid.collaboration.actions.next_steps import keeps
from pellucid.customers.actions.classes import rise
from pellucid.customers.models import Customer, CustomerClass
from pellucid.kernel.actions.declare import follows
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days

from .. import stages
from ..models import Opportunity
from .lines import agree, first_lines

keeps(Opportunity)


def past(one: Opportunity) -> Iterator[dict[str, Any]]:
    """The periods of an opportunity that began before it was entered: open in a stage since its opening day, closed since its closing day.
    What a row says of the amount is taken to have been so all the time."""
    facts = {name: getattr(one, name) for name in ("amount", "amount_base", "expected_on", "forecast")}
    facts |= {"id": one.pk, "pipeline": one.pipeline_id, "owner": one.owner_id, "unit": one.unit_id, "branch": one.branch_id}
    here = {"stage": one.stage_id, "state": one.state, "probability": one.probability, "closed_on": one.closed_on, "loss_reason": one.loss_reason_id}
    assert one.opened_on is not None and one.stage_id is not None
    opened = days.start_of(one.opened_on)
    if one.state == Opportunity.State.OPEN or one.closed_on is None:
        yield facts | here | {"valid_from": opened}
        return
    before = stages.stages().get(getattr(one, "stage_before", None) or 0) or stages.first_stage(one.pipeline_id)
    closed = max(days.start_of(one.closed_on), opened + dt.timedelta(seconds=1))
    if before is not None:
        yield facts | {"stage": before.id, "state": "open", "probability": before.probability, "closed_on": None, "loss_reason": None,
                       "valid_from": opened}  # fmt: skip
    yield facts | here | {"valid_from": closed if before is not None else opened}


@follows(Opportunity)
def opportunity_settles(opportunities: list[Opportunity], *, actor: Any, changed: frozenset[str] | None) -> None:
    """New ones get their past, their line, and raise their customer; a changed amount or product agrees with the lines."""
    if changed is not None:
        if changed & {"amount", "product"}:
            for one in opportunities:
                agree(one, changed)
        return
    today, now = days.today(), timezone.now()
    load_spans(Opportunity, (period for one in opportunities if one.opened_on and one.opened_on < today for period in past(one)))
    first_lines(opportunities, actor=actor)
    for state, to in (("open", CustomerClass.OPPORTUNITY), ("won", CustomerClass.ORDERING)):
        rise({one.customer_id for one in opportunities if one.state == state and one.customer_id}, to, actor=actor, at=now)


@follows(Customer)
def customer_level_counts(customers: list[Customer], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The level of a customer stands on its opportunities, for those who watch key customers."""
    if changed and "level" in changed:
        for customer in customers:
            Opportunity._base_manager.filter(customer=customer.pk).update(customer_level=customer.level_id)

