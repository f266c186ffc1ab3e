"""The way of a quotation: sent within what one may allow, accepted, declined, expired, withdrawn; its next version, and copies of it."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, prepare
from pellucid.kernel.actions.run import call, fetch, noted
from pellucid.kernel.processes.effects import passing
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.attachments import keep, put_on

from .. import quotation_paper
from ..floors import below
from ..lifecycles import QUOTATION
from ..models import Opportunity, OpportunityLine, Quotation, QuotationLine
from .quoting import add_up

S = Quotation.State
AGAIN = frozenset({S.SENT, S.DECLINED, S.EXPIRED, S.WITHDRAWN})
CARRIED = ("customer_id", "opportunity_id", "contact_id", "name", "currency", "rate", "payment_id", "delivery_id", "warranty_id", "terms")
LINE = ("position", "product_id", "name", "uom_id", "quantity", "unit_price", "discount", "tax_rate", "unit_cost", "note")


def can(name: str) -> Any:
    """Whether the quotation may take this step now."""
    return lambda one: one.state in QUOTATION.transitions[name].sources


def move(one: Quotation, name: str, *more: str) -> None:
    """Into the state a step leads to."""
    QUOTATION.move(one, name)
    one.save(update_fields=("state", *more))


def lines_of(one: Quotation) -> list[QuotationLine]:
    """Its lines in order."""
    return list(QuotationLine._base_manager.filter(quotation=one.pk, deleted_at=None).order_by("position", "id"))


# ------------------------------------------------------------------------------------------------ sent
@action(Quotation, confirm=gettext_lazy("It is printed as it stands and kept; what changes later is a new version."),
        label=pgettext_lazy("offer", "Send"), icon="send", move="send", lifecycle=QUOTATION, shown=can("send"), event="quotation.sent",
        sentence=gettext_lazy("{actor} sent version {edition} of the quotation: {amount:money} {currency}"),
        did=gettext_lazy("“{name}” counts as sent and stays as it is"))  # fmt: skip
def quotation_send(one: Quotation, *, actor: Actor) -> None:
    """The customer has it: it stays as it is from now on, and the version before it does not hold any more."""
    lines = lines_of(one)
    if not lines:
        raise Refused(_("Say first what is offered: there is no line yet."))
    if one.valid_until is not None and one.valid_until < days.today():
        raise Invalid({"valid_until": [_("It would have expired already.")]})
    if not passing() and (why := below(one, lines, actor)):
        raise Refused(why)
    one.sent_on = days.today()
    move(one, "send", "sent_on")
    for older in others(one).filter(edition__lt=one.edition).order_by("pk").select_for_update(of=("self",), no_key=True):
        if older.state == S.ACCEPTED:
            raise Refused(_("The customer has accepted version %(edition)s of it.") % {"edition": older.edition})
        if older.state == S.SENT:
            move(older, "replace")
    noted(edition=one.edition, amount=str(one.amount), currency=one.currency)
    for language in quotation_paper.LANGUAGES:  # last: what is kept with it has an event of its own
        name = quotation_paper.file_name(one, language)
        put_on(one, name, keep(io.BytesIO(quotation_paper.made(one, language)), name), actor)


def others(one: Quotation) -> QuerySet[Quotation]:
    """The other versions of it."""
    return Quotation._base_manager.filter(number=one.number, deleted_at=None).exclude(pk=one.pk)


# ------------------------------------------------------------------------------------------------ decided
@action(Quotation, label=gettext_lazy("Accepted"), icon="circle-check", move="accept", lifecycle=QUOTATION, shown=can("accept"),
        locks=("customer", "opportunity"), event="quotation.accepted", sentence=gettext_lazy("{actor}: the customer accepted the quotation"),
        did=gettext_lazy("“{name}” is accepted"))  # fmt: skip
def quotation_accept(one: Quotation, *, actor: Actor,
                     decided_on: Annotated[dt.date | None, Ask(pgettext_lazy("offer", "Accepted on"), help=gettext_lazy(
                         "Left empty: today."))] = None,
                     ) -> None:  # fmt: skip
    """The customer takes it. What the opportunity is about, and how much, is what was offered, as long as it is in progress."""
    one.decided_on = decided(one, decided_on)
    later = others(one).filter(edition__gt=one.edition, sent_on__isnull=False).order_by("-edition").first()
    if later is not None:  # this one is locked by whoever sends a later version, too: one of the two comes first
        raise Refused(_("Version %(edition)s of it was sent: that one holds.") % {"edition": later.edition})
    move(one, "accept", "decided_on")
    sale = one.opportunity
    if sale is not None and sale.state == Opportunity.State.OPEN and sale.deleted_at is None:
        sold(sale, one)


def decided(one: Quotation, day: dt.date | None) -> dt.date:
    """The day of a decision: today, or one between the sending and today."""
    on = day or days.today()
    if on > days.today():
        raise Invalid({"decided_on": [_("This day has not come yet.")]})
    if one.sent_on is not None and on < one.sent_on:
        raise Invalid({"decided_on": [_("It had not been sent by then.")]})
    return on


def sold(sale: Opportunity, one: Quotation) -> None:
    """The lines and the amount without tax of an accepted quotation are those of its opportunity. Lines in words are no products: where
    there are some, only the amount is taken over."""
    lines = lines_of(one)
    sale.currency, sale.rate = one.currency, one.rate
    if all(line.product_id for line in lines):
        OpportunityLine._base_manager.filter(opportunity=sale, deleted_at=None).update(deleted_at=days.now())
        made = [OpportunityLine(id=pk, opportunity=sale, product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price,
                                discount=line.discount, amount=line.net, created_by_id=one.owner_id)
                for line, pk in zip(lines, reserve(OpportunityLine, len(lines)), strict=True)]  # fmt: skip
        copy(OpportunityLine, [row_of(line) for line in made])
        sale.product_id = max(lines, key=lambda line: line.net).product_id
    sale.amount, sale.amount_base = one.net, cents(one.net * Decimal(one.rate))
    sale.save(update_fields=("amount", "amount_base", "currency", "rate", "product"))


@action(Quotation, label=gettext_lazy("Declined"), icon="circle-x", move="decline", lifecycle=QUOTATION, shown=can("decline"),
        event="quotation.declined", sentence=gettext_lazy("{actor}: the customer declined the quotation"),
        did=gettext_lazy("“{name}” is declined"))  # fmt: skip
def quotation_decline(
    one: Quotation,
    *,
    actor: Actor,
    decline_reason: Annotated[int, Ask(gettext_lazy("Why declined"), kind="term", dictionary="quotation_decline")],
    decided_on: Annotated[dt.date | None, Ask(gettext_lazy("Declined on"), help=gettext_lazy("Left empty: today."))] = None,
) -> None:
    """The customer does not take it, and why."""
    one.decline_reason_id, one.decided_on = decline_reason, decided(one, decided_on)
    move(one, "decline", "decided_on", "decline_reason")


@action(Quotation, label=gettext_lazy("Withdraw the quotation"), icon="ban", tone="bad", move="withdraw", lifecycle=QUOTATION, shown=can("withdraw"),
        event="quotation.withdrawn", sentence=gettext_lazy("{actor} withdrew the quotation: {reason}"))  # fmt: skip
def quotation_withdraw(one: Quotation, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It does not hold any more, though the customer has not decided."""
    move(one, "withdraw")


