"""How far the demo company trusts its customers: limits for those that buy often, graded by how they pay."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db.models import Count, F, Sum

from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records.copying import copy

from ..credit import exposure
from ..lifecycles import BOUND
from ..models import CreditProfile, Instalment, Order, PaymentPlan

STEP = Decimal(50_000)
G = CreditProfile.Grade


def fill(stage: Stage) -> None:
    """A profile for every customer with two orders or more; a few of them are used up, one is blocked."""
    often = Order._base_manager.filter(signed_on__isnull=False, deleted_at=None).values_list("customer").annotate(n=Count("pk")).filter(n__gte=2)
    late = dict(Instalment._base_manager.filter(order__state__in=BOUND, balance__gt=0, due_on__lt=stage.today - dt.timedelta(days=30)).values_list(
        "order__customer").annotate(s=Sum(F("balance"))).order_by())  # fmt: skip
    terms = {p.name: p.pk for p in PaymentPlan._base_manager.filter(deleted_at=None)}
    rows = []
    for customer, n in often.order_by("customer"):
        used, chance = exposure([customer]), stage.chance
        share = Decimal(str(chance.choice((1.2, 1.5, 2, 2, 3)))) if chance.random() > 0.06 else Decimal("0.9")
        limit = max(STEP * 4, ((used * share) / STEP).to_integral_value() * STEP)
        grade = G.C if customer in late else G.A if n >= 4 and chance.random() < 0.6 else G.B
        at = stage.now - dt.timedelta(days=chance.randint(20, 300))
        rows.append({"customer_id": customer, "grade": grade, "limit": limit,
                     "terms_id": terms.get("款到发货" if grade == G.C else "30/60/10"),
                     "valid_until": stage.today + dt.timedelta(days=chance.randint(-20, 340)), "blocked": False, "created_at": at, "updated_at": at})
    worst = max(rows, key=lambda r: late.get(r["customer_id"], Decimal(0)), default=None)
    if worst is not None and worst["customer_id"] in late:
        worst |= {"grade": G.D, "blocked": True, "note": "多笔货款长期未付，恢复合作前须先结清。"}
    for row in rows:
        row.setdefault("note", "")
    copy(CreditProfile, rows)
