"""What a product costs a customer, by one rule.

Of the price lists in use on that day, in that currency, that have the product from at most that quantity on: those for the customer's
level come before those for all, then the lower position, then the one that began later. On the list that holds, the price from the
largest quantity that is reached counts. Without such a list it is the product's list price, carried over by the exchange rate.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Q

from .models import Price, Product

FINE = Decimal("0.0001")


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


def carried(value: Decimal | None, rate: Decimal) -> Decimal | None:
    """A price or cost of the company's currency in another one, at its rate."""
    return None if value is None else (value / rate).quantize(FINE, ROUND_HALF_UP) if rate != 1 else value
