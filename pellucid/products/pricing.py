"""What a product costs a customer, by one rule.

Of the price lists in use on that day, in that currency, that have the product from at most that quantity on: those for the customer's
level come before those for all, then the lower position, then the one that began later. On the list that holds, the price from the
largest quantity that is reached counts. Without such a list it is the product's list price, carried over by the exchange rate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _

from pellucid.kernel.records import days, settings
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.reading import by_id

from .models import Price, PricedLine, Product

FINE = Decimal("0.0001")


class Head(NamedTuple):
    """What prices depend on besides the line: the level of the customer, the currency of the document and its rate."""

    level: int | None
    currency: str
    rate: Decimal


def prices_for(wanted: Sequence[tuple[int, Decimal]], *, level: int | None, day: dt.date, currency: str) -> list[Decimal | None]:
    """The price on the list that holds for each (product, quantity); None where no list has one."""
    lists = Q(price_list__level=None) if level is None else Q(price_list__level=None) | Q(price_list__level=level)
    found = Price._base_manager.filter(
        lists, Q(price_list__valid_until=None) | Q(price_list__valid_until__gte=day), product__in={product for product, _quantity in wanted},
        price_list__valid_from__lte=day, price_list__currency=currency, price_list__active=True, price_list__deleted_at=None, deleted_at=None)
    rows = sorted(found.values_list("product", "from_quantity", "unit_price", "price_list__level", "price_list__position",
                                    "price_list__valid_from", "price_list"),
                  key=lambda r: (r[3] is None, r[4], -r[5].toordinal(), r[6], -r[1]))  # fmt: skip
    return [next((price for of, least, price, *_list in rows if of == product and least <= quantity), None) for product, quantity in wanted]


def price_for(product: int, quantity: Decimal, *, level: int | None, day: dt.date, currency: str) -> Decimal | None:
    """The same for one."""
    return prices_for([(product, quantity)], level=level, day=day, currency=currency)[0]


def usual_prices(wanted: Sequence[tuple[Product, Decimal]], *, level: int | None, day: dt.date, currency: str, rate: Decimal) -> list[Decimal | None]:
    """What to ask for where nobody names a price: that of the list that holds, else the list price at this rate."""
    listed = prices_for([(product.pk, quantity) for product, quantity in wanted], level=level, day=day, currency=currency)
    return [on_list if on_list is not None else carried(product.list_price, rate) for on_list, (product, _q) in zip(listed, wanted, strict=True)]


def renew(line: Any, head: Head) -> None:
    """It costs what is usual for its quantity today. Refused where nothing says a price: for nothing is no usual price."""
    product = Product._base_manager.filter(pk=line.product_id).first()
    usual = product and usual_prices([(product, Decimal(line.quantity))], level=head.level, day=days.today(), currency=head.currency,
                                     rate=head.rate)[0]  # fmt: skip
    if usual is None:
        raise Refused(_("No price list has it for this customer and quantity, and it has no list price: enter what it costs."))
    line.unit_price = usual


def carried(value: Decimal | None, rate: Decimal) -> Decimal | None:
    """A price or cost of the company's currency in another one, at its rate."""
    return None if value is None else (value / rate).quantize(FINE, ROUND_HALF_UP) if rate != 1 else value


def fill(lines: Sequence[Any], of: str, heads: Mapping[int, Head], *, renewed: bool = False) -> None:
    """Name, unit, price, cost and tax rate of priced lines, where none are named, and what each comes to. `of` is the column that names the
    document, `heads` tells of each; `renewed`: the products were changed, and what they cost is asked anew."""
    products = by_id(Product, (line.product_id for line in lines))
    usual = _usual(lines, of, heads, products)
    for line in lines:
        product = products.get(line.product_id or 0)
        if product is None and not line.name:
            raise Invalid({"product": [_("Say what it is: a product, or in words.")]})
        if renewed:
            line.unit_cost = None
        if product is not None:
            line.name = line.name or product.name
            line.uom_id = line.uom_id or product.uom_id
            line.unit_price = line.unit_price if line.unit_price is not None else usual.get(id(line))
            line.unit_cost = line.unit_cost if line.unit_cost is not None else carried(product.cost, heads[getattr(line, of)].rate)
        line.unit_price = line.unit_price if line.unit_price is not None else Decimal(0)
        line.tax_rate = line.tax_rate if line.tax_rate is not None else Decimal(settings.get("company.tax_rate"))
        worth(line)


def _usual(lines: Sequence[Any], of: str, heads: Mapping[int, Head], products: Mapping[int, Product]) -> dict[int, Decimal | None]:
    """What lines without a price cost by the price list that holds for their customer today; by identity of the line."""
    out: dict[int, Decimal | None] = {}
    for pk, head in heads.items():
        bare = [line for line in lines if getattr(line, of) == pk and line.unit_price is None and line.product_id in products]
        if bare:
            found = usual_prices([(products[line.product_id], Decimal(line.quantity)) for line in bare], level=head.level, day=days.today(),
                                 currency=head.currency, rate=head.rate)  # fmt: skip
            out |= {id(line): price for line, price in zip(bare, found, strict=True)}
    return out


def worth(line: PricedLine) -> None:
    """What a line comes to: net after its discount, tax on that, each to the cent; its cost, if that is known."""
    line.net = cents(Decimal(line.quantity) * Decimal(line.unit_price or 0) * (100 - Decimal(line.discount)) / 100)
    line.tax = cents(line.net * Decimal(line.tax_rate or 0) / 100)
    line.amount = line.net + line.tax
    line.cost = cents(Decimal(line.quantity) * Decimal(line.unit_cost)) if line.unit_cost is not None else None
