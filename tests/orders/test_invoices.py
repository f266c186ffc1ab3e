"""Invoices: never more than the order comes to, issued ones stand, red-letter ones take back what was invoiced."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.orders.invoice_pages import takes_back
from pellucid.orders.models import Invoice, Order
from tests.counts import count
from tests.orders.making import D, contract, invoice, line, order_of, signed, split
from tests.orders.test_money_races import at_once

pytestmark = pytest.mark.django_db
CLIENTS, ROUNDS = 64, count(1, 100)


def draft(world, order, by="sam", **values):
    return run("invoice_create", None, world.actor(by), values={"order": order.pk, **values}).record


def issue(world, one, by="fay", **inputs):
    run("invoice_issue", one.pk, world.actor(by), inputs)
    one.refresh_from_db()
    return one


@pytest.fixture
def order(world):
    """One of 1,130.00 with tax, in three instalments, of a customer whose tax number is known."""
    customer = world.customer("恒砺精密", credit_code="91110000802100433B")
    return signed(world, customer=customer)


def test_an_invoice_says_tax_to_the_cent_and_whose_it_is(world, order):
    whole = draft(world, order)
    assert (whole.amount, whole.net, whole.tax, whole.tax_rate) == (D("1130.00"), D("1000.00"), D("130.00"), 13)
    assert (whole.buyer, whole.buyer_tax_number, whole.customer_id) == ("恒砺精密", "91110000802100433B", order.customer_id)
    run("customer_update", order.customer_id, world.actor("alice"), values={"name": "恒砺集团"}, version=order.customer.version)
    whole.refresh_from_db()
    assert whole.buyer == "恒砺精密", "as it was called then"
    part = draft(world, order, amount="100.01")
    assert (part.net, part.tax) == (D("88.50"), D("11.51"))


def test_it_is_issued_under_a_number_without_gaps_by_who_keeps_the_books(world, order):
    one, other = draft(world, order, amount="500"), draft(world, order, amount="630")
    with pytest.raises(Forbidden):
        issue(world, one, by="sam")
    issue(world, one, fiscal_number="24312000000012345678")
    issue(world, other)
    year = days.today().year
    assert (one.number, other.number) == (f"FP-{year}-00001", f"FP-{year}-00002") and one.invoiced_on == days.today()
    order.refresh_from_db()
    assert (order.invoiced, order.to_invoice) == (D("1130.00"), D("0.00"))
    assert Event.objects.filter(name="invoice.issued", resource="invoice", payload__order=order.pk).count() == 2
    with pytest.raises(Invalid, match="All of it is invoiced"):
        draft(world, order)


def test_no_more_is_invoiced_than_the_order_the_instalment_or_the_line_comes_to(world, order):
    part = order.instalments.get(position=1)  # 30 per cent: 339.00
    with pytest.raises(Invalid, match=r"Only 1130\.00"):
        draft(world, order, amount="1130.01")
    with pytest.raises(Invalid, match=r"Between 0\.01 and 339\.00"):
        invoice(world, order, part, **{f"instalment_{part.pk}": "339.01"})
    first, second = invoice(world, order, part), invoice(world, order, part)
    assert first.amount == second.amount == D("339.00")
    issue(world, first)
    with pytest.raises(Refused, match=r"Only 0\.00"):
        issue(world, second)
    with pytest.raises(Invalid, match="another order"):
        run("invoicepart_create", None, world.actor("sam"), values={
            "invoice": second.pk, "line": signed(world, customer=order.customer).lines.get().pk})


def test_lines_of_different_rates_are_invoiced_each_by_its_own(world):
    one = contract(world)
    order = order_of(one)
    goods, work = line(world, order, "1000"), line(world, order, "500", tax_rate="6")
    split(world, order, "款到发货")
    run("contract_sign", one.pk, world.actor("admin"))
    assert [(i.net, i.tax, i.tax_rate) for i in (invoice(world, order, goods), invoice(world, order, work), draft(world, order))] == [
        (D("1000.00"), D("130.00"), 13), (D("500.00"), D("30.00"), 6), (D("1500.00"), D("160.00"), None)]  # fmt: skip


def test_a_special_invoice_needs_the_tax_number_of_the_buyer(world):
    order = signed(world, customer=world.customer("无税号公司"))
    one = draft(world, order)
    with pytest.raises(Invalid, match="tax number"):
        issue(world, one)
    issue(world, draft(world, order, kind="general"))


def test_it_is_void_in_its_month_only_and_what_it_took_is_open_again(world, order):
    one = issue(world, draft(world, order, amount="500"))
    run("invoice_void", one.pk, world.actor("fay"), {"reason": "抬头有误"})
    order.refresh_from_db()
    one.refresh_from_db()
    assert (one.state, one.voided_on, order.invoiced) == ("void", days.today(), D("0.00"))
    earlier = signed(world, on="2026-01-05", customer=order.customer)
    old = issue(world, draft(world, earlier), invoiced_on="2026-02-01")
    with pytest.raises(Refused, match="red-letter"):
        run("invoice_void", old.pk, world.actor("fay"), {"reason": "x"})
    digital = issue(world, draft(world, order, kind="electronic"))
    with pytest.raises(Refused, match="digital"):
        run("invoice_void", digital.pk, world.actor("fay"), {"reason": "x"})


def test_a_red_letter_invoice_takes_back_a_part_then_the_rest_to_the_cent(world, order):
    one, fay = issue(world, draft(world, order)), world.actor("fay")
    for what in ("333.33", "333.33"):
        run("invoice_correct", one.pk, fay, {"amount": what, "reason": "部分退货"})
    with pytest.raises(Invalid, match=r"Only 463\.34"):
        run("invoice_correct", one.pk, fay, {"amount": "463.35", "reason": "x"})
    run("invoice_correct", one.pk, fay, {"reason": "其余"})
    order.refresh_from_db()
    one.refresh_from_db()
    reds = list(Invoice.objects.filter(corrects=one).order_by("pk"))
    assert [(r.amount, r.net, r.tax) for r in reds] == [(D("-333.33"), D("-294.98"), D("-38.35")), (D("-333.33"), D("-294.98"), D("-38.35")),
                                                        (D("-463.34"), D("-410.04"), D("-53.30"))]  # fmt: skip
    assert sum(r.net for r in reds) == -one.net and one.corrected == one.amount and order.invoiced == 0
    (said,) = takes_back(reds[0], fay)["facts"]
    assert (said["value"], said["href"], said["note"]) == (one.number, f"/invoices/{one.pk}", "部分退货") and takes_back(one, fay) is None
    with pytest.raises(Refused, match="Only an issued"):
        run("invoice_correct", reds[0].pk, fay, {"reason": "x"})
    with pytest.raises(Refused, match="corrected already"):
        run("invoice_void", one.pk, fay, {"reason": "x"})
    run("invoice_void", reds[2].pk, fay, {"reason": "误开"})
    order.refresh_from_db()
    one.refresh_from_db()
    assert (order.invoiced, one.corrected) == (D("463.34"), D("666.66"))


def test_an_issued_invoice_is_not_changed_or_thrown_away(world, order):
    one = issue(world, draft(world, order, amount="500"))
    with pytest.raises(Refused, match="stands as it is"):
        run("invoice_update", one.pk, world.actor("fay"), values={"amount": "400"}, version=one.version)
    with pytest.raises(Refused, match="not deleted"):
        run("invoice_delete", one.pk, world.actor("fay"))
    run("invoice_update", one.pk, world.actor("fay"), values={"note": "已寄出"}, version=one.version)
    for sql in ("UPDATE orders_invoice SET amount = 1, net = 1, tax = 0 WHERE id = %s", "DELETE FROM orders_invoice WHERE id = %s",
                "UPDATE orders_invoice SET state = 'draft', invoiced_on = NULL WHERE id = %s"):  # fmt: skip
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [one.pk])


def test_an_order_with_invoices_is_not_void_until_they_are_corrected(world, order):
    one = issue(world, draft(world, order, amount="500"))
    with pytest.raises(Refused, match="invoiced"):
        run("contract_void", order.contract_id, world.actor("admin"), {"reason": "取消"})
    run("invoice_correct", one.pk, world.actor("fay"), {"reason": "取消"})
    run("contract_void", order.contract_id, world.actor("admin"), {"reason": "取消"})


def test_what_was_asked_for_is_not_issued_under_a_void_order(world, order):
    one = draft(world, order, amount="500")
    run("contract_void", order.contract_id, world.actor("admin"), {"reason": "取消"})
    with pytest.raises(Refused, match="not in force"):
        issue(world, one)


def test_a_correction_is_not_void_once_what_it_took_back_is_invoiced_again(world, order):
    part = order.instalments.get(position=1)  # 339.00 of 1,130.00
    one = issue(world, invoice(world, order, part))
    run("invoice_correct", one.pk, world.actor("fay"), {"reason": "抬头有误"})
    issue(world, invoice(world, order, part))
    with pytest.raises(Refused, match=r"Only 0\.00"):
        run("invoice_void", Invoice.objects.get(corrects=one).pk, world.actor("fay"), {"reason": "误开"})


def test_what_was_invoiced_by_a_day_counts_as_it_was_then(world):
    customer = world.customer("恒砺精密", credit_code="91110000802100433B")
    order = signed(world, on="2026-01-05", customer=customer)
    one = issue(world, draft(world, order, amount="1000"), invoiced_on="2026-01-10")
    run("invoice_correct", one.pk, world.actor("fay"), {"amount": "200", "reason": "退货", "invoiced_on": "2026-03-02"})
    erin, year = world.actor("erin"), Days(dt.date(2026, 1, 1), dt.date(2027, 1, 1))
    for day, wanted in (("2026-01-09", 0), ("2026-01-10", 1000), ("2026-03-01", 1000), ("2026-03-02", 800)):
        found = answer(erin, Ask(("invoiced",), period=year, asof=dt.date.fromisoformat(day)))
        assert (found.lines[0].cells["invoiced"] or 0) == Decimal(wanted), day


@pytest.mark.django_db(transaction=True)
def test_sixty_four_at_once_invoice_no_more_than_there_is(world):
    customer = world.customer("恒砺精密", credit_code="91110000802100433B")
    fay = world.actor("fay")
    for _round in range(ROUNDS):
        order = signed(world, "884.96", plan="款到发货", customer=customer)  # 1,000.00 with tax
        asked = [draft(world, order, amount="100") for _n in range(CLIENTS)]
        done = at_once([partial(run, "invoice_issue", one.pk, fay, {}) for one in asked])
        order.refresh_from_db()
        assert (sum(done), order.invoiced) == (10, D("1000.00"))
        red = Invoice.objects.filter(order=order, state="issued").first()
        done = at_once([partial(run, "invoice_correct", red.pk, fay, {"amount": "30", "reason": "x"}) for _n in range(CLIENTS)])
        order.refresh_from_db()
        assert (sum(done), order.invoiced) == (3, D("910.00"))
    numbers = sorted(Invoice.objects.exclude(number="").values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == int(numbers[-1][-5:]), "none twice, none missing"
    assert Order.objects.filter(invoiced__gt=1000).count() == 0


def test_on_a_phone_declaring_it_void_is_not_the_button_in_colour(world, order, browser):
    one = draft(world, order, amount="500")
    issue(world, one)
    page = browser("fay").get(f"/invoices/{one.pk}")
    first = page.content.decode().partition('<nav class="tab0 act0')[2].partition("</nav>")[0]
    assert "invoice_void" in first and "btn-p" not in first


def test_an_issued_invoice_does_not_ask_to_be_edited(world, order, browser):
    """What stands offers only what may still be said of it, and never as the first thing to do."""
    one = draft(world, order, amount="500")
    edit = f'data-drawer="/invoices/{one.pk}/edit"'

    def buttons(page):
        return [line for line in page.split("<button") if edit in line]

    page = browser("fay").get(f"/invoices/{one.pk}").content.decode()
    assert buttons(page) and f"/invoices/{one.pk}/field/amount" in page
    issue(world, one)
    page = browser("fay").get(f"/invoices/{one.pk}").content.decode()
    assert buttons(page) and not any("btn-p" in b for b in buttons(page))
    assert f"/invoices/{one.pk}/field/note" in page and f"/invoices/{one.pk}/field/amount" not in page
