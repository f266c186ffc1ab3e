"""What follows from a product's own fields."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pellucid.kernel.actions.declare import prepares
from pellucid.kernel.search.pinyin import pinyin

from ..models import Price, Product


@prepares(Product)
def product_prepare(products: list[Product], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The reading lists are sorted by."""
    for product in products:
        if changed is None or "name" in changed:
            product.pinyin = pinyin(product.name).spaced[:400]


@prepares(Price)
def price_prepare(prices: list[Price], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The key an import finds it by."""
    for price in prices:
        price.key = f"{price.price_list_id}:{price.product_id}:{Decimal(price.from_quantity).normalize():f}"
