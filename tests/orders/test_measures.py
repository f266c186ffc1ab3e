"""The numbers of sales and money: the cases of their definitions, and every one against sums worked out by hand, for several people."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest

from pellucid.kernel.actions.run import run, scoped
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import behind
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.days import Days
from pellucid.orders.models import Delivery, Instalment, Order, OrderLine, Posting, Receipt, ReturnedGoods
from pellucid.products.models import Product
from tests.counts import count
from tests.orders.making import D, contract, line, order_of, receipt, signed, split

pytestmark = pytest.mark.django_db
YEAR = Days(dt.date(2026, 1, 1), dt.date(2027, 1, 1))


def day(month: int, n: int) -> dt.date:
    return dt.date(2026, month, n)


def period(first: dt.date, last: dt.date) -> Days:
    return Days(first, last + dt.timedelta(days=1))


def one(actor, *names: str, **more):
    """The figures of a question without dimensions."""
    return answer(actor, Ask(names, **more)).lines[0].cells


def by(actor, names: tuple[str, ...], *dims: str, **more):
    """Cells by the values of the dimensions."""
    found = answer(actor, Ask(names, by=dims, **more))
    return {row.values if len(dims) > 1 else row.values[0]: row.cells for row in found.lines}


def sold(world, on: dt.date, *lines: tuple[str, str, dict], customer=None):
    """An order in force since a day, of several lines (price, quantity, what else)."""
    made = contract(world, customer=customer) if customer is not None else contract(world)
    order = order_of(made)
    for price, quantity, more in lines:
        line(world, order, price, quantity, **more)
    split(world, order, "款到发货")
    run("contract_sign", made.pk, world.actor("sam"), {"signed_on": on.isoformat()})
    order.refresh_from_db()
    return order


def test_customers_are_crossed_with_what_they_buy(world, browser):
    """The case of AN03: K1 (A) orders 100 and 50, K2 (B) 70; both make machines."""
    machines = terms.find("industry", "34")
    first, second = (world.customer(name, industry=machines, level=terms.find("customer_level", level)) for name, level in (("K1", "A"), ("K2", "B")))
    for customer, price in ((first, "100"), (first, "50"), (second, "70")):
        sold(world, days.today(), (price, "1", {}), customer=customer)
    page = browser("erin").get("/analyses/AN03").context_data
    sales = page["parts"][1]
    assert [h["label"][0] for h in sales["heads"]] == ["A", "B"]
    (line,) = sales["body"]
    assert [cell["cells"][0].value for cell in line["cells"]] == [150, 70] and line["total"][0].value == 220


def test_sales_by_month_and_an_order_declared_void(world, monkeypatch):
    """The case of AN12: January 100 and 300, February 50; and an order of 100 that is void after the 20th."""
    erin, first, second = world.actor("erin"), world.customer("一号"), world.customer("二号")
    sold(world, day(1, 10), ("100", "1", {}), customer=first)
    sold(world, day(1, 12), ("300", "1", {}), customer=second)
    sold(world, day(2, 3), ("50", "1", {}), customer=first)
    cells = by(erin, ("amount",), "customer", period=period(day(1, 1), day(1, 31)), share=("amount",))
    assert {k: c["amount"] for k, c in cells.items()} == {first.pk: 100, second.pk: 300}
    assert one(erin, "amount", "order_count", "buyers", period=YEAR) == {"amount": 450, "order_count": 3, "buyers": 2}
    gone = sold(world, day(1, 5), ("100", "1", {}), customer=first)
    Order._base_manager.filter(pk=gone.pk).update(voided_on=day(1, 20))
    OrderLine._base_manager.filter(order=gone).update(voided_on=day(1, 20))
    january = period(day(1, 1), day(1, 31))
    assert one(erin, "amount", period=january, asof=day(1, 10))["amount"] == 200
    assert one(erin, "amount", period=january, asof=day(1, 31))["amount"] == 400


def test_profit_counts_what_has_a_cost_and_says_how_many_have_none(world):
    """The case of AN28: 50, a loss of 20, and one without cost."""
    erin = world.actor("erin")
    products = [Product._base_manager.create(name=n, number=n) for n in ("p1", "p2", "p3")]
    sold(world, day(3, 1), ("100", "1", {"product": products[0].pk, "unit_cost": "50"}),
         ("100", "1", {"product": products[1].pk, "unit_cost": "120"}), ("70", "1", {"product": products[2].pk}))
    cells = by(erin, ("profit", "margin", "cost_missing"), "product", period=YEAR)
    assert (cells[products[0].pk]["profit"], cells[products[1].pk]["profit"]) == (50, -20)
    assert cells[products[2].pk]["cost_missing"] == 1
    whole = one(erin, "profit", "margin", "cost_missing", "amount", period=YEAR)
    assert (whole["profit"], whole["cost_missing"], whole["amount"], round(whole["margin"], 4)) == (30, 1, 270, D("0.1500"))


def test_ageing(world):
    """The case of E5: 1,000 due on January 10, 400 paid on February 1."""
    erin = world.actor("erin")
    order = sold(world, day(1, 10), ("884.96", "1", {}))
    assert order.amount == D("1000.00")
    paid = receipt(world, order, "400", received_on="2026-02-01")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))

    def ages(on: dt.date):
        cells = by(erin, ("receivable", "open_instalments"), "due_age", asof=on)
        return {k: (c["receivable"], c["open_instalments"]) for k, c in cells.items() if c["receivable"]}

    assert ages(day(1, 10)) == {0: (1000, 1)}
    assert ages(day(1, 31)) == {1: (1000, 1)}, "21 days"
    assert ages(day(2, 15)) == {31: (600, 1)}, "36 days"
    assert one(erin, "receivable", "overdue", asof=day(1, 10)) == {"receivable": 1000, "overdue": 0}
    assert one(erin, "receivable", "overdue", asof=day(2, 15)) == {"receivable": 600, "overdue": 600}
    assert one(erin, "received", period=period(day(2, 1), day(2, 28)))["received"] == 400
    assert one(erin, "late_instalments", "instalments_owed", "late_amount", period=YEAR) == {
        "late_instalments": 1, "instalments_owed": 1, "late_amount": 1000}  # fmt: skip


def test_orders_by_progress(world):
    """The case of AN37: 100 (nothing, 30 paid), 200 (all, all), 300 (100 out, nothing paid)."""
    erin, fay = world.actor("erin"), world.actor("fay")
    prices = ("33.3334", "66.6667", "100")
    some = [sold(world, day(4, 1), (price, "3", {"tax_rate": "0"}), customer=world.customer(f"客户{price}")) for price in prices]
    assert [o.amount for o in some] == [100, 200, 300]
    for order, amount in ((some[0], "30"), (some[1], "200")):
        run("receipt_allocate_oldest", receipt(world, order, amount, received_on="2026-04-10").pk, fay)
    run("order_deliver", some[1].pk, world.actor("sam"), {"delivered_on": "2026-04-05"})
    run("delivery_create", None, world.actor("sam"), values={"order": some[2].pk, "line": some[2].lines.get().pk, "quantity": "1",
                                                             "delivered_on": "2026-04-05"})  # fmt: skip

    def cells(on: dt.date):
        found = by(erin, ("orders_standing", "standing_amount"), "delivered_far", "paid_far", asof=on)
        return {k: (c["orders_standing"], c["standing_amount"]) for k, c in found.items() if c["orders_standing"]}

    assert cells(day(4, 30)) == {("none", "part"): (1, 100), ("all", "all"): (1, 200), ("part", "none"): (1, 300)}
    assert cells(day(4, 7)) == {("none", "none"): (1, 100), ("all", "none"): (1, 200), ("part", "none"): (1, 300)}


def test_states_that_are_not_counted_are_not_said_to_be_empty(world, browser):
    """AN37 by state: a draft is no order yet and what is void none any more; neither has a row that says there are none of them."""
    sold(world, day(4, 1), ("100", "1", {"tax_rate": "0"}))
    order_of(contract(world))  # a draft
    parts = browser("erin").get("/analyses/AN37").context_data["parts"]
    rows = {line["label"]: line["cells"][0].text for line in parts[0]["lines"]}
    assert rows == {"待审": "0", "已签": "1", "执行中": "0", "已交清": "0", "已收清": "0", "已关闭": "0"}


def test_quantities_are_ranked_within_their_unit_of_measure(world, browser):
    """The case of AN27: several units, a ranking and bars of each."""
    units = {code: terms.find("uom", code) for code in ("set", "hour")}
    goods = [Product._base_manager.create(name=name, uom_id=units[unit]) for name, unit in (
        ("培训", "hour"), ("诊断", "hour"), ("产线", "set"), ("单元", "set"))]  # fmt: skip
    sold(world, day(3, 2), *(("10", quantity, {"product": p.pk, "uom": p.uom_id, "tax_rate": "0"}) for p, quantity in zip(
        goods, ("40", "200", "1", "4"), strict=True)))  # fmt: skip
    part = browser("erin").get("/analyses/AN27?from=2026-01-01&until=2026-12-31").context_data["parts"][0]
    assert [(line["label"], line["cells"][0].text, line["share"]) for line in part["lines"]] == [
        ("套 · 单元", "4", 100), ("套 · 产线", "1", 25), ("小时 · 诊断", "200", 100), ("小时 · 培训", "40", 20)]  # fmt: skip


def test_the_many_others_leave_the_bars_of_the_largest_readable(world, browser):
    """AN04: 22 customers; what the smallest two come to together is more than any, and does not shrink the bars of the first twenty."""
    for n in range(22):
        price = "100" if n == 0 else "50" if n < 20 else "49"
        sold(world, day(3, 2), (price, "1", {"tax_rate": "0"}), customer=world.customer(f"客户{n:02}"))
    lines = browser("erin").get("/analyses/AN04?from=2026-01-01&until=2026-12-31").context_data["parts"][0]["lines"]
    assert [line["share"] for line in lines] == [100, *[50] * 19, 98] and lines[-1]["others"]


def test_returns_against_sales(world):
    """The case of AN30 (a): sold 100 in January; 30 back in February, in which 20 were sold: 1.5."""
    erin, sam = world.actor("erin"), world.actor("sam")
    order = sold(world, day(1, 5), ("10", "10", {"tax_rate": "0"}))
    run("order_deliver", order.pk, sam, {"delivered_on": "2026-01-20"})
    run("returnedgoods_create", None, sam, values={"order": order.pk, "line": order.lines.get().pk, "quantity": "3", "returned_on": "2026-02-10"})
    sold(world, day(2, 1), ("20", "1", {"tax_rate": "0"}), customer=order.customer)
    cells = one(erin, "returned_amount", "amount", "return_rate", "net_amount", period=period(day(2, 1), day(2, 28)))
    assert (cells["returned_amount"], cells["amount"], cells["return_rate"], cells["net_amount"]) == (30, 20, D("1.5"), -10)


def randomly(world, chance: random.Random) -> None:
    """Orders of several people and customers, delivered, paid and returned by chance."""
    admin, fay = world.actor("admin"), world.actor("fay")
    customers = [world.customer(f"客户{n}", by=who) for n, who in enumerate(("alice", "alice", "carol", "bob"))]
    for n in range(10):
        owner = customers[n % 4].owner.username
        order = signed(world, str(chance.randint(50, 900)), str(chance.randint(1, 6)), plan=chance.choice(("款到发货", "30/60/10", "货到 30 天")),
                       by=owner, customer=customers[n % 4], on=day(chance.randint(1, 6), chance.randint(1, 28)).isoformat())  # fmt: skip
        row = order.lines.get()
        if chance.random() < 0.7:
            out = {"order": order.pk, "line": row.pk, "quantity": str(chance.randint(1, int(row.quantity))), "delivered_on": f"2026-07-{n + 10}"}
            run("delivery_create", None, admin, values=out)
            if chance.random() < 0.5:
                run("returnedgoods_create", None, admin, values={"order": order.pk, "line": row.pk, "quantity": "1", "returned_on": "2026-08-02"})
        if chance.random() < 0.8:
            paid = receipt(world, order, str(chance.randint(20, 800)), received_on=f"2026-09-{n + 10}")
            if Instalment._base_manager.filter(order__customer=order.customer_id, balance__gt=0).exists():
                run("receipt_allocate_oldest", paid.pk, fay)
                if chance.random() < 0.3:
                    stands = Posting._base_manager.filter(receipt=paid, kind="receipt").first()
                    run("receipt_release", paid.pk, fay, {"instalment": stands.instalment_id, "reason": "错"})


@pytest.mark.parametrize("seed", range(count(2, 20)))
def test_every_number_is_what_the_rows_within_reach_add_up_to(world, seed):
    randomly(world, random.Random(seed))
    zero = Decimal(0)
    for name in ("erin", "sam", "alice", "bob"):
        actor = world.actor(name)
        lines = [row for row in scoped(OrderLine, actor) if row.signed_on]
        posts = list(scoped(Posting, actor).select_related("instalment"))
        sent, back = list(scoped(Delivery, actor)), list(scoped(ReturnedGoods, actor))
        for asof in (day(3, 31), day(8, 31), day(11, 20)):
            known = [row for row in lines if row.signed_on <= asof]
            at = [p for p in posts if p.posted_on <= asof]
            owed: dict[int, Decimal] = {}
            for p in at:
                owed[p.instalment_id] = owed.get(p.instalment_id, zero) + p.amount
            paid_late = [p for p in at if p.kind == "due" and p.due_on and (
                any(r.instalment_id == p.instalment_id and r.kind == "receipt" and r.posted_on > p.due_on for r in at)
                or owed[p.instalment_id] > 0 and p.due_on < asof)]  # fmt: skip
            wanted = {
                "late_instalments": len({p.instalment_id for p in paid_late}), "late_amount": sum((p.amount for p in paid_late), zero),
                "amount": sum((row.net_base for row in known), zero), "qty": sum((row.quantity for row in known), zero),
                "order_count": len({row.order_id for row in known}),
                "received": -sum((p.amount for p in at if p.kind in ("receipt", "release")), zero),
                "receivable": sum((p.amount for p in at), zero), "overdue": sum((p.amount for p in at if p.due_on and p.due_on < asof), zero),
                "open_instalments": sum(1 for left in owed.values() if left > 0),
                "delivered": sum((d.amount for d in sent if d.delivered_on <= asof), zero),
                "returned_amount": sum((r.net_base for r in back if r.returned_on <= asof), zero),
            }  # fmt: skip
            got = one(actor, *wanted, period=Days(dt.date(2026, 1, 1), asof + dt.timedelta(days=1)), asof=asof)
            assert {k: got[k] or 0 for k in wanted} == wanted, (name, asof)
    for part in Instalment._base_manager.all():
        found = list(Posting._base_manager.filter(instalment=part).values_list("amount", "posted_on"))
        ends = sorted({on for _amount, on in found})
        run_on = [sum(amount for amount, on in found if on <= end) for end in ends]
        assert part.settled_on == (ends[-1] if ends and run_on[-1] == 0 else None)
        assert part.winding or all(left > 0 for left in run_on[:-1]) and all(left >= 0 for left in run_on[-1:])
    if seed == 0:
        money = scoped(Receipt, world.actor("fay")).filter(kind="receipt")
        assert one(world.actor("fay"), "money_in", period=YEAR)["money_in"] == sum(r.amount for r in money)


def test_behind_a_number_are_its_rows(world):
    order = sold(world, day(5, 1), ("10", "1", {"tax_rate": "0"}), ("20", "2", {"tax_rate": "0"}))
    found = behind(world.actor("erin"), "amount", Ask(("amount",), by=("customer",), period=YEAR), clicked={"customer": order.customer_id})
    assert found.count() == 2
