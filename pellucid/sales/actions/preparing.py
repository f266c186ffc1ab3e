"""What follows from an opportunity's own fields, whoever writes it: its place on the way, its days, its name, its worth."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.actions.declare import prepares
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Faults, Invalid
from pellucid.kernel.records.reading import by_id
from pellucid.products.models import Product

from .. import stages
from ..models import Opportunity, OpportunityContact

GIVEN = ("import", "demo")  # doors through which whole histories come: what they do not say stays empty


def stands(opportunity: Opportunity, stage: stages.Known, since: dt.datetime) -> None:
    """Put it into a stage: state and patience follow, and whose it was when it ended."""
    opportunity.pipeline_id, opportunity.stage_id, opportunity.state = stage.pipeline, stage.id, stage.kind
    opportunity.stage_since = since
    over = stage.kind != "open"
    opportunity.closed_owner_id, opportunity.closed_unit_id = (opportunity.owner_id, opportunity.unit_id) if over else (None, None)
    day = days.day_of(since)
    opportunity.rots_on = day + dt.timedelta(days=stage.rotting_days) if stage.rotting_days and stage.kind == "open" else None


@prepares(Opportunity)
def opportunity_prepare(opportunities: list[Opportunity], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Stage and state, days that make sense, name, origin, level, amount in the company's currency, what is missing."""
    customers = by_id(Customer, (o.customer_id for o in opportunities))
    products = by_id(Product, (o.product_id for o in opportunities if not o.name))
    for one in opportunities:
        customer = customers.get(one.customer_id or 0)
        if changed is None or changed & {"stage", "pipeline"}:
            _place(one, changed)
        _dates(one, given=actor.door in GIVEN, new=changed is None)
        if changed is not None and "customer" in changed:
            one.came_from = Opportunity._base_manager.filter(pk=one.pk).values_list("customer_id", flat=True).first()
        if changed is None or "customer" in changed:
            one.customer_level_id = customer.level_id if customer else None
            one.origin_id = one.origin_id or (customer.origin_id if customer else None)
            if changed is not None and _strangers(one):
                raise Invalid({"customer": [_("People of another customer are named in the decision; take them out first.")]})
        if not one.name:
            product = products.get(one.product_id or 0)
            one.name = " · ".join(filter(None, (customer.short_name or customer.name if customer else "", product.name if product else "")))[:180]
            if not customer or not one.name:
                one.name = " · ".join(filter(None, (one.name, one.number)))
        one.amount_base = cents(Decimal(one.amount) * Decimal(one.rate))
        one.lost_price_base = cents(Decimal(one.lost_price) * Decimal(one.rate)) if one.lost_price else None
        if one.uncontested and one.competitors:
            raise Invalid({"uncontested": [_("Competitors are named; take them out first.")]})
        one.incomplete = one.customer_id is None or one.opened_on is None


def _strangers(one: Opportunity) -> bool:
    """Whether people of another customer than its own have a part in it."""
    named = OpportunityContact._base_manager.filter(opportunity=one.pk, deleted_at=None)
    return named.exclude(contact__customer=one.customer_id).exists()


def _place(one: Opportunity, changed: frozenset[str] | None) -> None:
    """The stage decides; a new opportunity, and one that goes another way, begins at the beginning."""
    stage = stages.stages().get(one.stage_id or 0)
    if changed is not None and "pipeline" in changed and "stage" not in changed:
        if one.state != Opportunity.State.OPEN:
            raise Invalid({"pipeline": [_("What is closed stays in its pipeline.")]})
        stage = None
    pipeline = one.pipeline_id or (stage.pipeline if stage else stages.first_pipeline())
    if stage is None or pipeline is not None and stage.pipeline != pipeline:
        stage = stages.same_named(stage, pipeline) or stage if stage and pipeline else stages.first_stage(pipeline or 0)
    if stage is None:
        raise Invalid({"pipeline": [_("This pipeline has no stage to begin with.")]})
    if one.stage_id != stage.id or one.probability is None or changed is not None:
        one.probability = stage.probability
    day = (one.closed_on or one.opened_on) if one._state.adding else None
    stands(one, stage, min(days.start_of(day), timezone.now()) if day else timezone.now())


def _dates(one: Opportunity, *, given: bool, new: bool) -> None:
    today, faults = days.today(), Faults()
    if new and one.opened_on is None and not given:
        one.opened_on = today
    if one.state == Opportunity.State.OPEN:
        one.closed_on = None
    elif one.closed_on is None:
        faults.tell("closed_on", _("Say on which day it was closed."))
    for name in ("opened_on", "closed_on"):
        if (value := getattr(one, name)) is not None and value > today:
            faults.tell(name, _("This day has not come yet."))
    if one.opened_on and one.closed_on and one.closed_on < one.opened_on:
        faults.tell("closed_on", _("It was closed before it was opened."))
    faults.settle()


@prepares(OpportunityContact)
def opportunity_contact_prepare(people: list[OpportunityContact], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Somebody of the opportunity's customer; his usual part unless another is named."""
    known = by_id(Contact, (p.contact_id for p in people))
    whose = dict(Opportunity._base_manager.filter(pk__in={p.opportunity_id for p in people}).values_list("pk", "customer_id"))
    for person in people:
        contact = known.get(person.contact_id)
        if contact is not None and whose.get(person.opportunity_id) not in (None, contact.customer_id):
            raise Invalid({"contact": [_("This person belongs to another customer.")]})
        if changed is None and contact is not None:
            person.role_id = person.role_id or contact.role_id
