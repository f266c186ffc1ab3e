"""Three rules that the demo company lives with, and what they did lately."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F

from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer
from pellucid.kernel.access.models import User
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.automation.demo import lives_by
from pellucid.kernel.automation.models import RuleRun
from pellucid.kernel.records.copying import copy
from pellucid.sales.models import Opportunity

from ..models import Instalment

BIG = {
    "resource": "opportunity", "when": {"type": "changed", "fields": ["amount"]}, "if": "f.amount=gte:500000&f.old_amount=lte:499999.99",
    "do": [{"kind": "notify", "inputs": {"who": "manager", "text": "「{name}」金额升至 {amount}，请关注推进节奏"}}],
}  # fmt: skip
RISEN = {
    "resource": "customer", "when": {"type": "changed", "fields": ["level"]},
    "do": [{"kind": "action", "on": "customer_add_task",
            "inputs": {"name": "按新级别调整 {name} 的拜访计划", "due_at": {"days": 3}, "owner": {"field": "owner"}}}],
}  # fmt: skip
LATE = {
    "resource": "instalment", "when": {"type": "date", "field": "due_on", "days": 1, "at": "08:30"}, "if": "f.balance=gte:0.01&f.disputed=is:0",
    "do": [{"kind": "notify", "inputs": {"who": "field:in_charge", "text": "{order}「{name}」昨日到期，尚欠 {balance}"}},
           {"kind": "notify", "inputs": {"who": "role", "role": "finance", "text": "{order}「{name}」昨日到期，尚欠 {balance}"}}],
}  # fmt: skip
RULES: tuple[tuple[str, dict[str, Any]], ...] = (("商机金额超过 50 万时通知上级", BIG), ("客户级别变化时建跟进任务", RISEN), ("回款逾期通知", LATE))


def fill(stage: Stage) -> None:
    """The rules, switched on as of now; their log tells of the last two weeks."""
    keeper = User._base_manager.filter(username="admin").first() or User._base_manager.order_by("pk").first()
    if keeper is None:
        return
    born = stage.now - dt.timedelta(days=40)
    rows: list[dict[str, Any]] = []
    for name, said in RULES:
        rule = lives_by(name, said, keeper, born, stage.now)
        rows += [{"rule_id": rule.pk, "edition_id": rule.active_id, **line} for line in LOGS[said["resource"]](stage)]
    copy(RuleRun, rows)


def _line(stage: Stage, resource: str, pk: int, n: int, **facts: Any) -> dict[str, Any]:
    at = stage.now - dt.timedelta(days=n * 2, hours=stage.chance.randint(1, 8), minutes=stage.chance.randint(0, 59))
    occasion = f"demo:{pk}:{n}"
    return {"occasion": occasion, "root": occasion, "resource": resource, "record_id": pk, "created_at": at, "next_at": at, "ended_at": at,
            "state": "done", "facts": [], "did": [], **facts}  # fmt: skip


def _big(stage: Stage) -> list[dict[str, Any]]:
    found = Opportunity._base_manager.filter(deleted_at=None, amount__gte=500_000).order_by("-created_at", "-pk")
    rows = list(found.values_list("pk", "amount")[:6])
    return [_line(stage, "opportunity", pk, n, did=[{"state": "done", "people": [], "told": 1}],
                  facts=[["amount", str(amount)], ["old_amount", str(amount * 3 / 10)]]) for n, (pk, amount) in enumerate(rows)]  # fmt: skip


def _risen(stage: Stage) -> list[dict[str, Any]]:
    tasks = Task._base_manager.filter(about_resource="customer", deleted_at=None).order_by("-created_at", "-pk")
    living = dict(tasks.values_list("about_id", "pk")[:40])
    known = Customer._base_manager.filter(pk__in=living, deleted_at=None, merged_into=None).order_by("-pk").values_list("pk", flat=True)[:5]
    return [_line(stage, "customer", pk, n, did=[{"state": "done", "made": ["task", living[pk]]}]) for n, pk in enumerate(known)]


def _late(stage: Stage) -> list[dict[str, Any]]:
    due = Instalment._base_manager.filter(deleted_at=None, due_on__lt=stage.today, owed__gt=F("allocated") + F("credited")).order_by("-due_on", "-pk")
    told = [{"state": "done", "people": [], "told": 1}] * 2
    return [_line(stage, "instalment", pk, n, did=told, facts=[["balance", str(balance)], ["disputed", False]])
            for n, (pk, balance) in enumerate(due.values_list("pk", "balance")[:7])]  # fmt: skip


LOGS = {"opportunity": _big, "customer": _risen, "instalment": _late}
