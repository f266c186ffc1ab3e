"""What is kept back until the warranty ends is due when it ends: as the order says, else its contract, else as usual."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Invalid
from pellucid.orders.models import Contract, Instalment, Order, PaymentPlanStep
from pellucid.orders.obligations import Course
from pellucid.orders.warranty import in_words
from tests.orders.making import contract, line, order_of, split

pytestmark = pytest.mark.django_db
SIGNED, ACCEPTED = "2026-01-05", "2026-01-31"


def due(world, months: int | None = None, own: int | None = None) -> dt.date:
    """When the last instalment of an order of 30/60/10 is due, once its goods are accepted."""
    one = contract(world, customer=world.customer(f"客户{months}{own}"), **({"warranty_months": months} if months is not None else {}))
    order = order_of(one)
    if own is not None:
        run("order_update", order.pk, world.actor("sam"), values={"warranty_months": own}, version=order.version)
    line(world, order, by="admin")
    split(world, order, by="admin")
    run("contract_sign", one.pk, world.actor("admin"), {"signed_on": SIGNED})
    run("order_deliver", order.pk, world.actor("sam"), {"delivered_on": "2026-01-20"})
    last = order.instalments.order_by("position").last()
    order.refresh_from_db()
    expected = Course(order).expected(last)
    run("order_accept", order.pk, world.actor("sam"), {"accepted_on": ACCEPTED})
    last.refresh_from_db()
    assert last.owed == last.amount and (last.due_on - expected) < dt.timedelta(days=400)
    return last.due_on


def test_the_order_goes_before_the_contract_before_the_custom(world):
    assert due(world) == dt.date(2027, 1, 31)
    assert due(world, months=24) == dt.date(2028, 1, 31)
    assert due(world, months=24, own=13) == dt.date(2027, 2, 28), "the last day of a shorter month"
    run("setting_set", None, world.actor("admin"), values={"orders.warranty_months": "18"})
    assert due(world, own=None, months=None) == dt.date(2027, 7, 31)


def test_once_it_runs_it_stays(world):
    due(world, months=24)
    order = Order.objects.get()
    for name, pk, version in (("order", order.pk, order.version), ("contract", order.contract_id, Contract.objects.get().version)):
        with pytest.raises(Invalid) as refused:
            run(f"{name}_update", pk, world.actor("admin"), values={"warranty_months": 6}, version=version)
        assert list(refused.value.errors) == ["warranty_months"]


def test_what_a_quotation_says_in_words_is_read():
    said = {
        "终验收合格后 24 个月": 24, "12 months after final acceptance": 12, "质保 2 年": 24,
        "终验收合格后 12 个月，2 小时响应": 12, "按合同": None, "999 个月": None,
        "1.5 年": 18, "1年6个月": 18, "按 2020 年标准": None, "12 个月或 24 个月": None, "12-24 个月": None, "12.5 个月": None}  # fmt: skip
    assert {text: in_words(text) for text in said} == said


def test_days_after_the_acceptance_become_a_warranty_of_months(world):
    """As they stood before orders knew a warranty: none at all, two at once, one of a few days."""
    kept = {}
    for n, days in enumerate(((0, 0), (180, 365), (365, 365), (10, 40))):
        order = order_of(contract(world, customer=world.customer(f"客户{n}")))
        line(world, order, by="admin")
        kept[days] = order.pk, [part.pk for part in split(world, order, by="admin")[1:]]
        for pk, after in zip(kept[days][1], days, strict=True):
            Instalment._base_manager.filter(pk=pk).update(basis="warranty", days=after)
    steps = list(PaymentPlanStep._base_manager.order_by("pk").values_list("pk", flat=True)[:4])
    for pk, after in zip(steps, (0, 180, 365, 730), strict=True):
        PaymentPlanStep._base_manager.filter(pk=pk).update(basis="warranty", days=after)
    with connection.cursor() as cursor:
        cursor.execute(import_module("pellucid.orders.migrations.0030_warranty_of_instalments").WARRANTY)
    after = {days: (Order._base_manager.get(pk=pk).warranty_months, [Instalment._base_manager.get(pk=p).days for p in parts])
             for days, (pk, parts) in kept.items()}  # fmt: skip
    assert after == {(0, 0): (0, [0, 0]), (180, 365): (6, [0, 183]), (365, 365): (12, [0, 0]), (10, 40): (0, [10, 40])}
    found = PaymentPlanStep._base_manager.in_bulk(steps)
    assert [(found[pk].basis, found[pk].days) for pk in steps] == [("accepted", 0), ("accepted", 180), ("warranty", 0), ("warranty", 365)]


def test_nobody_changes_the_warranty_of_the_contract_while_it_begins_to_run(world):
    with CaptureQueriesContext(connection) as asked:
        due(world, months=24)
    accepting = [q["sql"] for q in asked if q["sql"].startswith(("SELECT", "UPDATE"))]
    accepted = next(n for n, sql in enumerate(accepting) if sql.startswith('UPDATE "orders_order"') and '"accepted_on" = \'' in sql)
    delivered = max(n for n, sql in enumerate(accepting[:accepted]) if "order_deliver" in sql or '"delivered" = ' in sql)
    assert any('FROM "orders_contract"' in sql and "FOR " in sql.split("WHERE")[-1] for sql in accepting[delivered:accepted])
