"""What is sold within an opportunity: lines make the amount, the largest names the main product."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.errors import Invalid
from pellucid.products.models import Product

from ..models import Opportunity, OpportunityLine


@prepares(OpportunityLine)
def opportunity_line_prepare(lines: list[OpportunityLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The list price where none is named; the amount to the cent."""
    prices = dict(Product._base_manager.filter(pk__in={line.product_id for line in lines}).values_list("pk", "list_price"))
    for line in lines:
        if line.unit_price is None:
            line.unit_price = prices.get(line.product_id) or Decimal(0)
        line.amount = cents(Decimal(line.quantity) * Decimal(line.unit_price) * (100 - Decimal(line.discount)) / 100)


@follows(OpportunityLine)
def opportunity_lines_count(lines: list[OpportunityLine], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The lines of an open opportunity are its amount; those of a closed one only say what it was made of."""
    held = Opportunity._base_manager.select_for_update(of=("self",), no_key=True)  # two who change two lines add up one after the other
    for one in held.filter(pk__in={line.opportunity_id for line in lines}, deleted_at=None).order_by("pk"):
        found = list(OpportunityLine._base_manager.filter(opportunity=one, deleted_at=None).order_by("-amount", "id"))
        facts: dict[str, Any] = {"product_id": found[0].product_id} if found else {}
        if found and one.state == Opportunity.State.OPEN:
            total = sum((line.amount for line in found), Decimal(0))
            facts |= {"amount": total, "amount_base": cents(total * Decimal(one.rate))}
        if facts:
            Opportunity._base_manager.filter(pk=one.pk).update(**facts)


def first_lines(opportunities: Sequence[Opportunity], *, actor: Any) -> None:
    """A new opportunity that names its product has a line of it."""
    rows = [OpportunityLine(opportunity_id=one.pk, product_id=one.product_id, quantity=Decimal(1), unit_price=one.amount, discount=Decimal(0),
                            amount=cents(Decimal(one.amount)), created_by_id=actor.user_id) for one in opportunities if one.product_id]  # fmt: skip
    if rows:
        for row, pk in zip(rows, reserve(OpportunityLine, len(rows)), strict=True):
            row.id = pk
        copy(OpportunityLine, [row_of(row) for row in rows])


def agree(one: Opportunity, changed: frozenset[str]) -> None:
    """Amount or main product were changed on the opportunity itself: its one line follows, several refuse."""
    found = list(OpportunityLine._base_manager.filter(opportunity=one, deleted_at=None)[:2])
    if len(found) > 1:
        name = next(iter(changed & {"amount", "product"}))
        raise Invalid({name: [_("It follows from the product lines; change those.")]})
    if found:
        line = found[0]
        if one.product_id is not None:
            line.product_id = one.product_id
        if "amount" in changed:
            line.quantity, line.unit_price, line.discount, line.amount = Decimal(1), one.amount, Decimal(0), cents(Decimal(one.amount))
        line.save(update_fields=("product", "quantity", "unit_price", "discount", "amount"))
