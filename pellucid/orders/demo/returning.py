"""What came back in the demo company: some of what went out in the last months, why, and what it took off what was owed."""

from __future__ import annotations

import datetime as dt

from django.db.models import F, Max

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import terms

from ..models import Contract, Instalment, Order, OrderLine

MANY, SPAN = 22, 330
DEAR = 180_000  # a whole line of machines does not come back
WHY = (("quality", "到货检验发现精度超差，换新后退回。"), ("damage", "外包装破损，内部磕碰。"),
       ("wrong", "型号与订单不符。"),
       ("surplus", "客户产线调整，多订部分退回。"), ("quality", "使用两周后报警，返厂检测为批次问题。"), ("late", "客户已另行采购。"))  # fmt: skip


def fill(stage: Stage) -> None:
    """Single pieces of lines that went out, of orders under which nothing is overdue."""
    admin = Actor.of(User._base_manager.get(username="admin"), "demo")
    overdue = Instalment._base_manager.filter(balance__gt=0, due_on__lt=stage.today, deleted_at=None).values("order")
    states = (Order.State.RUNNING, Order.State.DELIVERED, Order.State.SETTLED)
    rows = OrderLine._base_manager.filter(deleted_at=None, delivered__gte=F("returned") + 1, amount__lt=DEAR * F("quantity"), order__state__in=states,
                                          order__signed_on__gte=stage.today - dt.timedelta(days=SPAN),
                                          order__contract__state=Contract.State.ACTIVE)  # fmt: skip
    found = list(rows.exclude(order__in=overdue).annotate(last=Max("deliveries__delivered_on")).order_by("pk"))
    chosen = stage.chance.sample(found, min(len(found), max(2, round(MANY * stage.scale))))
    for at, line in enumerate(chosen):
        why, note = WHY[at % len(WHY)]
        day = min(line.last + dt.timedelta(days=stage.chance.randint(4, 40)), stage.today)
        quantity = stage.chance.randint(1, max(1, int(line.delivered - line.returned) // 4))
        run("returnedgoods_create", None, admin, values={
            "order": line.order_id, "line": line.pk, "quantity": str(quantity), "returned_on": str(day), "note": note,
            "reason": terms.find("return_reason", why)})  # fmt: skip
