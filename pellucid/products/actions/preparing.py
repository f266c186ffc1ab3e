"""What follows from a product's own fields."""

from __future__ import annotations

from typing import Any

from pellucid.kernel.actions.declare import prepares
from pellucid.kernel.search.pinyin import pinyin

from ..models import Product


@prepares(Product)
def product_prepare(products: list[Product], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The reading lists are sorted by."""
    for product in products:
        if changed is None or "name" in changed:
            product.pinyin = pinyin(product.name).spaced[:400]
