"""AN36: what became of orders by the day, what was promised and kept, how many days of sales are owed."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest
from django.db import connection

from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import behind
from pellucid.orders.models import Order
from tests.orders.making import D, receipt
from tests.orders.test_measures import by, day, one, period, randomly, sold

pytestmark = pytest.mark.django_db
COHORT = ("ordered_gross", "cohort_delivered", "cohort_received", "cohort_returned", "cohort_due", "cohort_due_received", "cohort_invoiced")


def send(world, order: Order, quantity: str, on: dt.date) -> None:
    line = order.lines.get()
    given = {"order": order.pk, "line": line.pk, "quantity": quantity, "delivered_on": str(on)}
    run("delivery_create", None, world.actor("admin"), values=given)


def test_shipping_and_collection_of_the_orders_of_a_period(world):
    """The case of AN36: 1,000 (with tax 1,130) on January 10; 400 out on February 1, 300 on March 5; 565 received on February 10."""
    erin = world.actor("erin")
    order = sold(world, day(1, 10), ("100", "10", {}))
    send(world, order, "4", day(2, 1))
    send(world, order, "3", day(3, 5))
    run("receipt_allocate_oldest", receipt(world, order, "565", received_on="2026-02-10").pk, world.actor("fay"))
    names = ("ordered_gross", "delivered_rate", "received_rate", "cohort_delivered", "due_received_rate")
    january = period(day(1, 1), day(1, 31))
    assert one(erin, *names, period=january, asof=day(2, 15)) == {
        "ordered_gross": 1130, "delivered_rate": D(".4"), "received_rate": D(".5"), "cohort_delivered": 452,
        "due_received_rate": D(".5")}  # fmt: skip
    later = one(erin, *names, period=january, asof=day(3, 31))
    assert (later["delivered_rate"], later["received_rate"]) == (D(".7"), D(".5"))
    assert one(erin, *names, period=january, asof=day(1, 20))["received_rate"] == 0
    february = one(erin, "ordered_gross", "cohort_delivered", "delivered", "received", period=period(day(2, 1), day(2, 28)), asof=day(3, 31))
    assert february == {"ordered_gross": 0, "cohort_delivered": 0, "delivered": 452, "received": 565}, "the second view: what happened in February"
    rows = behind(erin, "cohort_delivered", Ask(("cohort_delivered",), period=january, asof=day(3, 31)))
    assert sum(row.amount for row in rows) == D("791.00")


def test_promises_of_delivery_count_what_is_late_or_not_out(world):
    erin = world.actor("erin")
    for quantity, on in (("10", day(2, 20)), ("10", day(2, 21)), ("9", day(2, 1)), ("0", None)):
        order = sold(world, day(1, 10), ("100", "10", {"promised_on": "2026-02-20"}), customer=world.customer(f"客户{quantity}{on}"))
        if on:
            send(world, order, quantity, on)
    sold(world, day(1, 11), ("100", "1", {"promised_on": "2026-09-01"}), customer=world.customer("以后"))
    names = ("lines_promised", "lines_kept", "promises_kept_rate")
    january = period(day(1, 1), day(1, 31))
    assert one(erin, *names, period=january, asof=day(3, 1)) == {"lines_promised": 4, "lines_kept": 1, "promises_kept_rate": D(".25")}
    assert one(erin, *names, period=january, asof=day(2, 10)) == {"lines_promised": 0, "lines_kept": 0, "promises_kept_rate": None}


def test_days_sales_outstanding(world):
    """730 became owed within a year, 146 of it is open: 73 days. What is older counts in neither."""
    erin = world.actor("erin")
    sold(world, dt.date(2024, 6, 1), ("100", "1", {"tax_rate": "0"}), customer=world.customer("旧"))
    old = Order._base_manager.get(customer__name="旧")
    run("receipt_allocate_oldest", receipt(world, old, "100", received_on="2024-07-01").pk, world.actor("fay"))
    order = sold(world, day(3, 1), ("730", "1", {"tax_rate": "0"}))
    run("receipt_allocate_oldest", receipt(world, order, "584", received_on="2026-04-01").pk, world.actor("fay"))
    assert one(erin, "receivable", "owed_of_a_year", "dso", asof=day(5, 1)) == {"receivable": 146, "owed_of_a_year": 730, "dso": 73}
    assert one(erin, "dso", asof=day(3, 15))["dso"] == 365, "nothing is paid yet"
    assert one(erin, "dso", asof=dt.date(2025, 12, 31))["dso"] is None, "nothing became owed in that year"


def test_a_compared_cohort_is_as_old(world):
    """Half a year of both years: the orders of a year ago are counted by the same day of theirs."""
    erin = world.actor("erin")
    before = sold(world, dt.date(2025, 1, 10), ("100", "1", {}), customer=world.customer("去年"))
    send(world, before, "1", dt.date(2025, 8, 1))
    now = sold(world, day(1, 10), ("100", "1", {}))
    send(world, now, "1", day(2, 1))
    asked = Ask(("delivered_rate",), period=period(day(1, 1), day(6, 30)), asof=day(6, 30),
                compare={"year": period(dt.date(2025, 1, 1), dt.date(2025, 6, 30))})  # fmt: skip
    cells = answer(erin, asked).lines[0].cells
    assert (cells["delivered_rate"], cells["delivered_rate__year"]) == (1, 0)


def test_cohorts_equal_sums_by_hand(world):
    """Random orders, deliveries, returns and receipts against plain SQL, for several people and days."""
    randomly(world, random.Random(36))
    mine = {"erin": "true", "alice": f"o.owner_id = {world.users['alice'].pk}", "bob": f"o.owner_id = {world.users['bob'].pk}"}
    hand = """SELECT coalesce(sum(o.amount_base), 0),
      sum((SELECT coalesce(sum(d.amount), 0) FROM orders_delivery d WHERE d.order_id = o.id AND d.delivered_on <= %(day)s AND d.deleted_at IS NULL)),
      sum((SELECT -coalesce(sum(p.amount_base), 0) FROM orders_posting p WHERE p.order_id = o.id AND p.kind IN ('receipt', 'release')
        AND p.posted_on <= %(day)s)),
      sum((SELECT coalesce(sum(r.amount), 0) FROM orders_returnedgoods r WHERE r.order_id = o.id AND r.returned_on <= %(day)s
        AND r.deleted_at IS NULL)),
      sum((SELECT coalesce(sum(p.amount_base), 0) FROM orders_posting p WHERE p.order_id = o.id AND p.kind = 'due' AND p.posted_on <= %(day)s
        AND p.due_on <= %(day)s)),
      sum((SELECT -coalesce(sum(p.amount_base), 0) FROM orders_posting p WHERE p.order_id = o.id AND p.kind IN ('receipt', 'release')
        AND p.posted_on <= %(day)s AND p.due_on <= %(day)s)), sum(0)
      FROM orders_order o WHERE o.signed_on BETWEEN '2026-01-01' AND '2026-04-30' AND o.signed_on <= %(day)s AND """
    seen = 0
    for who, whose in mine.items():
        actor = world.actor(who)
        for asof in (day(3, 1), day(7, 15), day(9, 15), day(11, 20)):
            with connection.cursor() as cursor:
                cursor.execute(hand + whose, {"day": asof})
                wanted = [Decimal(v or 0) for v in cursor.fetchone()]
            got = one(actor, *COHORT, period=period(day(1, 1), day(4, 30)), asof=asof)
            assert [Decimal(got[name]) for name in COHORT] == wanted, (who, asof)
            seen += sum(1 for v in wanted if v)
            for name in COHORT:
                by_owner = by(actor, (name,), "owner", period=period(day(1, 1), day(4, 30)), asof=asof)
                assert sum(Decimal(c[name]) for c in by_owner.values()) == Decimal(got[name])
    assert seen > 20
