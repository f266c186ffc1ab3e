"""Orders of the demo company that are being changed: some in force, some with those who decide, one still a draft."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import approvers, effects
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.demo import moved_back
from pellucid.kernel.processes.models import Assignment, ProcessInstance
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure

from ..models import Order, OrderChange

TEMPLATE = Path(__file__).parent.parent / "processes" / "order_change.json"
REASONS = (
    "客户厂房土建推迟，交期顺延", "客户追加备件包", "客户要求提前到货", "随主机交期顺延第二批", "增加一套工装夹具", "配合客户停产检修窗口调整交期",
    "客户内部立项推迟",
)  # fmt: skip
AGO = (30, 52, 5, 27, 76, 3, 120)  # hours since they were handed in
WAITING, AGREED, REFUSED = 3, 5, 6  # so many wait, up to here they were agreed to, up to here refused; the last is a draft


def fill(stage: Stage) -> None:
    """The process in use, and changes in several states."""
    admin = Actor.of(User._base_manager.get(username="admin"), "demo")
    process = publish(json.loads(TEMPLATE.read_text(encoding="utf-8")), actor=admin, note="首次发布")
    run("process_switch_on", process.pk, admin)
    versions.forget()
    rows = Order._base_manager.filter(state__in=(Order.State.SIGNED, Order.State.RUNNING), delivered=0, promised_on__gt=stage.today, deleted_at=None)
    manager = User._base_manager.get(username="manager").pk
    orders = list(rows.filter(owner__is_active=True).select_related("owner").order_by("-amount", "pk")[:60])
    orders.sort(key=lambda order: approvers.manager(order.owner_id) != manager)  # the sample manager finds something to decide
    made = 0
    for order in orders:
        if made == len(REASONS):
            break
        if (change := _proposed(stage, order, made)) is None:
            continue
        if made < REFUSED:
            waiting = run("orderchange_apply", change.pk, Actor.of(order.owner, "demo")).waiting
            if made >= WAITING:
                _decided(waiting, "approve" if made < AGREED else "reject")
            moved_back(waiting, AGO[made])
        made += 1


def _proposed(stage: Stage, order: Order, n: int) -> OrderChange | None:
    """Another day, or a line more with the instalments that follow; nothing where that cannot be."""
    actor, reason = Actor.of(order.owner, "demo"), REASONS[n]
    try:
        change: OrderChange = run("order_change", order.pk, actor, {"reason": reason}).value
        if "追加" in reason or "增加" in reason:
            price = str(stage.chance.choice((18_000, 26_000, 42_000)))
            run("orderchange_line", change.pk, actor, {"name": "备件包" if "备件" in reason else "工装夹具", "quantity": "1", "unit_price": price})
            run("orderchange_fit", change.pk, actor)
        else:
            assert order.promised_on is not None
            moved = order.promised_on + dt.timedelta(days=-7 if "提前" in reason else stage.chance.choice((10, 14, 21)))
            run("orderchange_dates", change.pk, actor, {"promised_on": max(moved, stage.today + dt.timedelta(days=2)).isoformat()})
    except Failure:
        return None
    return change


def _decided(row: ProcessInstance, verdict: str) -> None:
    """Everybody who is asked says the same, until it ends."""
    comment = "同意，请同步客户和车间。" if verdict == "approve" else "影响在制排产，请与客户再议。"
    for _turn in range(6):
        asked = Assignment._base_manager.filter(instance=row, state="pending").select_related("person").order_by("no").first()
        if asked is None:
            break
        run(f"processinstance_{verdict}", row.pk, Actor.of(asked.person, "demo"), {"comment": comment, "asked": asked.no})
    effects.attempt(row.pk)
