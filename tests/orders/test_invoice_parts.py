"""An invoice over several instalments or lines: each part has its own tax, the invoice is their sum, nothing is invoiced twice."""

from __future__ import annotations

import datetime as dt
import random
import re
from decimal import Decimal
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Sum

from pellucid.kernel.access.sessions import issue_token
from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Failure, Forbidden, Invalid, Missing, Refused
from pellucid.orders import invoice_pages, invoice_part_pages
from pellucid.orders.models import Instalment, Invoice, InvoicePart, Order, OrderLine
from tests.counts import count
from tests.orders.making import D, contract, invoice, line, order_of, signed, split
from tests.orders.test_invoices import draft, issue
from tests.orders.test_money_races import at_once

pytestmark = pytest.mark.django_db
CLIENTS, ROUNDS = 48, count(1, 100)


def three_rates(world, plan="30/60/10", by="sam"):
    """One of 1,660.00 with tax: goods of 13 per cent (1,130.00), work of 6 (318.00), something free of tax (212.00)."""
    one = contract(world, by=by, customer=world.customer("恒砺精密", credit_code="91110000802100433B"))
    order = order_of(one)
    goods = [line(world, order, "1000", name="设备", by="admin"), line(world, order, "300", name="安装", tax_rate="6", by="admin"),
             line(world, order, "212", name="图纸", tax_rate="0", by="admin")]  # fmt: skip
    split(world, order, plan, by="admin")
    run("contract_sign", one.pk, world.actor("admin"))
    order.refresh_from_db()
    return order, goods, list(order.instalments.order_by("position"))


def amounts(one):
    return [(p.name, p.amount, p.net, p.tax, p.tax_rate) for p in one.parts.filter(deleted_at=None).order_by("pk")]


def total(one):
    one.refresh_from_db()
    return one.amount, one.net, one.tax, one.tax_rate


def test_each_line_has_its_own_rate_and_the_invoice_is_their_sum(world):
    order, (goods, work, plans), _parts = three_rates(world)
    one = invoice(world, order, goods, work, **{f"line_{goods.pk}": "100.01", f"line_{work.pk}": "99.99"})
    assert amounts(one) == [("设备", D("100.01"), D("88.50"), D("11.51"), 13), ("安装", D("99.99"), D("94.33"), D("5.66"), 6)]
    assert total(one) == (D("200.00"), D("182.83"), D("17.17"), None) and one.name == f"{order.number} · 设备, 2 lines"
    rest = invoice(world, order, goods, work, plans)
    assert amounts(rest) == [("设备", D("1130.00"), D("1000.00"), D("130.00"), 13), ("安装", D("318.00"), D("300.00"), D("18.00"), 6),
                             ("图纸", D("212.00"), D("212.00"), D("0.00"), 0)]  # fmt: skip
    assert total(rest) == (D("1660.00"), D("1512.00"), D("148.00"), None) == (order.amount, order.net, order.tax, None)
    assert total(draft(world, order))[:3] == (D("1660.00"), D("1512.00"), D("148.00")), "the order as a whole, without lines"


