"""An order in force is changed with the old beside the new: all at once, never against what went out or was received, agreed where a process asks."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.processes import effects
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.processes.subjects import subjects
from pellucid.kernel.processes.together import listed
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.errors import Failure, Refused
from pellucid.orders.changing import on_order, sides
from pellucid.orders.models import CreditGrade, Instalment, Order, OrderChange, OrderLine, OrderStep
from tests.orders.making import D, contract, invoice, order_of, receipt
from tests.orders.test_plan import ahead, in_batches, send, steps

pytestmark = pytest.mark.django_db
PROCESS = {
    "schema": "pellucid.process/1", "key": "order_change", "name": {"zh-hans": "订单变更审批", "en": "Order change"}, "kind": "contract",
    "subject": "orderchange", "gate": "apply", "watch": ["amount_after"], "on_change": "lock",
    "admins": [{"kind": "role", "role": "admin"}],
    "steps": [{"id": "start", "type": "start", "name": {"zh-hans": "提交", "en": "Submit"}},
              {"id": "one", "type": "approval", "name": {"zh-hans": "审批", "en": "Approve"}, "who": [{"kind": "role", "role": "executive"}]}],
}  # fmt: skip


def begun(world, order: Order, by: str = "sam") -> OrderChange:
    return run("order_change", order.pk, world.actor(by), {"reason": "客户追加"}).value


def row(change: OrderChange, kind: str, at: int) -> str:
    change.refresh_from_db()
    return change.after[kind][at]["row"]


def test_a_change_holds_all_at_once_and_its_instalments_add_up(world):
    order = in_batches(world)
    sam = world.actor("sam")
    change = begun(world, order)
    with pytest.raises(Failure, match="under way already"):
        begun(world, order)
    run("orderchange_line", change.pk, sam, {"row": row(change, "lines", 1), "quantity": "15", "promised_on": ahead(60).isoformat()})
    change.refresh_from_db()
    assert (change.amount_before, change.amount_after, change.planned_after) == (D("22600.00"), D("28250.00"), D("22600.00"))
    with pytest.raises(Refused, match="not planned yet"):
        run("orderchange_apply", change.pk, sam)
    run("orderchange_fit", change.pk, sam)
    change.refresh_from_db()
    assert [p["amount"] for p in change.after["parts"]] == ["6780", "18402.86", "3067.14"], "what is owed stays, the rest in proportion"
    order.refresh_from_db()
    assert order.amount == D("22600.00"), "nothing holds before it is submitted"
    run("orderchange_apply", change.pk, sam)
    order.refresh_from_db()
    change.refresh_from_db()
    assert (order.amount, order.planned, order.contract.amount, change.state) == (D("28250.00"),) * 2 + (D("28250.00"), "applied")
    assert sum(i.amount for i in order.instalments.all()) == D("28250.00") and order.receivable == D("6780.00")
    found = steps(order)
    assert (days.day_of(found["发货 1/2"].due_at), days.day_of(found["发货 2/2"].due_at)) == (ahead(20), ahead(60))
    assert OrderStep._base_manager.filter(order=order).count() == 13, "the batch moved, nothing is there twice"
    event = Event.objects.get(name="order.changed", record_id=order.pk)
    assert event.payload["what"].startswith("2.3 万 → 2.8 万") and event.reason == "客户追加"
    shown = sides(change, sam)
    assert [(r["new"], r["changed"]) for r in shown["lines"]][1][1] is True and not shown["line"], "what holds is not written any more"
    assert (shown["before"], shown["after"]) == ("22,600.00 元", "28,250.00 元")
    assert on_order(order, sam)["rows"][0]["tag"]["tone"] == "ok"


def test_a_change_never_contradicts_what_went_out_or_was_received(world):
    order = in_batches(world)
    sam = world.actor("sam")
    send(world, order, 0, "6")
    receipt(world, order, "100")
    change = begun(world, order)
    first = row(change, "lines", 0)
    tries = (({"row": first, "quantity": "5"}, "6 of"), ({"row": first, "drop": "1"}, "6 of"), ({"row": first, "unit_price": "900"}, "at its price"))
    for given, why in tries:
        run("orderchange_line", change.pk, sam, given)
        run("orderchange_fit", change.pk, sam)
        with pytest.raises(Refused, match=why):
            run("orderchange_apply", change.pk, sam)
        run("orderchange_drop", change.pk, sam)
        change = begun(world, order)
    run("orderchange_part", change.pk, sam, {"row": row(change, "parts", 0), "amount": "6000"})
    run("orderchange_part", change.pk, sam, {"amount": "780", "basis": "day", "due_on": ahead(70).isoformat()})
    with pytest.raises(Refused, match="owed or paid already"):
        run("orderchange_apply", change.pk, sam)
    run("orderchange_drop", change.pk, sam)
    change = begun(world, order)
    run("orderchange_line", change.pk, sam, {"row": first, "quantity": "7"})
    run("orderchange_fit", change.pk, sam)
    send(world, order, 0, "1")
    run("orderchange_apply", change.pk, sam)
    order.refresh_from_db()
    assert (order.delivered, order.amount) == (D("7910.00"), D("19210.00")), "seven are what was ordered, and gone"
    assert steps(order)["发货 1/2"].done_at is not None


def test_nothing_goes_below_what_is_invoiced_of_it(world):
    order = in_batches(world)
    sam, fay = world.actor("sam"), world.actor("fay")
    goods, part = order.lines.order_by("pk").last(), order.instalments.order_by("position").last()
    for named in (goods, part):
        one = invoice(world, order, named, kind="general")
        run("invoice_issue", one.pk, fay, {})
        change = begun(world, order)
        if named == goods:
            run("orderchange_line", change.pk, sam, {"row": str(goods.pk), "unit_price": str(goods.unit_price / 2)})
            run("orderchange_line", change.pk, sam, {"row": row(change, "lines", 0), "quantity": "40"})
        else:
            run("orderchange_part", change.pk, sam, {"row": str(part.pk), "drop": "1"})
        run("orderchange_fit", change.pk, sam)
        with pytest.raises(Refused, match="invoiced already"):
            run("orderchange_apply", change.pk, sam)
        run("orderchange_drop", change.pk, sam)


def test_what_changed_meanwhile_is_not_overwritten(world):
    order = in_batches(world)
    sam = world.actor("sam")
    change = begun(world, order)
    run("orderchange_dates", change.pk, sam, {"promised_on": ahead(30).isoformat()})
    OrderLine._base_manager.filter(order=order).update(discount=1)
    with pytest.raises(Refused, match="changed meanwhile"):
        run("orderchange_apply", change.pk, sam)
    draft = order_of(contract(world))
    with pytest.raises(Failure, match="a draft is edited"):
        run("orderchange_create", None, sam, values={"order": draft.pk, "reason": "x"})


def test_a_line_more_and_an_instalment_more(world):
    order = in_batches(world, on=ahead(-5))
    sam, fay = world.actor("sam"), world.actor("fay")
    change = begun(world, order)
    run("orderchange_line", change.pk, sam, {"name": "备件包", "quantity": "1", "unit_price": "1000"})
    run("orderchange_part", change.pk, sam, {"basis": "signed", "days": "10"})
    run("orderchange_apply", change.pk, sam)
    made = Instalment._base_manager.get(order=order, position=4)
    assert (made.amount, made.owed, made.postings.get().posted_on) == (D("1130.00"), D("1130.00"), days.today()), "owed since it was agreed"
    assert [t for t in steps(order) if t.startswith("收款")] == ["收款 1/4", "收款 2/4", "收款 3/4", "收款 4/4"]
    paid = receipt(world, order, "1130")
    run("receipt_allocate", paid.pk, fay, {"instalment": made.pk, "amount": "1130"})
    assert steps(order)["收款 4/4"].done_at is not None


def test_the_whole_order_counts_against_what_its_grade_gives_without_a_decision(world):
    order = in_batches(world, on=ahead(-5))
    run("creditprofile_create", None, world.actor("fay"), values={"customer": order.customer_id, "grade": "A"})
    grade = CreditGrade._base_manager.get(grade="A")
    run("creditgrade_update", grade.pk, world.actor("fay"), values={"order_limit": str(order.amount + 1000)}, version=grade.version)
    change = begun(world, order)
    run("orderchange_line", change.pk, world.actor("sam"), {"name": "备件包", "quantity": "1", "unit_price": "1000"})
    run("orderchange_part", change.pk, world.actor("sam"), {"basis": "signed", "days": "10"})
    with pytest.raises(Refused, match="need a decision in this credit grade"):
        run("orderchange_apply", change.pk, world.actor("sam"))


def test_who_may_not_approve_waits_for_a_process_and_the_process_for_its_people(world):
    order = in_batches(world)
    Order._base_manager.filter(pk=order.pk).update(owner=world.users["alice"])
    alice = world.actor("alice")
    change = begun(world, order, by="alice")
    run("orderchange_dates", change.pk, alice, {"promised_on": ahead(25).isoformat()})
    with pytest.raises(Failure, match="may approve changes"):
        run("orderchange_apply", change.pk, alice)
    admin = Actor.of(world.users["admin"], "web")
    process = publish(PROCESS, actor=admin, note="")
    run("process_switch_on", process.pk, admin)
    versions.forget()
    assert run("orderchange_apply", change.pk, alice).status == 202
    order.refresh_from_db()
    assert order.promised_on is None
    with pytest.raises(Refused, match="deciding"):
        run("orderchange_dates", change.pk, alice, {"promised_on": ahead(26).isoformat()})
    waits = ProcessInstance.objects.get(resource="orderchange", record_id=change.pk)
    assert on_order(order, alice)["rows"][0]["tag"]["label"] == "Waits for a decision" and not sides(change, alice)["line"]
    approve(world, waits)
    order.refresh_from_db()
    change.refresh_from_db()
    assert (order.promised_on, change.state) == (ahead(25), "applied")


def approve(world, waits: ProcessInstance) -> None:
    run("processinstance_approve", waits.pk, world.actor("erin"))
    effects.attempt(waits.pk)


def test_goods_add_up_to_the_cent_where_the_line_grew_between_two_batches(world):
    order = in_batches(world, price="33.3333")
    sam = world.actor("sam")
    send(world, order, 0, "3")
    one = begun(world, order)
    assert one.before["lines"][0]["quantity"] == "10" and dt.date.fromisoformat(one.before["lines"][0]["promised_on"]) == ahead(20)
    run("orderchange_line", one.pk, sam, {"row": row(one, "lines", 0), "quantity": "11"})
    run("orderchange_line", one.pk, sam, {"row": row(one, "lines", 1), "quantity": "11"})
    run("orderchange_fit", one.pk, sam)
    run("orderchange_apply", one.pk, sam)
    send(world, order, 0, "8")
    line = order.lines.order_by("pk")[0]
    assert sum(d.amount for d in order.deliveries.filter(line=line)) == line.amount


def test_what_waits_counts_by_what_it_changes_the_old_amount_beside_the_new(world):
    process = publish(PROCESS, actor=Actor.of(world.users["admin"], "web"), note="")
    run("process_switch_on", process.pk, world.actor("admin"))
    versions.forget()
    alice, asked = world.actor("alice"), []
    for quantity in ("15", "6", ""):  # 22,600 before: more, less, another day only
        order = in_batches(world)
        Order._base_manager.filter(pk=order.pk).update(owner=world.users["alice"])
        change = begun(world, order, by="alice")
        if quantity:
            run("orderchange_line", change.pk, alice, {"row": row(change, "lines", 1), "quantity": quantity})
            run("orderchange_fit", change.pk, alice)
        else:
            run("orderchange_dates", change.pk, alice, {"promised_on": ahead(25).isoformat()})
        asked.append(run("orderchange_apply", change.pk, alice).waiting)
    told = subjects(asked, world.actor("erin"))
    assert [(told[one.pk].amount, told[one.pk].between, told[one.pk].worth) for one in asked] == [
        ("+5,650", "22,600.00 → 28,250.00", D("5650.00")), ("−4,520", "22,600.00 → 18,080.00", D("-4520.00")), ("Amount unchanged", "", D("0.00"))]
    seen = listed([one.pk for one in asked], world.actor("erin")).context
    assert (seen["total"], seen["without"]) == ("1,130.00 元", ""), "not the 68,930.00 of the whole orders"
    FieldRight.objects.create(role=Role.objects.get(code="executive"), resource="orderchange", field="amount_before", level="none")
    versions.forget()
    assert subjects(asked[:1], world.actor("erin"))[asked[0].pk].between == ""