@action(Quotation, confirm=gettext_lazy("It does not hold any more; the next version of it can be made."),
        label=gettext_lazy("Expired"), icon="clock", move="expire", lifecycle=QUOTATION, event="quotation.expired",
        shown=lambda one: can("expire")(one) and one.valid_until < days.today(),
        sentence=gettext_lazy("The quotation expired"))  # fmt: skip
def quotation_expire(one: Quotation, *, actor: Actor) -> None:
    """Its last day is over without a decision."""
    if one.valid_until is None or one.valid_until >= days.today():
        raise Refused(_("It holds until %(day)s.") % {"day": one.valid_until})
    move(one, "expire")


# ------------------------------------------------------------------------------------------------ once more
def duplicate(lines: Sequence[QuotationLine], to: Quotation, actor: Actor, *, afresh: bool = False) -> None:
    """The same lines in another quotation; `afresh`: at what products cost today."""
    made = [QuotationLine(quotation=to, created_by_id=actor.user_id, **{name: getattr(line, name) for name in LINE}) for line in lines]
    for line, pk in zip(made, reserve(QuotationLine, len(made)), strict=True):
        line.id = pk
        if afresh and line.product_id:
            line.unit_cost = None
    if made:
        prepare(QuotationLine, made, actor=actor, changed=None)
        copy(QuotationLine, [row_of(line) for line in made])
        add_up(Quotation._base_manager.select_for_update(no_key=True).get(pk=to.pk), actor)


@action(Quotation, label=gettext_lazy("Next version"), icon="copy", leads_on=True, event="quotation.revised",
        shown=lambda one: one.latest and one.state in AGAIN,
        sentence=gettext_lazy("{actor} began version {edition} of the quotation"),
        did=gettext_lazy("Began the next version of “{name}”"))  # fmt: skip