def test_several_instalments_are_on_one_invoice_and_what_is_due_is_one_click(world):
    order = signed(world, "1000", customer=world.customer("恒砺精密", credit_code="91110000802100433B"))
    first, second, third = order.instalments.order_by("position")
    run("order_deliver", order.pk, world.actor("admin"), {"delivered_on": days.today().isoformat()})
    Instalment._base_manager.filter(order=order).update(due_on=days.today())
    Instalment._base_manager.filter(pk=second.pk).update(due_on=days.today() + dt.timedelta(days=1))
    card = invoice_pages.of_order(order, world.actor("sam"))
    assert (card["rows"][0]["label"], card["rows"][0]["sub"]) == ("Due, not invoiced", "339.00"), "the second is due tomorrow, the third not owed"
    one = run("order_invoice_due", order.pk, world.actor("sam")).value
    assert amounts(one) == [(first.name, D("339.00"), D("300.00"), D("39.00"), 13)] and one.kind == "special"
    with pytest.raises(Refused, match="Nothing that is due"):
        run("order_invoice_due", order.pk, world.actor("sam"))
    assert all(r["label"] != "Due, not invoiced" for r in invoice_pages.of_order(order, world.actor("sam"))["rows"]), "it is asked for already"
    run("invoice_delete", one.pk, world.actor("fay"))
    both = invoice(world, order, first, third, **{f"instalment_{third.pk}": "13.00"})
    assert [p.amount for p in both.parts.order_by("pk")] == [D("339.00"), D("13.00")]
    issue(world, both)
    assert both.amount == D("352.00") and both.number
    order.refresh_from_db()
    assert (order.invoiced, order.to_invoice) == (D("352.00"), D("778.00"))
    with pytest.raises(Refused, match="nothing is open"):
        invoice(world, order, first)
    with pytest.raises(Invalid, match=r"Between 0\.01 and 100\.00"):
        invoice(world, order, third, **{f"instalment_{third.pk}": "100.01"})
    with pytest.raises(Refused, match="Tick what"):
        invoice(world, order)


def test_two_drafts_for_the_same_are_issued_once(world):
    order, (goods, work, _plans), _parts = three_rates(world)
    one, two = invoice(world, order, goods, work), invoice(world, order, work, goods, **{f"line_{goods.pk}": "30"})
    issue(world, one)
    with pytest.raises(Refused, match=r"Only 0\.00 of “安装”"):
        issue(world, two)
    order.refresh_from_db()
    assert order.invoiced == D("1448.00") and two.state == "draft"


def test_a_draft_is_rewritten_line_by_line(world):
    order, (goods, work, plans), _parts = three_rates(world)
    sam, one = world.actor("sam"), invoice(world, order, goods)
    part = one.parts.get()
    with pytest.raises(Invalid, match=r"Only 1130\.00"):
        run("invoicepart_update", part.pk, sam, values={"amount": "1130.01"}, version=part.version)
    run("invoicepart_update", part.pk, sam, values={"amount": "113"}, version=part.version)
    assert total(one) == (D("113.00"), D("100.00"), D("13.00"), 13)
    more = run("invoicepart_create", None, sam, values={"invoice": one.pk, "line": work.pk}).record
    assert more.amount == D("318.00") and total(one) == (D("431.00"), D("400.00"), D("31.00"), None)
    with pytest.raises(Invalid, match="All of it is invoiced"):
        run("invoicepart_create", None, sam, values={"invoice": one.pk, "line": work.pk})
    with pytest.raises(Invalid, match="which order line or instalment"):
        run("invoicepart_create", None, sam, values={"invoice": one.pk})
    with pytest.raises(Invalid, match="Its lines say that"):
        run("invoice_update", one.pk, sam, values={"amount": "5"}, version=one.version)
    with pytest.raises(Forbidden):
        run("invoicepart_delete", part.pk, sam)
    run("invoicepart_drop", part.pk, sam)
    assert total(one) == (D("318.00"), D("300.00"), D("18.00"), 6)
    with pytest.raises(Invalid, match="stays with its invoice"):
        more.refresh_from_db()
        run("invoicepart_update", more.pk, sam, values={"invoice": invoice(world, order, plans).pk}, version=more.version)
    run("invoice_delete", one.pk, world.actor("fay"))
    assert not one.parts.filter(deleted_at=None).exists(), "its lines go with it"
    run("invoice_restore", one.pk, world.actor("fay"))
    assert [p.pk for p in one.parts.filter(deleted_at=None)] == [more.pk]
    issue(world, one)
    for name, given in (("invoicepart_update", {"values": {"amount": "1"}, "version": more.version}), ("invoicepart_delete", {}),
                        ("invoicepart_drop", {})):
        with pytest.raises(Refused, match="stands as it is"):
            run(name, more.pk, world.actor("fay"), **given)


