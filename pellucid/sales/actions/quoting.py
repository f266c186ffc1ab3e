"""What follows from the fields of quotations and their lines: price, tax and amounts to the cent, margin; and that what was sent stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Max, Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.customers.models import Contact, Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.exchange.pasting import paste
from pellucid.kernel.processes.gate import write_derived
from pellucid.kernel.records import days, settings
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.reading import by_id
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, write
from pellucid.products.models import company_currency
from pellucid.products.pasting import COSTS_NOTHING, IN_WORDS, PASTED, PASTED_TEXT
from pellucid.products.pricing import Head, fill, renew

from .. import proposing
from ..floors import beyond, margin
from ..lifecycles import AFTERWARDS
from ..models import Opportunity, Quotation, QuotationLine

ZERO = Decimal(0)
S = Quotation.State


@prepares(Quotation)
def quotation_prepare(quotations: list[Quotation], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its name, rate and last day, whose opportunity and contact it names; only a draft is changed."""
    customers = by_id(Customer, (q.customer_id for q in quotations))
    sales = by_id(Opportunity, (q.opportunity_id for q in quotations))
    people = by_id(Contact, (q.contact_id for q in quotations))
    for one in quotations:
        if changed is None and one.payment_id is None and one.edition == 1:
            one.payment_id = proposing.payment(one.customer_id)
        if changed and changed - AFTERWARDS and one.state != S.DRAFT:
            raise Refused(_("It was sent and stays as it is. Make the next version of it to change something."))
        sale, contact = sales.get(one.opportunity_id or 0), people.get(one.contact_id or 0)
        if sale is not None and sale.customer_id != one.customer_id:
            raise Invalid({"opportunity": [_("This opportunity is with another customer.")]})
        if contact is not None and contact.customer_id != one.customer_id:
            raise Invalid({"contact": [_("This person belongs to another customer.")]})
        if one.currency == company_currency():
            one.rate = 1  # type: ignore[assignment]
        if one.valid_until is None and one.state == S.DRAFT:
            one.valid_until = days.today() + dt.timedelta(days=settings.get("sales.quotation_days"))
        if not one.name:
            customer = customers.get(one.customer_id)
            whose = (customer.short_name or customer.name) if customer else ""
            one.name = (sale.name if sale is not None and sale.name else whose)[:200] or one.number
        one.amount_base = cents(Decimal(one.amount) * Decimal(one.rate))
        if changed and "unit" in changed and one.state == S.DRAFT:
            one.below_floor = beyond(one.unit_id, list(QuotationLine._base_manager.filter(quotation=one.pk, deleted_at=None)))


@follows(Quotation)
def quotation_follows(quotations: list[Quotation], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What was sent is not thrown away; when a draft goes, the version before it is the latest again."""
    if changed != GONE:
        return
    if any(not one.alive and one.state != S.DRAFT for one in quotations):
        raise Refused(_("It was sent: withdraw it instead."))
    for one in quotations:
        others = Quotation._base_manager.filter(number=one.number, deleted_at=None).exclude(pk=one.pk)
        if one.alive:
            if others.filter(edition__gt=one.edition).exists():
                raise Refused(_("There is a later version of it."))
            others.update(latest=False)
        elif (last := others.order_by("-edition").values_list("pk", flat=True).first()) is not None:
            Quotation._base_manager.filter(pk=one.pk).update(latest=False)
            others.filter(pk=last).update(latest=True)
            continue
        Quotation._base_manager.filter(pk=one.pk).update(latest=True)


# ------------------------------------------------------------------------------------------------ lines
def drafts(ids: Iterable[int]) -> dict[int, Quotation]:
    """These quotations, locked in the order of their ids; Refused when one was sent."""
    held = Quotation._base_manager.filter(pk__in=set(ids)).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = {q.pk: q for q in held.select_related("customer")}
    if any(q.state != S.DRAFT for q in found.values()):
        raise Refused(_("It was sent and stays as it is. Make the next version of it to change something."))
    return found


@prepares(QuotationLine)
def quotation_line_prepare(lines: list[QuotationLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What follows from product, price list and tax rate; its place, and what is left of it."""
    of = drafts(line.quotation_id for line in lines)
    last = {pk: QuotationLine._base_manager.filter(quotation=pk, deleted_at=None).aggregate(n=Max("position"))["n"] or 0 for pk in of}
    heads = {pk: Head(one.customer.level_id, one.currency, Decimal(one.rate)) for pk, one in of.items()}
    fill(lines, "quotation_id", heads, renewed=bool(changed and "product" in changed))
    for line in lines:
        if line.position is None:
            line.position = last[line.quotation_id] = last[line.quotation_id] + 1
        line.margin = margin(line.net, line.cost)


@follows(QuotationLine)
def quotation_lines_add_up(lines: list[QuotationLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The lines are the quotation's amount."""
    for one in drafts(line.quotation_id for line in lines).values():
        add_up(one, actor)


@action(QuotationLine, label=gettext_lazy("Price of the list"), icon="tag",
        shown=lambda line: bool(line.product_id) and line.quotation.state == S.DRAFT,
        sentence=gettext_lazy("{actor} took the price of the list"), did=gettext_lazy("“{name}” has the price of the list"))  # fmt: skip
def quotationline_reprice(line: QuotationLine, *, actor: Actor) -> None:
    """Its price is the one of the list that holds for its quantity today."""
    one = drafts([line.quotation_id])[line.quotation_id]
    renew(line, Head(one.customer.level_id, one.currency, Decimal(one.rate)))
    write(registry["quotationline"], line, {"unit_price"}, actor=actor)


def add_up(one: Quotation, actor: Actor) -> None:
    """Write what follows from the lines of a locked quotation."""
    found = list(QuotationLine._base_manager.filter(quotation=one.pk, deleted_at=None))
    sums = {name: sum((getattr(line, name) for line in found), ZERO) for name in ("net", "tax", "amount")}
    costs = [line.cost for line in found]
    cost = sum((c for c in costs if c is not None), ZERO) if costs and None not in costs else None
    left = margin(sums["net"], cost)
    write_derived(one, {
        "listed": sum((cents(Decimal(line.quantity) * Decimal(line.unit_price or 0)) for line in found), ZERO), **sums, "cost": cost, "margin": left,
        "amount_base": cents(sums["amount"] * Decimal(one.rate)), "below_floor": beyond(one.unit_id, found),
    }, actor=actor)  # fmt: skip


@action(Quotation, label=gettext_lazy("Paste from a spreadsheet"), icon="table", shown=lambda one: one.state == S.DRAFT, position=90,
        sentence=gettext_lazy("{actor} pasted {count} lines"), did=gettext_lazy("Pasted lines into “{name}”"))  # fmt: skip
def quotation_paste(one: Quotation, *, actor: Actor, text: PASTED_TEXT) -> None:
    """Lines copied out of a spreadsheet become lines of the quotation."""
    drafts([one.pk])
    noted(count=paste(one, "quotationline", text, actor=actor, usual=PASTED, words=IN_WORDS, why=str(COSTS_NOTHING)))


def floors_moved() -> None:
    """Drafts are seen against the floors as they are now."""
    held = Quotation._base_manager.filter(state=S.DRAFT, deleted_at=None).order_by("pk").select_for_update(no_key=True)
    for one in held.prefetch_related(Prefetch("lines", QuotationLine._base_manager.filter(deleted_at=None), "alive_lines")).iterator(500):
        if one.below_floor != (now := beyond(one.unit_id, one.alive_lines)):  # type: ignore[attr-defined]
            Quotation._base_manager.filter(pk=one.pk).update(below_floor=now)
