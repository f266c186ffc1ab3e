"""What follows from a record's own fields, filled in for everyone who writes: readings, keys, scores."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.actions.declare import prepares
from pellucid.kernel.actions.run import named, unsure
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Faults, Invalid
from pellucid.kernel.resources.ladder import completeness
from pellucid.kernel.search.pinyin import pinyin

from .. import credit_code, selectors
from ..models import Contact, Customer, FollowUp
from ..names import company_key, short_name


@prepares(Customer)
def customer_prepare(customers: list[Customer], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Reading, initials, key for duplicates, short name, credit code, first contact on our side, completeness."""
    for customer in customers:
        if changed is None or "name" in changed:
            if changed is None or "pinyin" not in changed:
                reading = pinyin(customer.name)
                if changed is not None or not customer.pinyin:
                    customer.pinyin = reading.spaced[:400]
                if changed is not None or not customer.initials:
                    customer.initials = reading.initials[:80]
            customer.company_key = company_key(customer.name)[:200] if customer.kind == Customer.Kind.COMPANY else ""
            if changed is None and not customer.short_name and customer.kind == Customer.Kind.COMPANY:
                customer.short_name = short_name(customer.name)[:60]
        if customer.credit_code and (changed is None or "credit_code" in changed):
            customer.credit_code = credit_code.normal(customer.credit_code)
            if wrong := credit_code.problem(customer.credit_code):
                raise Invalid({"credit_code": [str(wrong)]})
        if changed is None:
            customer.account_contact_id = customer.account_contact_id or customer.owner_id
            customer.class_since = customer.class_since or customer.created_at
        customer.completeness = completeness("customer", customer)


@prepares(Customer)
def customer_once(customers: list[Customer], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Who makes a customer of a name that is there already is asked once whether it is another one (D5: out of reach, only that there is one)."""
    for customer in customers if changed is None else ():
        there, seen = selectors.namesake(actor, customer.name, customer.company_key)
        if seen is not None:
            said = _("“%(name)s” (%(number)s) is there already; %(owner)s looks after it.") % {
                "name": seen.name, "number": seen.number, "owner": directory.user_name(seen.owner_id)}  # fmt: skip
            unsure({"name": [said]}, _("Create anyway"))
        elif there:
            unsure({"name": [_("A customer of this name exists already; you cannot see it.")]}, _("Create anyway"))


@prepares(Contact)
def contact_prepare(contacts: list[Contact], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Reading and initials of a person's name; the day somebody agreed to be contacted."""
    for contact in contacts:
        if changed is None or "name" in changed:
            reading = pinyin(contact.name, person=True)
            contact.pinyin, contact.initials = reading.spaced[:200], reading.initials[:40]
        if contact.consent == Contact.Consent.GIVEN:
            if not contact.consent_source:
                raise Invalid({"consent_source": [_("Say how they agreed.")]})
            contact.consent_on = contact.consent_on or days.today()


@prepares(FollowUp)
def follow_up_prepare(follow_ups: list[FollowUp], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Author and his unit stay as they were; a follow-up lies in the past; the person spoken to belongs to the customer."""
    people = {f.contact_id for f in follow_ups if f.contact_id and (changed is None or changed & {"contact", "customer"})}
    belongs = dict(Contact._base_manager.filter(pk__in=people).values_list("pk", "customer_id")) if people else {}
    moved = changed is not None and "customer" in changed
    came_from = dict(FollowUp._base_manager.filter(pk__in=[f.pk for f in follow_ups]).values_list("pk", "customer_id")) if moved else {}
    for follow_up in follow_ups:
        faults = Faults()
        follow_up.came_from = came_from.get(follow_up.pk)
        if changed is None:
            follow_up.author_id = follow_up.author_id or follow_up.created_by_id or actor.user_id
            if follow_up.author_id is None:
                raise Invalid({"author": [_("Please fill in.")]})
            if follow_up.author_unit_id is None:
                follow_up.author_unit_id = directory.home_of(follow_up.author_id) or root_unit()
            if follow_up.author_id == actor.user_id:
                follow_up.on_behalf_of_id = named(actor, follow_up, "create").on_behalf_of
        if follow_up.contact_id in belongs and belongs[follow_up.contact_id] != follow_up.customer_id:
            faults.tell("contact", _("This person belongs to another customer."))
        if (changed is None or "at" in changed) and follow_up.at > timezone.now() + dt.timedelta(minutes=5):
            faults.tell("at", _("A follow-up has already happened; for later there is the next step."))
        if follow_up.next_step and not follow_up.next_step_at:
            faults.tell("next_step_at", _("Say when, so that it is not forgotten."))
        faults.settle()


def root_unit() -> int:
    """The headquarters."""
    return next(u.id for u in directory.units().values() if u.parent is None)
