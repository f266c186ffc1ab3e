"""Invoices of one order come together to exactly what was ordered, and what was issued keeps its lines."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.orders.actions.asking import parts_open, usual
from pellucid.orders.invoiceable import Room
from pellucid.orders.models import Invoice, InvoicePart, OrderLine
from tests.orders.making import D, invoice
from tests.orders.test_invoice_parts import three_rates, total
from tests.orders.test_invoices import draft, issue

pytestmark = pytest.mark.django_db


def issued(**of):
    rows = InvoicePart.objects.filter(invoice__state="issued", deleted_at=None, **of)
    return tuple(sum((getattr(p, name) for p in rows), D(0)) for name in ("amount", "net", "tax"))


def test_a_line_invoiced_in_pieces_comes_to_the_tax_of_the_line(world):
    order, (goods, *_more), _parts = three_rates(world)
    for _n in range(11):
        issue(world, invoice(world, order, goods, **{f"line_{goods.pk}": "100.07"}))
    issue(world, invoice(world, order, goods))
    assert issued(line=goods) == (D("1130.00"), D("1000.00"), D("130.00")), "88.56 of each would leave four cents"


def test_the_piece_that_closes_a_line_is_found_when_it_is_issued(world):
    order, (goods, *_more), _parts = three_rates(world)
    drafts = [invoice(world, order, goods, **{f"line_{goods.pk}": part}) for part in ("100.07", "100.07", "929.86")]
    assert total(drafts[2])[1] == D("822.88")
    for one in drafts:
        issue(world, one)
    assert total(drafts[2])[1:3] == (D("822.88"), D("106.98")) and issued(line=goods) == (D("1130.00"), D("1000.00"), D("130.00"))


def test_an_order_invoiced_as_a_whole_in_pieces_comes_to_its_tax(world):
    order, _goods, _parts = three_rates(world)
    for part in ("333.33", "333.33", "333.33", None):
        issue(world, draft(world, order, "sam", **({"amount": part} if part else {})))
    rows = Invoice.objects.filter(order=order)
    assert sum(i.net for i in rows) == order.net == D("1512.00") and sum(i.tax for i in rows) == D("148.00")


def test_a_rate_that_changed_meanwhile_is_that_of_the_invoice(world):
    order, (goods, work, _plans), _parts = three_rates(world)
    one = invoice(world, order, goods, work, **{f"line_{work.pk}": "106"})
    assert total(one) == (D("1236.00"), D("1100.00"), D("136.00"), None)
    OrderLine.objects.filter(pk=work.pk).update(tax_rate="0", net="318.00", tax="0")
    issue(world, one)
    assert total(one)[:3] == (D("1236.00"), D("1106.00"), D("130.00"))
    assert [(p.tax_rate, p.net) for p in one.parts.order_by("pk")] == [(13, D("1000.00")), (0, D("106.00"))]


@pytest.mark.parametrize("way", ["invoicepart_drop", "invoicepart_delete", "many"])
def test_the_line_of_a_red_letter_invoice_stays(world, way):
    order, (goods, *_more), _parts = three_rates(world)
    fay, one = world.actor("fay"), issue(world, invoice(world, order, goods))
    run("invoice_correct", one.pk, fay, {"reason": "开错了"})
    (red,) = InvoicePart.objects.filter(corrects__isnull=False)
    if way == "many":
        assert not run_many("invoicepart_delete", [red.pk], fay).done
    else:
        with pytest.raises(Refused, match="stands as it is"):
            run(way, red.pk, fay)
    red.refresh_from_db()
    assert red.deleted_at is None and issued(line=goods)[0] == 0
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        InvoicePart._base_manager.filter(pk=red.pk).update(deleted_at=timezone.now())
        checked_now()
    run("invoice_void", red.invoice_id, fay, {"reason": "误开"})
    checked_now()
    assert issued(line=goods)[0] == D("1130.00")


def checked_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_the_only_line_of_a_draft_is_not_left_out(world):
    order, (goods, work, _plans), _parts = three_rates(world)
    one = invoice(world, order, goods, work)
    first, last = one.parts.order_by("pk")
    run("invoicepart_drop", first.pk, world.actor("sam"))
    with pytest.raises(Refused, match="delete the draft"):
        run("invoicepart_drop", last.pk, world.actor("sam"))
    assert total(one) == (D("318.00"), D("300.00"), D("18.00"), 6)


def test_what_a_draft_asks_for_is_not_ticked_again(world):
    order, _goods, parts = three_rates(world)
    sam = world.actor("sam")
    invoice(world, order, parts[0])
    assert usual(order, sam)["parts"] == [f"instalment_{parts[1].pk}"] and f"instalment_{parts[0].pk}" not in usual(order, sam)
    page = {i.name: i for i in run_inputs(order, sam)}
    assert "asked for already" in page[f"instalment_{parts[0].pk}"].help and "asked for already" not in page[f"instalment_{parts[1].pk}"].help


def run_inputs(order, actor):
    from pellucid.kernel.actions.declare import actions

    what = actions["order_invoice"]
    return what.asks(order, actor, what.inputs)


def test_amounts_one_may_not_read_are_not_in_the_dialog(world):
    order, _goods, _parts = three_rates(world)
    sam = world.actor("sam")
    assert {key.partition("_")[0] for key, _part, _left in parts_open(order, Room.of(order), sam)} == {"instalment", "line"}
    FieldRight.objects.bulk_create(FieldRight(role=role, resource="orderline", field="amount", level="masked") for role in Role.objects.all())
    assert {key.partition("_")[0] for key, _part, _left in parts_open(order, Room.of(order), world.actor("sam"))} == {"instalment"}


def test_nothing_is_not_everything(world):
    order, _goods, _parts = three_rates(world)
    with pytest.raises(Invalid, match="above zero"):
        run("order_invoice", order.pk, world.actor("sam"), {"by": "whole", "amount": "0"})
