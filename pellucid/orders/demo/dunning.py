"""How the demo company asks for overdue money: customers at every level, promises kept and broken, disputes, cases that ended."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from pellucid.collaboration import workdays
from pellucid.collaboration.models import Task
from pellucid.customers.actions.follow_ups import recount
from pellucid.customers.models import Customer, FollowUp
from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.demo import Stage
from pellucid.kernel.records import words
from pellucid.kernel.records.copying import copy, reserve

from .. import dunning
from ..dunning import Debt
from ..letters import contact_of
from ..models import DunningCase, DunningLevel, DunningStep, Instalment, PaymentPromise, Posting
from .drawing import workday

S, P, T = DunningCase.State, PaymentPromise.State, Task.State
ENDED = 26  # cases of the past
DISPUTES = (("发票开具内容与合同不符，要求重开", "财务部张经理"), ("设备验收有遗留问题，尾款待整改后付", "设备部李工"),
            ("数量与送货单不一致，正在核对", "采购部周经理"), ("要求按降价后的价格结算", "采购总监"))  # fmt: skip
SAID = ("对方财务说本月资金紧张，月底安排。", "联系上对方采购，答应去催财务。", "对方说发票刚收到，走付款流程需要一周。", "电话无人接听，已发微信。",
        "对方总经理出差，回来签字后付款。", "已寄催款函，对方确认收到。", "上门拜访财务，对账无误，等集团拨款。")  # fmt: skip
WAYS = ("call", "call", "call", "wechat", "visit", "email")


def fill(stage: Stage) -> None:
    """What is overdue today, as it was asked for level by level; and cases that ended with the payment."""
    levels = dunning.levels()
    cases: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    promises: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    customers = {c.pk: c for c in Customer._base_manager.filter(pk__in=dunning.debts(stage.today))}
    for at, (pk, debt) in enumerate(sorted(dunning.debts(stage.today).items())):
        reached = climbed(debt.since or debt.oldest or stage.today, stage.today, levels)
        if not reached:
            continue
        case = _case(stage, customers[pk], debt, reached)
        cases.append(case)
        steps += [_step(stage, case, level, day, debt.overdue) for level, day in reached]
        promises += _promised(stage, at, case, debt, reached)
        told += _asked(stage, case, reached)
    for case, level, day, promise in _ended(stage, levels, {c["customer_id"] for c in cases}):
        cases.append(case)
        steps.append(_step(stage, case, level, day, case["was"]))
        promises += [promise] if promise else []
    _written(stage, cases, steps, promises, told)


def climbed(since: dt.date, today: dt.date, levels: list[DunningLevel]) -> list[tuple[DunningLevel, dt.date]]:
    """When a debt came to each level, looked at every day."""
    out: list[tuple[DunningLevel, dt.date]] = []
    day = dt.date.min
    for level in levels:
        day = max(since + dt.timedelta(days=level.days), day + dt.timedelta(days=level.wait) if out else day)
        if day > today:
            break
        out.append((level, day))
    return out


def _case(stage: Stage, customer: Customer, debt: Debt, reached: list[tuple[DunningLevel, dt.date]]) -> dict[str, Any]:
    """An open one."""
    day = reached[0][1]
    at = min(stage.at(day, 6, 30), stage.now)
    return {"name": f"{customer.short_name or customer.name} · {day}", "customer_id": customer.pk, "state": S.OPEN, "level": reached[-1][0].level,
            "collector_id": debt.collector or customer.owner_id, "overdue": debt.overdue, "disputed": debt.disputed,
            "since": debt.since or debt.oldest, "opened_on": day, "raised_on": reached[-1][1], "contacted_on": None, "dispute": "",
            "disputed_by": "", "paused_until": None, "kept": 0, "broken": 0, "closed_on": None, "outcome": "", "created_at": at, "updated_at": at,
            "was": debt.overdue}  # fmt: skip


def _step(stage: Stage, case: dict[str, Any], level: DunningLevel, day: dt.date, amount: Decimal) -> dict[str, Any]:
    at = min(stage.at(day, 6, 30), stage.now)
    return {"case": case, "customer_id": case["customer_id"], "level": level.level, "name": level.name, "raised_on": day, "overdue": amount,
            "since": case["since"] or day, "collector_id": case["collector_id"], "within": level.within, "created_at": at, "updated_at": at}


def _promise(stage: Stage, case: dict[str, Any], told: dt.date, due: dt.date, amount: Decimal, state: str, received: Decimal) -> dict[str, Any]:
    at = min(stage.at(told, 15), stage.now)
    judged = None if state == P.OPEN else min(due + dt.timedelta(days=1), stage.today)
    return {"case": case, "customer_id": case["customer_id"], "amount": amount, "due_on": due, "told_on": told, "state": state, "received": received,
            "said_by": contact_of(case["customer_id"]) or "财务", "judged_on": judged, "created_at": at, "updated_at": at,
            "created_by_id": case["collector_id"]}  # fmt: skip


def _promised(stage: Stage, n: int, case: dict[str, Any], debt: Debt, reached: list[tuple[DunningLevel, dt.date]]) -> list[dict[str, Any]]:
    """Disputed, or what was promised after each level; the last promise may be awaited still."""
    if debt.disputed > 0 and debt.disputed == debt.overdue:
        why, who = DISPUTES[n % len(DISPUTES)]
        case |= {"state": S.PAUSED, "dispute": why, "disputed_by": who, "paused_until": stage.today + dt.timedelta(days=stage.chance.randint(4, 25))}
        return []
    out = []
    for _level, day in reached[:-1]:
        told, due = workday(day + dt.timedelta(days=2)), workday(day + dt.timedelta(days=stage.chance.randint(7, 14)))
        if due < stage.today and stage.chance.random() < 0.55:
            out.append(_promise(stage, case, told, due, debt.overdue, P.BROKEN, Decimal(0)))
            case["broken"] += 1
    told = workday(reached[-1][1] + dt.timedelta(days=1))
    if told <= stage.today and (stage.today - told).days < 12 and stage.chance.random() < 0.5:
        due = workday(stage.today + dt.timedelta(days=stage.chance.randint(1, 9)))
        share = stage.chance.choice((Decimal(1), Decimal("0.5")))
        out.append(_promise(stage, case, told, due, (debt.overdue * share).quantize(Decimal("0.01")), P.OPEN, Decimal(0)))
        case["state"] = S.PROMISED
    return out


def _asked(stage: Stage, case: dict[str, Any], reached: list[tuple[DunningLevel, dt.date]]) -> list[dict[str, Any]]:
    """What was said after each level, mostly; the latest levels of some wait to be acted on."""
    out = []
    for level, day in reached:
        spoken = workday(day + dt.timedelta(days=stage.chance.randint(0, 2)))
        if spoken > stage.today or level is reached[-1][0] and stage.chance.random() < 0.4:
            continue
        at = min(stage.at(spoken, stage.chance.randint(9, 16), stage.chance.randint(0, 59)), stage.now)
        who = case["collector_id"]
        out.append({"customer_id": case["customer_id"], "kind": stage.chance.choice(WAYS), "at": at, "text": stage.chance.choice(SAID),
                    "author_id": who, "author_unit_id": directory.home_of(who) or 0, "created_at": at, "updated_at": at, "created_by_id": who})
        case["contacted_on"] = spoken
    return out


def _ended(stage: Stage, levels: list[DunningLevel], busy: set[int]) -> list[tuple[dict[str, Any], DunningLevel, dt.date, dict[str, Any] | None]]:
    """Parts that were paid late: the case closed with the payment, after a promise that was kept, mostly."""
    out: list[tuple[dict[str, Any], DunningLevel, dt.date, dict[str, Any] | None]] = []
    paid = Instalment._base_manager.filter(balance=0, owed__gt=0, due_on__isnull=False, deleted_at=None).select_related("order", "order__customer")
    last = dict(Posting._base_manager.filter(kind="receipt").order_by("posted_on").values_list("instalment", "posted_on"))
    late = [(last[i.pk], i) for i in paid.order_by("pk") if i.pk in last and i.due_on and 10 <= (last[i.pk] - i.due_on).days <= 40]
    seen: set[int] = set()
    for closed, part in sorted(late, key=lambda found: (found[0], found[1].pk), reverse=True):
        customer = part.order.customer
        if customer.pk in seen or len(out) == ENDED:
            continue
        seen.add(customer.pk)
        assert part.due_on is not None
        day = workday(part.due_on + dt.timedelta(days=levels[0].days))
        debt = Debt(part.amount, since=part.due_on, with_whom={part.in_charge_id or part.order.owner_id: part.amount})
        case = _case(stage, customer, debt, [(levels[0], day)])
        case |= {"state": S.CLOSED, "closed_on": closed, "outcome": "逾期款已全部结清。", "overdue": Decimal(0), "contacted_on": day,
                 "was": part.amount}  # fmt: skip
        promise = None
        if closed > day + dt.timedelta(days=3) and stage.chance.random() < 0.75:
            promise = _promise(stage, case, workday(day + dt.timedelta(days=1)), closed + dt.timedelta(days=stage.chance.randint(0, 2)), part.amount,
                               P.KEPT, part.amount) | {"judged_on": closed}  # fmt: skip
            case["kept"] = 1
        out.append((case, levels[0], day, promise))
    return out


def _task(stage: Stage, step: dict[str, Any], case: dict[str, Any], name: str, title: str, done: bool) -> dict[str, Any]:
    """What a level asked for."""
    who, due = case["collector_id"], workdays.end(workdays.after(step["raised_on"], step["within"]))
    unit = directory.home_of(who) or 0
    asked = step["created_at"]  # this very hour, at times
    over = min(asked + dt.timedelta(hours=stage.chance.randint(3, 9)), max(asked, stage.now - dt.timedelta(minutes=40))) if done else None
    return {"name": name[:200], "kind": Task.Kind.TASK, "due_at": due, "state": T.DONE if done else T.TODO, "done_at": over,
            "priority": Task.Priority.HIGH if step["level"] > 2 else Task.Priority.NORMAL, "about_resource": "customer",
            "about_id": case["customer_id"], "about_title": title[:200], "result": "已催" if done else "", "owner_id": who, "unit_id": unit,
            "branch_id": tree().branch(unit), "created_at": step["created_at"], "updated_at": over or step["created_at"]}  # fmt: skip


def _written(stage: Stage, cases: list[dict[str, Any]], steps: list[dict[str, Any]], promises: list[dict[str, Any]],
             told: list[dict[str, Any]]) -> None:  # fmt: skip
    for case, pk in zip(cases, reserve(DunningCase, len(cases)), strict=True):
        case["id"] = pk
    tasks, names = [], dict(Customer._base_manager.filter(pk__in=[c["customer_id"] for c in cases]).values_list("pk", "name"))
    for step, pk in zip(steps, reserve(Task, len(steps)), strict=True):
        case = step["case"]
        spoken = case["contacted_on"] is not None and case["contacted_on"] >= step["raised_on"]
        done = step["level"] < case["level"] or case["state"] != S.OPEN or spoken
        title = names[case["customer_id"]]
        n = (step["raised_on"] - step["since"]).days
        name = f"催款“{step['name']}”：逾期 {words.money(step['overdue'], 'zh-hans')}，最长 {n} 天"
        tasks.append({"id": pk, **_task(stage, step, case, name, title, done)})
        step["task_id"] = pk
    copy(DunningCase, [{k: v for k, v in case.items() if k != "was"} for case in cases])
    copy(Task, tasks)
    copy(DunningStep, [{**{k: v for k, v in s.items() if k not in ("case", "within")}, "case_id": s["case"]["id"]} for s in steps])
    copy(PaymentPromise, [{**{k: v for k, v in p.items() if k != "case"}, "case_id": p["case"]["id"]} for p in promises])
    copy(FollowUp, told)
    recount(sorted({t["customer_id"] for t in told}))
    for step in steps:
        stage.happened(step["created_at"], "dunningcase.raised", None, "dunningcase", step["case"]["id"], level=step["name"],
                       amount=str(step["overdue"]))  # fmt: skip
    for one in promises:
        stage.happened(one["created_at"], "dunningcase.promised", one["created_by_id"], "dunningcase", one["case"]["id"], amount=str(one["amount"]),
                       due_on=str(one["due_on"]))  # fmt: skip
    for case in cases:
        if case["closed_on"]:
            at = min(stage.at(case["closed_on"], 17), stage.now)
            stage.happened(at, "dunningcase.closed", None, "dunningcase", case["id"], reason=case["outcome"])