def test_a_share_of_a_line_in_an_instalment_fits_into_both(world):
    order, (goods, *_more), (first, *_rest) = three_rates(world)  # the first instalment is 498.00
    one = invoice(world, order, first, **{f"instalment_{first.pk}": "400"})
    both = {"invoice": one.pk, "line": goods.pk, "instalment": first.pk}
    with pytest.raises(Invalid, match=r"Only 98\.00"):
        run("invoicepart_create", None, world.actor("sam"), values={**both, "amount": "98.01"})
    made = run("invoicepart_create", None, world.actor("sam"), values=both).record
    assert (made.amount, made.net, made.tax, made.tax_rate) == (D("98.00"), D("86.73"), D("11.27"), 13)
    assert one.parts.first().tax_rate is None, "an instalment of an order of several rates is taxed as the order is"


def test_lines_are_taken_back_one_by_one_until_nothing_is_left_of_amount_and_tax(world):
    order, (goods, work, _plans), _parts = three_rates(world)
    fay, one = world.actor("fay"), issue(world, invoice(world, order, goods, work))
    first, second = one.parts.order_by("pk")
    keys = {first.pk: f"part_{first.pk}", second.pk: f"part_{second.pk}"}
    with pytest.raises(Invalid, match="of which lines"):
        run("invoice_correct", one.pk, fay, {"amount": "100", "reason": "x"})
    with pytest.raises(Refused, match="Tick what"):
        run("invoice_correct", one.pk, fay, {keys[first.pk]: "100", "reason": "x"})
    with pytest.raises(Invalid, match=r"Between 0\.01 and 318\.00"):
        run("invoice_correct", one.pk, fay, {"parts": [keys[second.pk]], keys[second.pk]: "318.01", "reason": "x"})
    for _n in range(2):
        run("invoice_correct", one.pk, fay, {"parts": list(keys.values()), keys[first.pk]: "333.33", keys[second.pk]: "100", "reason": "退货"})
    reds = list(Invoice.objects.filter(corrects=one).order_by("pk"))
    assert amounts(reds[0]) == [("设备", D("-333.33"), D("-294.98"), D("-38.35"), 13), ("安装", D("-100.00"), D("-94.34"), D("-5.66"), 6)]
    assert total(reds[0])[:3] == (D("-433.33"), D("-389.32"), D("-44.01"))
    run("invoice_correct", one.pk, fay, {"parts": [keys[first.pk]], "reason": "其余设备"})
    run("invoice_correct", one.pk, fay, {"reason": "其余安装"})
    one.refresh_from_db(), order.refresh_from_db()
    assert one.corrected == one.amount == D("1448.00") and order.invoiced == 0
    for part in (first, second):
        back = part.corrections.aggregate(a=Sum("amount"), n=Sum("net"), t=Sum("tax"))
        part.refresh_from_db()
        assert (back["a"], back["n"], back["t"], part.corrected) == (-part.amount, -part.net, -part.tax, part.amount)
    issue(world, invoice(world, order, goods))  # what was taken back is open again
    last = Invoice.objects.filter(corrects=one).order_by("pk").last()
    run("invoice_void", last.pk, fay, {"reason": "误开"})
    second.refresh_from_db(), one.refresh_from_db(), order.refresh_from_db()
    assert (second.corrected, one.corrected, order.invoiced) == (D("200.00"), D("1330.00"), D("1130.00") + D("118.00"))
    with pytest.raises(Refused, match=r"Only 0\.00 of “设备”"):
        run("invoice_void", Invoice.objects.get(corrects=one, reason="其余设备").pk, fay, {"reason": "误开"})


