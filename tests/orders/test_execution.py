"""How far an order is, on its page: figures, the rail, each instalment in words."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.orders.execution import Mark, execution, head, rail, state_words
from pellucid.orders.models import Delivery, OrderLine
from pellucid.orders.money_pages import owed, to_allocate
from tests.orders.making import contract, line, order_of, receipt, signed, split

pytestmark = pytest.mark.django_db


def test_an_order_says_how_far_it_is(world):
    today = days.today()
    order = signed(world, "1000", "10", plan="30/60/10", on=(today - dt.timedelta(days=30)).isoformat())  # 11,300: 3,390 due 23 days ago
    sam = world.actor("sam")
    run("delivery_create", None, sam, values={"order": order.pk, "line": order.lines.get().pk, "quantity": "4", "delivered_on": today.isoformat()})
    paid = receipt(world, order, "1390")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    order.refresh_from_db()
    facts = head(order, sam)["facts"]
    assert [(f["value"], f["unit"]) for f in facts[:3]] == [("4,520.00", "元"), ("1,390.00", "元"), ("2,000.00", "元")]
    assert (facts[3]["label"], facts[3]["value"], facts[3]["meter"]) == ("Invoiced", "0.00", [{"share": 0, "tone": "acc"}])
    assert facts[0]["meter"] == [{"share": 40, "tone": "acc"}] and facts[0]["note"] == "1 batch"
    assert facts[1]["meter"] == [{"share": 12, "tone": "acc"}, {"share": 17, "tone": "bad"}] and facts[1]["note"] == "Overdue 2,000.00"
    first, second, third = order.instalments.order_by("position")
    assert state_words(order, first, today) == ("23 days overdue", "bad")
    assert [state_words(order, i, today)[0] for i in (second, third)] == ["Waits", "Waits"]
    seen = execution(order, sam)
    assert seen["late"] == 3, "money, its invoice, and goods that were to be ready"
    assert [r["share"] for r in seen["instalments"]] == ["30%", "60%", "10%"]
    assert seen["send"] == f"/deliveries/new?order={order.pk}" and not seen["more"]
    run("instalment_write_off", first.pk, world.actor("fay"), {"reason": "让利"})
    first.refresh_from_db()
    assert state_words(order, first, today) == ("Settled", "ok")


def test_marks_stand_where_their_days_are():
    lanes = [{"label": "x", "icon": "x", "marks": [Mark(dt.date(2026, 1, 1), "1", "done", ""), Mark(dt.date(2026, 7, 1), "2", "plan", "")]}]
    drawn = rail(lanes, dt.date(2026, 4, 1), "en")
    places = [m["x"] for m in drawn["lanes"][0]["drawn"]]
    assert 0 < places[0] < drawn["today"] < places[1] < 100 and drawn["lanes"][0]["done"] == places[0]
    assert [m["label"] for m in drawn["months"]] == ["2026-01", "Feb", "Mar", "May", "Jun", "Jul"], "no month lies below today"
    first, end = dt.date(2026, 1, 1), dt.date(2029, 1, 3)
    near = [Mark(first, "first", "done", ""), Mark(first + dt.timedelta(days=2), "second", "done", ""), Mark(end, "end", "plan", "")]
    (lane,) = rail([{"label": "x", "icon": "x", "marks": near}], dt.date(2026, 2, 1), "en")["lanes"]
    assert (lane["rows"], [m["dy"] for m in lane["drawn"]]) == (2, [0, 22, 0]), "marks do not lie on each other"
    assert lane["drawn"][2]["text"] == "end 2029-01" and lane["drawn"][2]["x"] < 100, "what is far stands at the end with its month"
    assert rail(lanes, dt.date(2030, 1, 1), "en")["today"] is None
    assert rail([], dt.date(2026, 1, 1), "en") is None


def test_who_may_not_see_cost_sees_no_margin(world):
    order = signed(world, "1000")
    assert [f["label"] for f in head(order, world.actor("sam"))["facts"]][-1] == "Invoiced", "the cost of the line is not known"
    assert execution(order, world.actor("walt"))["instalments"] == [], "warehouses see goods, not money"


def test_beside_a_receipt_stands_what_it_could_pay_and_beside_a_customer_what_he_owes(world):
    today = days.today()
    old = signed(world, "100", plan="款到发货", on=(today - dt.timedelta(days=40)).isoformat())
    signed(world, "200", plan="款到发货", on=today.isoformat(), customer=old.customer)
    paid, fay = receipt(world, old, "150"), world.actor("fay")
    card = to_allocate(paid, fay)
    assert [(r["sub"].split(" · ")[0], r["act"]["label"]) for r in card["rows"]] == [("113.00", "Allocate 113.00"), ("226.00", "Allocate 37.00")]
    assert not any(r["act"]["quiet"] for r in card["rows"]), "what is proposed stands out"
    assert card["rows"][0]["act"]["dialog"].endswith("&amount=113.00")
    assert to_allocate(paid, world.actor("sam"))["rows"][0]["act"] is None, "salespeople see it, finance allocates"
    run("receipt_allocate_oldest", paid.pk, fay)
    paid.refresh_from_db()
    assert to_allocate(paid, fay) is None
    told = {r["label"]: r["right"] for r in owed(old.customer, world.actor("sam"))["rows"]}
    assert told == {"Orders in force": "2", "Receivable": "189"}
    run("receipt_reverse", paid.pk, fay, {"reason": "错"})
    receipt(world, old, "50")
    rows = owed(old.customer, fay)["rows"]
    assert [(r["label"], r["right"]) for r in rows[1:]] == [("Receivable", "339"), ("Overdue", "113"), ("Prepaid", "50")]
    assert rows[2]["sub"] == "40 days overdue"
    assert owed(old.customer, world.actor("mark")) is None


def labels(buttons):
    return [(str(b["label"]), b["primary"]) for b in buttons]


def test_the_page_of_an_order_offers_the_step_that_comes_next(world, browser):
    one = contract(world)
    order = order_of(one)
    sam, fay = world.actor("sam"), world.actor("fay")
    seen = execution(order, sam)
    assert (seen["line"], seen["split"], seen["more"]) == (f"/order-lines/new?order={order.pk}", "", ""), "first what is ordered"
    assert seen["sign"] == f"/contracts/{one.pk}" and not seen["take"]
    line(world, order)
    order.refresh_from_db()
    seen = execution(order, sam)
    assert (seen["line"], seen["split"]) == ("", f"/orders/{order.pk}/do/order_split")
    split(world, order)
    hers = order_of(contract(world, by="alice", customer=order.customer, name="合同乙"))
    line(world, hers, by="alice")
    split(world, hers, by="alice")
    page = browser("alice").get(f"/orders/{hers.pk}").context_data["record"]
    assert labels(page["buttons"])[0] == ("提交签订", True), "who may not sign hands it on"
    assert "提交" not in {str(b["label"]) for b in page["buttons"]}, "the same move is not offered twice"
    page = browser("admin").get(f"/orders/{order.pk}").context_data["record"]
    assert labels(page["buttons"])[0] == ("随合同一起签订", True), "who may sign need not hand it on first"
    assert "确认" not in {str(b["label"]) for b in page["buttons"]}, "it is signed with its contract"
    run("order_submit", order.pk, sam)
    order.refresh_from_db()
    assert not execution(order, sam)["more"], "what was submitted is not changed"
    run("contract_sign", one.pk, world.actor("admin"), {"signed_on": (days.today() - dt.timedelta(days=9)).isoformat()})
    order.refresh_from_db()
    seen = execution(order, fay)
    assert seen["take"] == f"/receipts/new?customer={order.customer_id}&amount={order.receivable}" and not seen["sign"]
    assert labels(browser("admin").get(f"/orders/{order.pk}").context_data["record"]["buttons"])[0] == ("全部发货", True)
    assert not execution(order, sam)["take"], "who sells takes no money"


def test_what_is_thought_of_twice_is_not_the_first_button(world, browser):
    order = signed(world, "1000", plan="款到发货", on="2026-01-05")
    admin = browser("admin")
    owed = admin.get(f"/instalments/{order.instalments.get().pk}").context_data["record"]
    assert ("核销坏账", False) in labels(owed["buttons"])
    made = contract(world, customer=order.customer, name="合同乙")
    draft = admin.get(f"/contracts/{made.pk}").context_data["record"]
    assert labels(draft["buttons"])[0] == ("加一行明细", True) and "作废" not in {str(b["label"]) for b in draft["buttons"]}
    line(world, order_of(made))
    split(world, order_of(made))
    whole = admin.get(f"/contracts/{made.pk}").context_data["record"]
    assert labels(whole["buttons"])[0] == ("签订", True) and "作废" not in {str(b["label"]) for b in whole["buttons"]}
    paid = receipt(world, order, "500")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    spent = admin.get(f"/receipts/{paid.pk}").context_data["record"]
    assert not any(primary for _label, primary in labels(spent["buttons"])) and spent["number"] == "", "its number is its title"


def test_words_that_mean_something_else_elsewhere(world):
    order = signed(world, "1000")
    waiting = order.instalments.order_by("position").last()
    with override("zh-hans"):
        assert state_words(order, waiting, days.today())[0] == "待触发"
        assert [str(actions[name].label) for name in ("contract_sign", "order_take_back", "order_deliver")] == ["签订", "撤回", "全部发货"]
        assert [str(f.verbose_name) for f in (Delivery._meta.get_field("warehouse"), OrderLine._meta.get_field("name"))] == ["发货仓库", "品名"]


def test_the_head_of_a_draft_says_what_it_comes_to_and_what_is_in_no_instalment(world):
    order = order_of(contract(world))
    line(world, order, "1000", "10")
    order.refresh_from_db()
    sam = world.actor("sam")
    assert [(f["label"], f["value"]) for f in head(order, sam)["facts"]] == [
        ("Amount with tax", "11,300.00"), ("In instalments", "0.00"), ("Not in an instalment yet", "11,300.00")]
    split(world, order)
    order.refresh_from_db()
    assert [(f["value"], f.get("tone", "")) for f in head(order, sam)["facts"][1:3]] == [("11,300.00", ""), ("0.00", "")]