def quotation_revise(one: Quotation, *, actor: Actor) -> Quotation:
    """A draft with the same content under the same number. What was sent holds until the new version is sent, too."""
    if not one.latest:
        raise Refused(_("There is a later version of it."))
    if one.state not in AGAIN:
        raise Refused(_("A draft is changed as it is; what is accepted, is agreed."))
    one.latest = False
    one.save(update_fields=("latest",))
    made = Quotation(number=one.number, edition=one.edition + 1, owner_id=one.owner_id, unit_id=one.unit_id, note=one.note,
                     **{name: getattr(one, name) for name in CARRIED})  # fmt: skip
    call("quotation_create", None, actor=actor, filled=made)
    duplicate(lines_of(one), made, actor)
    noted(edition=made.edition, quotation=made.pk)
    return made


@action(Quotation, label=gettext_lazy("Copy"), icon="files", verb="view", leads_on=True, event="quotation.copied",
        sentence=gettext_lazy("{actor} took the quotation as the model of another one"),
        did=gettext_lazy("Copied “{name}”"), position=60)  # fmt: skip
def quotation_copy(
    one: Quotation,
    *,
    actor: Actor,
    customer: Annotated[int | None, Ask(gettext_lazy("Customer"), kind="link", target="customer", help=gettext_lazy(
        "Left empty: the same."))] = None,
    opportunity: Annotated[int | None, Ask(gettext_lazy("Sales opportunity"), kind="link", target="opportunity")] = None,
) -> Quotation:  # fmt: skip
    """A new quotation with its lines and terms, for this customer or another one; products at what they cost us today."""
    if not actor.may("quotation", "create"):
        raise Refused(_("You may not make quotations."))
    sale = fetch(Opportunity, opportunity, actor) if opportunity else None
    firm = fetch(Customer, customer, actor).pk if customer else sale.customer_id if sale and sale.customer_id else one.customer_id
    same = firm == one.customer_id
    made = Quotation(customer_id=firm, opportunity_id=opportunity, contact_id=one.contact_id if same else main_contact(firm), currency=one.currency,
                     rate=one.rate, payment_id=one.payment_id, delivery_id=one.delivery_id, warranty_id=one.warranty_id, terms=one.terms)  # fmt: skip
    call("quotation_create", None, actor=actor, filled=made)
    duplicate(lines_of(one), made, actor, afresh=True)
    noted(quotation=made.pk)
    return made


def main_contact(customer: int) -> int | None:
    """Whom an offer to a customer goes to where nobody says."""
    found = Contact._base_manager.filter(customer=customer, is_primary=True, deleted_at=None, merged_into=None)
    return found.values_list("pk", flat=True).first()


@action(Opportunity, label=gettext_lazy("Make a quotation"), icon="file-invoice", verb="view", leads_on=True, event="opportunity.quoted",
        shown=lambda one: one.customer_id is not None and one.state != Opportunity.State.LOST,
        sentence=gettext_lazy("{actor} made a quotation for it"), did=gettext_lazy("Made a quotation for “{name}”"))  # fmt: skip
def opportunity_quote(
    one: Opportunity,
    *,
    actor: Actor,
    like: Annotated[int | None, Ask(gettext_lazy("Lines as in"), kind="link", target="quotation", help=gettext_lazy(
        "An earlier quotation, of this customer or another one. Left empty: the products of the opportunity."))] = None,
) -> Quotation:  # fmt: skip
    """A draft for its customer, with the products of the opportunity, or with the lines of an earlier quotation."""
    if not actor.may("quotation", "create"):
        raise Refused(_("You may not make quotations."))
    if one.customer_id is None:
        raise Refused(_("Say first which customer it is with."))
    made = Quotation(customer_id=one.customer_id, opportunity_id=one.pk, contact_id=main_contact(one.customer_id), currency=one.currency,
                     rate=one.rate)  # fmt: skip
    model = fetch(Quotation, like, actor) if like else None
    if model is not None:
        made.payment_id, made.delivery_id, made.warranty_id, made.terms = model.payment_id, model.delivery_id, model.warranty_id, model.terms
    call("quotation_create", None, actor=actor, filled=made)
    if model is not None:
        duplicate(lines_of(model), made, actor, afresh=True)
    else:
        found = OpportunityLine._base_manager.filter(opportunity=one, deleted_at=None).order_by("id")
        duplicate([QuotationLine(product_id=line.product_id, quantity=line.quantity, unit_price=line.unit_price, discount=line.discount,
                                 note=line.note) for line in found], made, actor)  # fmt: skip
    noted(quotation=made.pk)
    return made
