"""Profiles say how much of their limit is used: after whatever changes it, and every night, when more becomes overdue."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from pellucid.kernel.records import days, prepared

from ..lifecycles import BOUND
from ..models import CreditProfile

# Each profile with its company and those below it; what `credit.exposure` and `credit.overdue` say of them, for many at once.
SAID = """
WITH RECURSIVE company(profile, customer) AS (
  SELECT id, customer_id FROM orders_creditprofile WHERE id = ANY(%(ids)s::bigint[])
  UNION SELECT c.profile, k.id FROM company c JOIN customers_customer k ON k.parent_id = c.customer AND k.deleted_at IS NULL),
said AS (
  SELECT c.profile, coalesce(round(sum((i.amount - i.allocated - i.credited) * o.rate), 2), 0) AS used,
         coalesce(round(sum(i.balance * o.rate) FILTER (WHERE i.balance > 0 AND i.due_on < %(today)s), 2), 0) AS overdue
    FROM company c LEFT JOIN orders_order o ON o.customer_id = c.customer AND o.state = ANY(%(bound)s::text[]) AND o.deleted_at IS NULL
    LEFT JOIN orders_instalment i ON i.order_id = o.id AND i.deleted_at IS NULL GROUP BY c.profile)
UPDATE orders_creditprofile p SET used = said.used, overdue = said.overdue FROM said
 WHERE said.profile = p.id AND (p.used, p.overdue) IS DISTINCT FROM (said.used, said.overdue)"""


def bring_up(customers: Collection[int] | None = None) -> int:
    """The profiles of these customers, or all, say what the ledger says; how many did not. They are locked before the ledger is read, so that of
    two who do this at once the later one has the last word."""
    rows = CreditProfile._base_manager.filter(deleted_at=None, merged_into=None)
    rows = rows if customers is None else rows.filter(customer__in=customers)
    with transaction.atomic():
        ids = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        if not ids:
            return 0
        return int(prepared.ask(SAID, {"ids": ids, "today": days.today(), "bound": sorted(BOUND)}).rowcount)
