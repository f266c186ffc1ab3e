"""An order carried out by plan: what is to be done by whom and when, what completes it, what is promised."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from django.db import transaction

from pellucid.collaboration.actions.reminding import escalate, remind
from pellucid.collaboration.models import PlanRun, PlanStep, Task
from pellucid.kernel.access.models import Unit
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Failure, Invalid, Refused
from pellucid.orders import step_home
from pellucid.orders.actions.executing import written
from pellucid.orders.execution import execution
from pellucid.orders.models import Contract, ExecutionPlan, Order, OrderStep
from pellucid.orders.obligations import Done
from pellucid.orders.step_pages import of_contract
from tests.orders.making import D, contract, line, order_of, receipt, signed, split

pytestmark = pytest.mark.django_db
TODAY = days.today()


def ahead(n: int) -> dt.date:
    return TODAY + dt.timedelta(days=n)


def in_batches(world, *, on: dt.date = TODAY, kind: str = "single", price: str = "1000") -> Order:
    """An order of 20 in two batches, 20 and 50 days from today, paid 30/60/10."""
    one = contract(world, kind=kind)
    order = order_of(one)
    line(world, order, price, "10", by="admin", promised_on=ahead(20).isoformat())
    line(world, order, price, "10", by="admin", promised_on=ahead(50).isoformat())
    split(world, order, by="admin")
    run("contract_sign", one.pk, world.actor("sam"), {"signed_on": on.isoformat()})
    order.refresh_from_db()
    return order


def steps(order: Order) -> dict[str, Task]:
    return {step.task.name: step.task for step in OrderStep._base_manager.filter(order=order).select_related("task", "task__step").order_by("pk")}


def send(world, order: Order, at: int, quantity: str, **more):
    one = order.lines.order_by("pk")[at]
    return run("delivery_create", None, world.actor("walt"), values={"order": order.pk, "line": one.pk, "quantity": quantity, **more}).record


def test_a_signed_contract_becomes_dated_steps_of_those_who_do_them(world):
    order = in_batches(world)
    found = steps(order)
    assert list(found) == ["备货完成 1/2", "备货完成 2/2", "发货 1/2", "发货 2/2", "安装调试", "客户验收", "开票 1/3", "开票 2/3", "开票 3/3",
                           "收款 1/3", "收款 2/3", "收款 3/3", "质保期满回访"]  # fmt: skip
    who = {name: world.users[user].pk for name, user in (("发货 1/2", "walt"), ("安装调试", "sally"), ("客户验收", "sam"), ("开票 1/3", "fay"))}
    assert {name: found[name].owner_id for name in who} == who
    assert {t.kind for t in found.values()} == {"plan"} and {(t.about_resource, t.about_id) for t in found.values()} == {("order", order.pk)}
    due = {name: days.day_of(task.due_at) for name, task in found.items()}
    assert (due["发货 1/2"], due["发货 2/2"]) == (ahead(20), ahead(50))
    assert due["客户验收"] == ahead(65) and due["收款 1/3"] == ahead(7) and due["收款 2/3"] == ahead(50 + 30)
    assert (found["客户验收"].promise, found["发货 1/2"].promise) == ("given", "asked"), "who signs has promised his own part"
    ran = PlanRun._base_manager.get(about_resource="order", about_id=order.pk)
    assert (ran.steps, ran.closed, ran.state) == (13, 0, "running")
    with pytest.raises(Refused, match="under way"):
        run("order_start_plan", order.pk, world.actor("sam"), {"plan": str(ran.plan_id)})


def test_what_happens_completes_a_step_and_nobody_ticks_it_off(world):
    order = in_batches(world)
    found = steps(order)
    for name in ("task_complete", "task_cancel"):
        with pytest.raises(Refused, match="completed by what happens"):
            run(name, found["发货 1/2"].pk, world.actor("walt"), {"reason": "x"} if name == "task_cancel" else {})
    send(world, order, 0, "6", carrier="SF-1")
    assert steps(order)["发货 1/2"].done_at is None, "four of the batch are still here"
    send(world, order, 0, "4", carrier="SF-2")
    first = OrderStep._base_manager.get(task=found["发货 1/2"])
    assert (first.done_on, first.executor_id, first.quantity, first.amount) == (TODAY, world.users["walt"].pk, D("10"), D("11300.00"))
    assert (first.document, first.late_days) == ("SF-1, SF-2", 0) and steps(order)["发货 2/2"].done_at is None
    paid = receipt(world, order, "6780")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    money = OrderStep._base_manager.get(task=found["收款 1/3"])
    assert (money.amount, money.document, money.executor_id) == (D("6780.00"), paid.number, world.users["sam"].pk)
    run("receipt_reverse", paid.pk, world.actor("fay"), {"reason": "错"})
    money.refresh_from_db()
    assert (money.done_on, money.executor_id, money.amount) == (None, None, None) and steps(order)["收款 1/3"].done_at is None
    ran = PlanRun._base_manager.get(about_id=order.pk, about_resource="order")
    assert (ran.done, ran.state) == (1, "running")


def test_days_follow_what_happens_unless_somebody_promised_another(world):
    order = in_batches(world, on=ahead(-5))
    before = steps(order)
    sally = world.actor("sally")
    run("task_amend", before["安装调试"].pk, sally, {"due_on": ahead(90).isoformat(), "reason": "吊装排期"})
    send(world, order, 0, "10", delivered_on=ahead(-2).isoformat())
    send(world, order, 1, "10", delivered_on=ahead(-1).isoformat())
    after = steps(order)
    assert days.day_of(after["客户验收"].due_at) == ahead(14) and days.day_of(after["安装调试"].due_at) == ahead(90)
    assert days.day_of(after["收款 2/3"].due_at) == ahead(29)
    run("order_accept", order.pk, world.actor("sam"), {"accepted_on": TODAY.isoformat()})
    accepted = OrderStep._base_manager.get(task=after["客户验收"])
    assert (accepted.done_on, accepted.amount) == (TODAY, D("22600.00"))
    assert days.day_of(steps(order)["质保期满回访"].due_at) == ahead(365)


def test_a_step_done_by_hand_says_by_whom_how_much_and_with_which_paper(world):
    order = in_batches(world)
    task = steps(order)["安装调试"]
    sally = world.actor("sally")
    with pytest.raises(Failure):
        run("task_carry_out", task.pk, sally, {"done_on": ahead(1).isoformat()})
    run("task_carry_out", task.pk, sally, {"quantity": "2", "amount": "500", "document": "AZ-7", "result": "两台到位"})
    kept = OrderStep._base_manager.get(task=task)
    assert (kept.executor_id, kept.quantity, kept.amount) == (world.users["sally"].pk, D("2"), D("500.00"))
    assert (kept.document, kept.done_on) == ("AZ-7", TODAY)
    run("task_reopen", task.pk, sally)
    kept.refresh_from_db()
    assert (kept.done_on, kept.executor_id, kept.document) == (None, None, "")
    run("task_complete", task.pk, sally, {"result": "样机先装"})
    kept.refresh_from_db()
    assert (kept.executor_id, kept.done_on, kept.late_days) == (world.users["sally"].pk, TODAY, 0)


def test_the_document_of_a_step_is_kept_with_it_until_it_is_open_again(world, browser):
    order = in_batches(world)
    task, sally = steps(order)["安装调试"], world.actor("sally")
    send(world, order, 0, "1")
    paper = {"name": "验收单.txt", "content": base64.b64encode("已安装".encode()).decode()}
    run("task_carry_out", task.pk, sally, {"file": paper})
    kept = OrderStep._base_manager.get(task=task)
    row = next(r for r in execution(order, sally)["steps"] if r["label"].startswith("安装调试"))
    assert kept.file_name == "验收单.txt" and "验收单.txt" in row["sub"] and row["act"]["href"] == f"/order-steps/{kept.pk}/held/file"
    assert b"".join(browser("sally").get(row["act"]["href"])).decode() == "已安装"
    assert 'type="file"' in browser("sally").get(f"/tasks/{steps(order)['安装调试'].pk}/do/task_carry_out").content.decode()
    run("task_reopen", task.pk, sally)
    kept.refresh_from_db()
    assert (kept.file_id, kept.file_name) == (None, "")


def test_what_comes_after_the_goods_is_not_done_before_them_without_a_word(world):
    order = in_batches(world)
    found, sally = steps(order), world.actor("sally")
    for verb, name in (("task_carry_out", "安装调试"), ("task_complete", "质保期满回访")):
        with pytest.raises(Invalid) as refused:
            run(verb, found[name].pk, sally)
        assert list(refused.value.errors) == ["result"] and OrderStep._base_manager.get(task=found[name]).done_on is None
    run("task_carry_out", found["安装调试"].pk, sally, {"result": "样机先装"})
    send(world, order, 0, "1")
    run("task_complete", found["质保期满回访"].pk, sally)


def test_what_is_promised_is_accepted_amended_or_refused_by_who_does_it(world):
    order = in_batches(world)
    task = steps(order)["发货 1/2"]
    walt, sam = world.actor("walt"), world.actor("sam")
    with pytest.raises(Failure, match="Only who has to do it"):
        run("task_promise", task.pk, sam)
    run("task_promise", task.pk, walt)
    task.refresh_from_db()
    assert task.promise == "given"
    with pytest.raises(Refused, match="promise it for another day"):
        run("task_postpone", task.pk, walt, {"due_at": ahead(30).isoformat()})
    with pytest.raises(Failure):
        run("task_update", task.pk, walt, values={"due_at": ahead(30).isoformat()}, version=task.version)
    run("task_refuse", task.pk, walt, {"reason": "这批料还没到"})
    task.refresh_from_db()
    assert (task.promise, task.promise_note) == ("refused", "这批料还没到")
    run("task_amend", task.pk, walt, {"due_on": ahead(25).isoformat(), "reason": "料 20 日到"})
    task.refresh_from_db()
    assert (task.promise, days.day_of(task.due_at), task.promise_note) == ("amended", ahead(25), "料 20 日到")


def test_a_plan_ends_with_its_order(world):
    order = in_batches(world)
    run("contract_void", order.contract_id, world.actor("admin"), {"reason": "客户取消"})
    ran = PlanRun._base_manager.get(about_id=order.pk, about_resource="order")
    assert ran.state == "stopped" and all(t.cancelled for t in steps(order).values())


def test_the_plan_is_that_of_the_kind_of_contract_and_of_the_nearest_unit(world):
    own = run("executionplan_create", None, world.actor("erin"), values={
        "name": "华东单次", "contract_kind": "single", "unit": world.units["east"].pk}).record
    run("planstep_create", None, world.actor("erin"), values={
        "plan": own.plan_id, "name": "只做这一件", "days": "-2", "since": "order:promised", "doer": "warehouse"})
    assert list(steps(in_batches(world))) == ["只做这一件"]
    ExecutionPlan._base_manager.filter(pk=own.pk).update(active=False)
    assert len(steps(in_batches(world, kind="special"))) == 18
    assert len(steps(signed(world, plan="款到发货"))) == 7


def test_who_carries_out_how_well(world):
    """The case of AN38: four steps due, two in time, one three days late, one open and overdue."""
    order = in_batches(world, on=dt.date(2026, 9, 1))
    found = list(OrderStep._base_manager.filter(order=order).select_related("task").order_by("pk"))
    sally, due = world.users["sally"], dt.datetime(2026, 11, 9, 10, tzinfo=dt.UTC)  # a Monday, 18:00 in the company
    for step, done in zip(found[:4], (dt.date(2026, 11, 6), dt.date(2026, 11, 9), dt.date(2026, 11, 12), None), strict=True):
        at = dt.datetime.combine(done, dt.time(4), dt.UTC) if done else None
        Task._base_manager.filter(pk=step.task_id).update(due_at=due, owner=sally, fact="", done_at=at, state="done" if at else "todo")
        if done:
            step.task.refresh_from_db()
            written(step, step.task, Done(done, None, D("2"), D("100")))
    Task._base_manager.filter(pk__in=[s.task_id for s in found[4:]]).update(due_at=dt.datetime(2027, 1, 5, tzinfo=dt.UTC))
    OrderStep._base_manager.update(created_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
    names = ("steps_due", "steps_met", "steps_in_time", "steps_delay", "steps_overdue", "steps_done", "steps_amount")
    november = Days(dt.date(2026, 11, 1), dt.date(2026, 12, 1))

    def of_sally(asof: dt.date) -> dict:
        told = answer(world.actor("erin"), Ask(names, by=("executor",), period=november, asof=asof))
        return next(line.cells for line in told.lines if line.values == (sally.pk,))

    assert of_sally(dt.date(2026, 11, 20)) == {"steps_due": 4, "steps_met": 2, "steps_in_time": D("0.5"), "steps_delay": D("3.0"),
                                               "steps_overdue": 1, "steps_done": 3, "steps_amount": D("300")}  # fmt: skip
    before = of_sally(dt.date(2026, 11, 10))
    assert (before["steps_due"], before["steps_met"], before["steps_overdue"], before["steps_delay"]) == (4, 2, 2, None), "as it was known then"


def told(world, who: str, kind: str) -> int:
    """How many notices of a kind somebody has."""
    deliver(500)
    return Notice.objects.filter(user=world.users[who], kind=kind).count()


def test_who_is_asked_hears_once_and_who_asked_hears_what_is_not_promised(world):
    order = in_batches(world)
    assert told(world, "walt", "promise_asked") == 1 and told(world, "sam", "promise_asked") == 0
    assert Notice.objects.get(user=world.users["walt"], kind="promise_asked").count == 4
    task = steps(order)["安装调试"]
    run("task_amend", task.pk, world.actor("sally"), {"due_on": ahead(90).isoformat(), "reason": "吊装排期"})
    run("task_refuse", steps(order)["开票 1/3"].pk, world.actor("fay"), {"reason": "资料不全"})
    assert (told(world, "sam", "promise_amended"), told(world, "sam", "promise_refused")) == (1, 1)
    Contract._base_manager.filter(pk=order.contract_id).update(owner=world.users["alice"])
    run("task_refuse", steps(order)["安装调试"].pk, world.actor("sally"), {"reason": "人手不够"})
    assert told(world, "alice", "promise_refused") == 1, "the contract is hers"
    with pytest.raises(Refused, match="refuse it"):
        run("task_cancel", steps(order)["安装调试"].pk, world.actor("sally"), {"reason": "不做了"})


def test_several_hear_of_a_step_before_and_on_its_day_and_managers_after_it(world):
    order = in_batches(world)
    task = steps(order)["收款 1/3"]  # due in 7 days, reminded 5 days before: the owner, and finance
    day = days.day_of(task.due_at)
    PlanStep._base_manager.exclude(pk=task.step_id).update(remind=0)
    with transaction.atomic():
        assert [remind(day - dt.timedelta(days=n)) for n in (6, 5, 5, 4)] == [0, 1, 0, 0]
        assert [remind(day), remind(day)] == [1, 0]
    for who in ("sam", "fay"):
        kinds = Notice.objects.filter(user=world.users[who], record_id=task.pk).values_list("kind", flat=True)
        assert sorted(kinds) == ["task_ahead", "task_today"], who
    for unit, head in (("east_sales", "sam"), ("east", "mona"), ("hq", "erin")):
        Unit.objects.filter(pk=world.units[unit].pk).update(head=world.users[head])
    versions.forget()
    Task._base_manager.exclude(pk=task.pk).update(promise="")
    friday = dt.date(2026, 10, 16)
    Task._base_manager.filter(pk=task.pk).update(due_at=days.start_of(friday) + dt.timedelta(hours=18))
    with transaction.atomic():
        assert escalate(friday + dt.timedelta(days=3)) == 0, "one working day"
        assert [escalate(friday + dt.timedelta(days=4)), escalate(friday + dt.timedelta(days=4))] == [1, 0]
        assert escalate(friday + dt.timedelta(days=30)) == 1, "nobody is above the second"
    found = Notice.objects.filter(kind="task_escalated", record_id=task.pk).order_by("pk").values_list("user", flat=True)
    assert list(found) == [world.users["mona"].pk, world.users["erin"].pk]


def test_the_contract_shows_all_its_orders_and_what_is_late_or_next(world):
    order = in_batches(world, on=ahead(-30))
    deliver_all = {"order": order.pk, "line": order.lines.order_by("pk")[0].pk, "quantity": "5"}
    run("delivery_create", None, world.actor("walt"), values=deliver_all)
    seen = of_contract(order.contract, world.actor("sam"))
    (one,) = seen["orders"]
    assert (one["steps"], one["delivered"], one["received"]) == ("0 / 13", 25, 0) and one["late"] == "2 things late"
    assert [(r["label"], r["tag"]["label"]) for r in seen["ahead"][:2]] == [("开票 1/3", "26 days late"), ("收款 1/3", "23 days late")]
    page = execution(order, world.actor("walt"))
    assert not any("收款" in r["label"] for r in page["steps"]), "warehouses see goods, not money"
    mine = {r["label"]: r["act"] for r in page["steps"] if r["act"]}
    assert mine["发货 1/2"]["post"].endswith("/do/task_promise")
    assert of_contract(order.contract, world.actor("mark")) is None


def test_an_invoice_completes_its_step_and_a_red_letter_one_opens_it_again(world):
    order = in_batches(world)
    fay, task = world.actor("fay"), steps(order)["开票 1/3"]
    with pytest.raises(Refused, match="The invoice"):
        run("task_complete", task.pk, fay)
    paper = run("invoice_create", None, fay, values={"order": order.pk, "kind": "general", "amount": "6780"}).record
    run("invoice_issue", paper.pk, fay)
    kept = OrderStep._base_manager.get(task=task)
    paper.refresh_from_db()
    assert (kept.amount, kept.document, kept.executor_id) == (D("6780.00"), paper.number, world.users["fay"].pk)
    assert steps(order)["开票 2/3"].done_at is None
    run("invoice_correct", paper.pk, fay, {"amount": "780", "reason": "开错"})
    assert steps(order)["开票 1/3"].done_at is None, "not all of it is invoiced any more"


def test_the_workbench_of_those_who_carry_out_says_which_steps_wait_for_their_unit(world, browser):
    in_batches(world)
    card = step_home.ahead(world.actor("sally"), {})
    assert card and {"安装调试"} <= {r["label"] for r in card["rows"]} and all("史兰" in r["sub"] for r in card["rows"])
    assert step_home.ahead(world.actor("fay"), {}) != card
    page = browser("sally").get("/").content.decode()
    assert "本部门待办的订单步骤" in page and "需要推进的商机" not in page


def test_the_workbench_of_finance_speaks_of_no_sales(world, browser):
    in_batches(world)
    facts = browser("fay").get("/").context_data["home"]["facts"]
    assert [str(f["label"]) for f in facts][:4] == ["应收余额", "已逾期", "待分配", "待开票金额"]
    assert not {"赢单金额", "新增商机", "赢单率"} & {str(f["label"]) for f in facts}