def test_the_database_holds_the_sum_and_keeps_what_was_issued(world):
    order, (goods, work, _plans), _parts = three_rates(world)
    one = issue(world, invoice(world, order, goods, work))
    pk = one.parts.order_by("pk").first().pk
    for sql in ("UPDATE orders_invoicepart SET amount = 1, net = 1, tax = 0 WHERE id = %s", "DELETE FROM orders_invoicepart WHERE id = %s"):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [pk])
    with pytest.raises(DatabaseError, match="add up to"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_invoicepart SET corrected = 1 WHERE id = %s", [pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="more is invoiced of a line"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_orderline SET amount = 1, net = 1, tax = 0 WHERE id = %s", [goods.pk])
        cursor.execute("UPDATE orders_invoicepart SET corrected = corrected WHERE id = %s", [pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_who_may_ask_for_an_invoice_is_offered_it_and_nobody_else(world, browser):
    order, (goods, *_more), _parts = three_rates(world)
    Order._base_manager.filter(pk=order.pk).update(owner=world.users["alice"])
    dialog = f"/orders/{order.pk}/do/order_invoice"
    assert dialog in browser("alice").get(f"/orders/{order.pk}").content.decode()
    assert dialog in browser("fay").get(f"/orders/{order.pk}").content.decode(), "who keeps the books reads orders and makes invoices"
    for who, error in (("walt", Forbidden), ("audrey", Forbidden), ("bob", Missing)):
        if error is Forbidden:
            assert "do/order_invoice" not in browser(who).get(f"/orders/{order.pk}").content.decode(), who
        with pytest.raises(error):
            invoice(world, order, goods, by=who)
        assert browser(who).get(dialog).status_code in (403, 404)
    assert not Invoice.objects.exists()
    one = invoice(world, order, goods, by="alice")
    with pytest.raises(Missing):
        run("invoicepart_update", one.parts.get().pk, world.actor("bob"), values={"amount": "1"}, version=1)


def test_the_dialog_keeps_what_was_typed_and_says_what_is_wrong_at_the_row(world, browser):
    order, (goods, work, _plans), (first, *_rest) = three_rates(world)
    client, dialog = browser("sam"), f"/orders/{order.pk}/do/order_invoice"
    page = client.get(dialog, headers={"HX-Request": "true"}).content.decode()
    assert f'value="instalment_{first.pk}" checked' in page and f'value="line_{goods.pk}"' in page and 'value="498.00"' in page
    ticked = [f"line_{goods.pk}", f"line_{work.pk}"]
    typed = {"kind": "general", "by": "lines", "parts": ticked, f"line_{goods.pk}": "200", f"line_{work.pk}": "318.5"}
    page = client.post(dialog, typed).content.decode()
    assert 'value="318.5"' in page and "318.00" in page and f'value="line_{work.pk}" checked' in page and f'id="f-line_{work.pk}-e"' in page
    answer = client.post(dialog, typed | {f"line_{work.pk}": "318"}, headers={"HX-Request": "true"})
    one = Invoice.objects.get()
    assert answer.status_code < 400 and [p.amount for p in one.parts.order_by("pk")] == [D("200.00"), D("318.00")]
    page = client.get(f"/invoices/{one.pk}/panel/orders.invoice_parts").content.decode()
    assert page.count('data-cell="/invoice-lines/') == 2 and "518.00" in page
    assert f"/invoices/{one.pk}/field/amount" not in client.get(f"/invoices/{one.pk}").content.decode(), "its lines say it"
    shown = invoice_part_pages.parts(one, world.actor("sam"))
    assert [(r["rate"], r["net"], r["tax"], r["amount"]) for r in shown["parts"]] == [("13%", "176.99", "23.01", "200.00"),
                                                                                      ("6%", "300.00", "18.00", "318.00")]  # fmt: skip
    assert invoice_part_pages.parts(draft(world, order, amount="1"), world.actor("audrey")) is None, "the whole order, nothing to add to it"
    printed = re.sub(r"<[^>]+>|\s+", " ", client.get(f"/invoices/{one.pk}/print").content.decode())
    assert re.search(r"设备 +200\.00 +13% +176\.99 +23\.01 .*安装 +318\.00 +6% +300\.00 +18\.00 ", printed), "to the cent, as it was entered"
    part = one.parts.first()
    assert f"/invoice-lines/{part.pk}/edit" in client.get(f"/invoice-lines/{part.pk}").content.decode()
    issue(world, one)
    assert f"/invoice-lines/{part.pk}/edit" not in client.get(f"/invoice-lines/{part.pk}").content.decode(), "it stands"


def test_over_the_api(world, client):
    order, (goods, work, _plans), _parts = three_rates(world)
    secret = issue_token(world.users["sam"], "books", ["read", "write"], None)[1]
    ask = {"content_type": "application/json", "HTTP_AUTHORIZATION": f"Bearer {secret}"}
    made = client.post(f"/api/v1/orders/{order.pk}/order_invoice", {
        "kind": "general", "by": "lines", "parts": [f"line_{goods.pk}"], f"line_{goods.pk}": "113.00"}, **ask)  # fmt: skip
    pk = made.json()["value"]["id"]
    more = client.post("/api/v1/invoice-lines", {"invoice": pk, "line": work.pk, "amount": "106.00"}, **ask)
    assert more.status_code == 201 and (more.json()["net"], more.json()["tax"]) == ("100.00", "6.00"), more.json()
    found = client.get(f"/api/v1/invoice-lines?f.invoice=in:{pk}", HTTP_AUTHORIZATION=f"Bearer {secret}").json()
    assert sorted(r["amount"] for r in found["items"]) == ["106.00", "113.00"]
    assert client.get(f"/api/v1/invoices/{pk}", HTTP_AUTHORIZATION=f"Bearer {secret}").json()["amount"] == "219.00"
    wrong = client.post("/api/v1/invoice-lines", {"invoice": pk, "line": work.pk, "amount": "212.01"}, **ask)
    assert wrong.status_code == 422 and "212.00" in wrong.content.decode()


def test_lines_come_in_from_a_table_each_fault_at_its_row(world, client):
    order, (goods, work, _plans), _parts = three_rates(world)
    one = draft(world, order, amount="1")
    secret = issue_token(world.users["sam"], "books", ["read", "write"], None)[1]
    rows = [f"#{one.pk},#{goods.pk},113", f"#{one.pk},#{work.pk},318.01", f"#{one.pk},#{work.pk},", f"#{one.pk},,5"]
    file = SimpleUploadedFile("a.csv", "\r\n".join(["发票,订单行,含税金额", *rows]).encode())
    said = client.post("/api/v1/invoice-lines/import", {"file": file}, HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert said.status_code == 202, said.content
    work_off()
    result = client.get(f"/api/v1/jobs/{said.json()['job']}", HTTP_AUTHORIZATION=f"Bearer {secret}").json()["result"]
    assert (result["imported"], result["failed"]) == (2, 2), result
    assert amounts(one) == [("设备", D("113.00"), D("100.00"), D("13.00"), 13), ("安装", D("318.00"), D("300.00"), D("18.00"), 6)]
    assert total(one)[:3] == (D("431.00"), D("400.00"), D("31.00"))


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_no_more_of_a_line_or_an_instalment_than_there_is(world):
    fay = world.actor("fay")
    for _round in range(ROUNDS):
        order, (goods, work, _plans), (first, *_rest) = three_rates(world)
        lines, part = {f"line_{goods.pk}": "100", f"line_{work.pk}": "106"}, {f"instalment_{first.pk}": "83"}
        asked = [invoice(world, order, goods, work, kind="general", **lines) for _n in range(CLIENTS // 2)]
        asked += [invoice(world, order, first, kind="general", **part) for _n in range(CLIENTS // 2)]
        at_once([partial(run, "invoice_issue", one.pk, fay, {}) for one in asked])
        issued = list(Invoice.objects.filter(order=order, state="issued"))
        sums = {key: InvoicePart.objects.filter(invoice__in=issued, **of).aggregate(s=Sum("amount"))["s"] for key, of in (
            ("work", {"line": work}), ("goods", {"line": goods}), ("first", {"instalment": first}))}  # fmt: skip
        order.refresh_from_db()
        assert (sums["work"], sums["goods"], sums["first"]) == (D("318.00"), D("300.00"), D("498.00")) and order.invoiced == D("1116.00")
        one = next(i for i in issued if i.parts.count() == 2)
        goods_part = one.parts.get(line=goods)
        given = {"parts": [f"part_{goods_part.pk}"], f"part_{goods_part.pk}": "30", "reason": "退货"}
        done = at_once([partial(run, "invoice_correct", one.pk, fay, given) for _n in range(CLIENTS)])
        goods_part.refresh_from_db(), one.refresh_from_db()
        assert (sum(done), goods_part.corrected, one.corrected) == (3, D("90.00"), D("90.00"))
        order.refresh_from_db()
        assert order.invoiced == D("1026.00")


def holds(order):
    """Of an order, whatever was done: each invoice is its parts, each thing is invoiced at most once, corrections add up."""
    order.refresh_from_db()
    issued = Invoice.objects.filter(order=order, state="issued")
    assert (issued.aggregate(s=Sum("amount"))["s"] or 0) == order.invoiced <= order.amount
    for one in Invoice.objects.filter(order=order):
        found = one.parts.filter(deleted_at=None).aggregate(a=Sum("amount"), n=Sum("net"), t=Sum("tax"), c=Sum("corrected"))
        if found["a"] is not None:
            assert (found["a"], found["n"], found["t"], found["c"]) == (one.amount, one.net, one.tax, one.corrected)
        if one.corrects_id is None and one.corrected == one.amount:
            assert -(one.corrections.filter(state="issued").aggregate(s=Sum("tax"))["s"] or Decimal(0)) == one.tax
    for model, name in ((OrderLine, "line"), (Instalment, "instalment")):
        for thing in model._base_manager.filter(order=order):
            standing = InvoicePart.objects.filter(**{name: thing}, invoice__in=issued).aggregate(s=Sum("amount"))["s"] or Decimal(0)
            assert 0 <= standing <= thing.amount, (name, standing, thing.amount)
    assert not InvoicePart.objects.filter(order=order, corrected__gt=F("amount"), corrects=None).exists()


@pytest.mark.parametrize("seed", range(count(2, 100)))
def test_whatever_is_asked_for_issued_taken_back_and_declared_void_adds_up(world, seed):
    chance, fay = random.Random(seed), world.actor("fay")
    order, lines, parts = three_rates(world)
    did = 0

    def money(most):
        return f"{chance.randint(1, int(most * 100)) / 100:.2f}"

    def ask():
        kind = chance.choice((lines, parts))
        wanted = chance.sample(kind, chance.randint(1, len(kind)))
        key = "line" if kind is lines else "instalment"
        invoice(world, order, *wanted, kind="general", **{f"{key}_{t.pk}": money(t.amount / 2) for t in wanted if chance.random() < 0.8})

    def some(**of):
        return chance.choice(list(Invoice.objects.filter(order=order, deleted_at=None, **of).order_by("pk")) or [None])

    def correct():
        one = some(state="issued", corrects=None)
        keys = [p for p in one.parts.order_by("pk") if chance.random() < 0.7] if one else []
        if keys:
            run("invoice_correct", one.pk, fay, {"parts": [f"part_{p.pk}" for p in keys], "reason": "退货", **{
                f"part_{p.pk}": money(p.amount) for p in keys if chance.random() < 0.6}})  # fmt: skip

    ways = [ask, ask, lambda: run("invoice_issue", some(state="draft").pk, fay, {}), lambda: run("invoice_issue", some(state="draft").pk, fay, {}),
            correct, correct, lambda: run("invoice_void", some(state="issued").pk, fay, {"reason": "误开"}),
            lambda: run("invoice_delete", some(state="draft").pk, fay)]  # fmt: skip
    for _n in range(40):
        try:
            chance.choice(ways)()
            did += 1
        except (Failure, AttributeError):  # refused, or there is nothing to do it to
            pass
        holds(order)
    assert did > 12
