"""What is read of orders for others: which customers buy, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Max

from .lifecycles import BOUND, OPEN
from .models import Order


def with_open_order(ids: Collection[int]) -> set[int]:
    """Those of these customers with an order that is being made or carried out."""
    found = Order._base_manager.filter(customer__in=ids, state__in=OPEN | BOUND - {Order.State.SETTLED}, deleted_at=None)
    return set(found.values_list("customer_id", flat=True))


def last_signed(ids: Collection[int]) -> dict[int, dt.date]:
    """When those of these customers that ever signed an order did so last."""
    found = Order._base_manager.filter(customer__in=ids, signed_on__isnull=False, deleted_at=None).exclude(state=Order.State.VOID)
    return dict(found.values_list("customer_id").annotate(last=Max("signed_on")).order_by())
