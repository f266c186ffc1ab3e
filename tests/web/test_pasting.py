"""Lines pasted out of a spreadsheet: with headings or in the usual order, all of them or none, each fault at its row."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.orders.models import Order, OrderLine
from pellucid.sales.models import Quotation, QuotationLine
from tests.orders.making import D, contract, order_of, split
from tests.products.test_pricing import product

pytestmark = pytest.mark.django_db


@pytest.fixture
def quotation(world):
    return run("quotation_create", None, world.actor("alice"), values={"customer": world.customer("恒砺精密", by="alice").pk}).record


def lines_of(one: Quotation) -> list[tuple]:
    found = QuotationLine._base_manager.filter(quotation=one).order_by("position")
    return [(r.name, r.product_id, r.quantity, r.unit_price, r.discount) for r in found]


def test_rows_in_the_usual_order_become_lines(world, quotation):
    motor = product(world, name="伺服电机", list_price="900", cost="700")
    text = f"伺服电机\t3\t880\t5\n{motor.number}\t1\t\n\n老线改造\t1\t1,200.50\t\n"
    run("quotation_paste", quotation.pk, world.actor("alice"), {"text": text})
    assert lines_of(quotation) == [("伺服电机", motor.pk, 3, 880, 5), ("伺服电机", motor.pk, 1, 900, 0), ("老线改造", None, 1, D("1200.50"), 0)]
    assert Quotation._base_manager.get(pk=quotation.pk).net == D("2508.00") + 900 + D("1200.50")


def test_headings_say_what_the_columns_are(world, quotation):
    run("quotation_paste", quotation.pk, world.actor("alice"), {"text": "备注\t单价\t品名\t规格书\t数量\n加急\t1000\t机械手\tA3\t2"})
    assert lines_of(quotation) == [("机械手", None, 2, 1000, 0)]
    assert QuotationLine._base_manager.get(quotation=quotation).note == "加急"


def test_all_of_them_or_none_and_each_fault_at_its_row(world, quotation):
    with translation.override("en"), pytest.raises(Invalid) as wrong:
        run("quotation_paste", quotation.pk, world.actor("alice"), {"text": "主机\t1\t1000\n机械手\tzwei\t1000\n视觉\t0\t1000\n夹具\t1\t10\t101"})
    said = wrong.value.errors["text"]
    assert [text.split(":")[0] for text in said] == ["Row 2", "Row 3", "Row 4"]
    assert "Quantity" in said[0] and "above zero" in said[1] and "100" in said[2]
    assert lines_of(quotation) == []
    for text, expected in (("产品\t数量\n", "no row"), ("a\t1\t2\t3\t4", "more than 4 columns"), ("a\t1\t1\n" * 301, "More than 300")):
        with translation.override("en"), pytest.raises(Invalid) as wrong:
            run("quotation_paste", quotation.pk, world.actor("alice"), {"text": text})
        assert expected in wrong.value.errors["text"][0]


def test_only_into_what_is_still_being_made_and_only_by_who_may(world, quotation):
    for who, refusal in (("audrey", (Forbidden, Missing)), ("bob", (Forbidden, Missing))):
        with pytest.raises(refusal):
            run("quotation_paste", quotation.pk, world.actor(who), {"text": "主机\t1\t1000"})
    run("quotation_paste", quotation.pk, world.actor("alice"), {"text": "主机\t1\t1000"})
    run("quotation_send", quotation.pk, world.actor("erin"))
    with pytest.raises(Refused):
        run("quotation_paste", quotation.pk, world.actor("alice"), {"text": "主机\t1\t1000"})
    assert len(lines_of(quotation)) == 1


def test_lines_of_an_order_are_pasted_and_typed_over_as_long_as_it_is_a_draft(world, browser):
    order = order_of(contract(world))
    run("order_paste_lines", order.pk, world.actor("sam"), {"text": "主机\t2\t1000\n机械手\t1\t500"})
    assert Order._base_manager.get(pk=order.pk).net == 2500
    row = OrderLine._base_manager.filter(order=order).first()
    page, where = browser("sam"), f"/order-lines/{row.pk}/cell/quantity"
    shown = page.get(f"/orders/{order.pk}/panel/order.lines").content.decode()
    assert f'data-cell="{where}"' in shown and "order_paste_lines" in shown
    assert page.post(where, {"value": "3", "version": row.version}).status_code == 200
    assert Order._base_manager.get(pk=order.pk).net == 3500
    split(world, order)
    run("order_submit", order.pk, world.actor("sam"))
    shown = page.get(f"/orders/{order.pk}/panel/order.lines").content.decode()
    assert "data-cell=" not in shown and "order_paste_lines" not in shown and "3,000.00" in shown
