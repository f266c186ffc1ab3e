"""What else is true once an opportunity is written: its past, its first line, the class of its customer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.actions.next_steps import keeps
from pellucid.collaboration.actions.plans import startable
from pellucid.customers import happenings
from pellucid.customers.actions.classes import happened
from pellucid.customers.actions.leads import problem_of
from pellucid.customers.lifecycles import LEAD
from pellucid.customers.models import Customer, Lead
from pellucid.kernel.actions.declare import follows
from pellucid.kernel.actions.run import holds_since
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.records import days

from .. import stages
from ..models import Opportunity
from .lines import agree, first_lines
from .preparing import GIVEN

keeps(Opportunity, shown=lambda one: one.state != Opportunity.State.LOST, within="customer")
startable(Opportunity, shown=lambda one: one.state == Opportunity.State.OPEN)


def with_open(ids: Collection[int]) -> set[int]:
    """Customers with an opportunity in progress."""
    return set(Opportunity._base_manager.filter(customer__in=ids, state="open", deleted_at=None).values_list("customer", flat=True))


def last_closed(ids: Collection[int]) -> dict[int, dt.date]:
    """When the last opportunity of each of these customers ended."""
    rows = Opportunity._base_manager.filter(customer__in=ids, closed_on__isnull=False, deleted_at=None).order_by()
    return dict(rows.values_list("customer").annotate(last=Max("closed_on")))


def last_won(ids: Collection[int]) -> dict[int, dt.date]:
    """When the last opportunity that each of these customers gave us was won."""
    rows = Opportunity._base_manager.filter(customer__in=ids, state=Opportunity.State.WON, deleted_at=None).order_by()
    return dict(rows.values_list("customer").annotate(last=Max("closed_on")))


happenings.declare("opportunity_opened", gettext_lazy("An opportunity is opened"))
happenings.declare("opportunity_won", gettext_lazy("An opportunity is won"))
happenings.count_as_deals(happenings.Deals(with_open, last_closed, last_won))


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
    if actor.door in GIVEN:
        leads_became(opportunities, actor=actor)
    said = (("open", "opportunity_opened", _("an opportunity was opened")), ("won", "opportunity_won", _("an opportunity was won")))
    for state, what, reason in said:
        ids = {one.customer_id for one in opportunities if one.state == state and one.customer_id}
        happened(what, ids, actor=actor, at=now, reason=reason)


def leads_became(opportunities: list[Opportunity], *, actor: Any) -> None:
    """Leads that these imported opportunities name were converted when the opportunity was opened, or else closed. One that would have been
    converted before it came in keeps its day, and is a data problem; in its past it is converted from its coming in."""
    named = {one.lead_id: one for one in opportunities if one.lead_id}
    leads = Lead._base_manager.filter(pk__in=named, state__in=Lead.OPEN).order_by("pk")
    for lead in leads.select_for_update(of=("self",), no_key=True):
        one = named[lead.pk]
        lead.converted_at = days.start_of(one.opened_on or one.closed_on or days.today())
        lead.judged_by_id = getattr(one, "lead_judged_by", None) or lead.judged_by_id
        lead.customer_id, lead.pool_id = one.customer_id or lead.customer_id, None
        lead.problem = problem_of(lead)
        LEAD.move(lead, "convert")
        holds_since(min(max(lead.converted_at, lead.received_at + dt.timedelta(seconds=1)), timezone.now()))
        lead.save(update_fields=("state", "converted_at", "judged_by", "customer", "pool", "problem"))
    holds_since(None)


@follows(Customer)
def customer_level_counts(customers: list[Customer], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The level of a customer stands on its opportunities, for those who watch key customers."""
    if changed and "level" in changed:
        for customer in customers:
            Opportunity._base_manager.filter(customer=customer.pk).update(customer_level=customer.level_id)

