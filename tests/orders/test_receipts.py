"""Money that comes in: spread over what is owed, taken back, paid back; and what comes back of the goods."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.orders.actions.receipts import has_proposal
from pellucid.orders.execution import execution, head
from pellucid.orders.models import Posting, Receipt
from tests.orders.making import D, receipt, signed

pytestmark = pytest.mark.django_db


def facts(order):
    order.refresh_from_db()
    return order.received, order.receivable, order.state


def test_a_receipt_pays_what_is_owed_oldest_first(world):
    old = signed(world, "100", plan="款到发货", on="2026-01-05")
    new = signed(world, "200", plan="款到发货", on="2026-03-05", customer=old.customer)
    paid = receipt(world, old, "200", received_on="2026-04-01")
    assert paid.number == "SK-2026-00001" and paid.free == D("200")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    paid.refresh_from_db()
    assert (paid.allocated, paid.free) == (D("200.00"), 0)
    assert facts(old) == (D("113.00"), 0, "running") and facts(new) == (D("87.00"), D("139.00"), "running")
    assert list(Posting._base_manager.filter(receipt=paid).order_by("pk").values_list("amount", "posted_on")) == [
        (D("-113.00"), dt.date(2026, 4, 1)), (D("-87.00"), dt.date(2026, 4, 1))]


def test_more_than_is_owed_stays_prepaid_and_may_go_back(world):
    order = signed(world, "100", plan="款到发货")
    paid = receipt(world, order, "150")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    paid.refresh_from_db()
    assert paid.free == D("37.00")
    with pytest.raises(Invalid, match=r"Only 37\.00"):
        run("receipt_refund", paid.pk, world.actor("fay"), {"amount": "40", "reason": "多付"})
    run("receipt_refund", paid.pk, world.actor("fay"), {"reason": "多付"})
    paid.refresh_from_db()
    counter = Receipt._base_manager.get(kind="refund")
    assert (paid.free, counter.amount, counter.counters_id, counter.number) == (0, D("37.00"), paid.pk, f"SK-{days.today().year}-00002")


def test_what_is_paid_before_it_is_owed_becomes_owed_with_it(world):
    order = signed(world, "100", plan="货到 30 天")
    part = order.instalments.get()
    paid = receipt(world, order, "50")
    assert not has_proposal(paid), "nothing is proposed, and nothing offered"
    with pytest.raises(Refused, match="Nothing is owed"):
        run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    run("receipt_allocate", paid.pk, world.actor("fay"), {"instalment": part.pk})
    part.refresh_from_db()
    assert (part.owed, part.allocated, part.balance) == (D("50.00"), D("50.00"), 0)
    run("order_deliver", order.pk, world.actor("sam"))
    part.refresh_from_db()
    assert (part.owed, part.balance) == (D("113.00"), D("63.00"))


def test_no_more_than_is_open_and_no_more_than_there_is(world):
    order = signed(world, "100", plan="款到发货")
    part = order.instalments.get()
    paid = receipt(world, order, "200")
    with pytest.raises(Refused, match=r"open for 113\.00"):
        run("receipt_allocate", paid.pk, world.actor("fay"), {"instalment": part.pk, "amount": "113.01"})
    small = receipt(world, order, "10")
    with pytest.raises(Refused, match=r"Only 10\.00"):
        run("receipt_allocate", small.pk, world.actor("fay"), {"instalment": part.pk, "amount": "10.01"})
    strange = signed(world, "100", plan="款到发货", customer=world.customer("别家"))
    with pytest.raises(Invalid, match="not the payer's"):
        run("receipt_allocate", paid.pk, world.actor("fay"), {"instalment": strange.instalments.get().pk})
    strange.customer.parent_id = order.customer_id
    strange.customer.save(update_fields=("parent",))
    run("receipt_allocate", paid.pk, world.actor("fay"), {"instalment": strange.instalments.get().pk, "amount": "87"})
    assert facts(strange)[0] == D("87.00"), "a parent pays for its subsidiary"


def test_a_wrong_receipt_is_reversed_by_a_document_of_its_own(world):
    order = signed(world, "100", plan="款到发货")
    paid = receipt(world, order, "113")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    run("order_deliver", order.pk, world.actor("sam"))
    assert facts(order) == (D("113.00"), 0, "settled")
    for change in ({"amount": "1"}, {"customer": world.customer("别家").pk}, {"received_on": "2026-01-01"}):
        with pytest.raises(Invalid, match="reverse it"):
            run("receipt_update", paid.pk, world.actor("fay"), values=change, version=paid.version)
    with pytest.raises(Refused, match="reverse it"):
        run("receipt_delete", receipt(world, order, "5").pk, world.actor("fay"))
    run("receipt_reverse", paid.pk, world.actor("fay"), {"reason": "记错客户"})
    paid.refresh_from_db()
    assert (paid.allocated, paid.reversed_on) == (0, days.today()) and facts(order) == (0, D("113.00"), "delivered")
    counter = Receipt._base_manager.get(kind="reversal")
    assert (counter.amount, counter.counters_id) == (D("113"), paid.pk)
    assert sum(Posting._base_manager.filter(receipt=paid).values_list("amount", flat=True)) == 0
    with pytest.raises(Refused):
        run("receipt_reverse", paid.pk, world.actor("fay"), {"reason": "再来"})
    with pytest.raises(Refused):
        run("receipt_allocate_oldest", paid.pk, world.actor("fay"))


def test_an_allocation_is_taken_back(world):
    order = signed(world, "100", plan="款到发货")
    part, paid = order.instalments.get(), receipt(world, order, "113")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    run("receipt_release", paid.pk, world.actor("fay"), {"instalment": part.pk, "amount": "13", "reason": "留作他用"})
    paid.refresh_from_db()
    assert (paid.allocated, paid.free) == (D("100.00"), D("13.00")) and facts(order) == (D("100.00"), D("13.00"), "running")
    with pytest.raises(Invalid, match=r"100\.00 of this receipt"):
        run("receipt_release", paid.pk, world.actor("fay"), {"instalment": part.pk, "amount": "101", "reason": "太多"})


def test_returns_take_off_what_is_open_then_become_a_credit(world):
    order = signed(world, "100", "10", plan="款到发货")
    run("order_deliver", order.pk, world.actor("sam"))
    line, part = order.lines.get(), order.instalments.get()
    paid = receipt(world, order, "1000")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    run("returnedgoods_create", None, world.actor("sam"), values={"order": order.pk, "line": line.pk, "quantity": "2",
                                                                  "returned_on": days.today().isoformat()})
    part.refresh_from_db()
    assert (part.credited, part.balance) == (D("226.00"), D("-96.00")), "130 were open, 96 stand to the customer's credit"
    assert facts(order)[1] == D("-96.00")
    run("receipt_release", paid.pk, world.actor("fay"), {"instalment": part.pk, "amount": "96", "reason": "退货"})
    run("receipt_refund", paid.pk, world.actor("fay"), {"reason": "退货"})
    assert facts(order) == (D("904.00"), 0, "settled")
    with pytest.raises(Invalid, match="Only 8 of it"):
        run("returnedgoods_create", None, world.actor("sam"), values={"order": order.pk, "line": line.pk, "quantity": "9",
                                                                      "returned_on": days.today().isoformat()})


def test_parts_of_a_line_add_up_to_it(world):
    order = signed(world, "33.33", "3", plan="款到发货")  # 99.99 + 13.00 tax
    for _n in range(3):
        run("delivery_create", None, world.actor("sam"), values={
            "order": order.pk, "line": order.lines.get().pk, "quantity": "1", "delivered_on": days.today().isoformat()})
    assert [d.amount for d in order.deliveries.order_by("pk")] == [D("37.66"), D("37.67"), D("37.66")]
    order.refresh_from_db()
    assert order.delivered == order.amount == D("112.99")
    with pytest.raises(Invalid, match="Only 0 of it is left"):
        run("delivery_create", None, world.actor("sam"), values={
            "order": order.pk, "line": order.lines.get().pk, "quantity": "1", "delivered_on": days.today().isoformat()})


def test_bad_debts_are_written_off_by_who_may(world):
    order = signed(world, "100", plan="款到发货", by="alice")
    part = order.instalments.get()
    with pytest.raises(Forbidden):
        run("instalment_write_off", part.pk, world.actor("alice"), {"reason": "破产"})
    run("instalment_write_off", part.pk, world.actor("fay"), {"amount": "100", "reason": "破产"})
    assert facts(order)[1] == D("13.00")
    run("instalment_revive", part.pk, world.actor("fay"), {"reason": "付了"})
    assert facts(order)[1] == D("113.00")
    with pytest.raises(Refused, match="Nothing of it was written off"):
        run("instalment_revive", part.pk, world.actor("fay"), {"reason": "再"})


def test_sums_of_receipts_count_what_went_back(world, browser):
    """A reversed receipt and what reverses it come to nothing, a refund takes away; neither is left to be allocated."""
    order = signed(world, "1000", plan="款到发货")
    wrong, kept = receipt(world, order, "113"), receipt(world, order, "200")
    run("receipt_reverse", wrong.pk, world.actor("fay"), {"reason": "记错客户"})
    run("receipt_refund", kept.pk, world.actor("fay"), {"amount": "40", "reason": "多付"})
    found = {(r.kind, r.came_in, r.free) for r in Receipt._base_manager.all()}
    assert found == {("receipt", D("113.00"), 0), ("reversal", D("-113.00"), 0), ("receipt", D("200.00"), D("160.00")), ("refund", D("-40.00"), 0)}
    footer = re.sub(r"<[^>]+>|\s+", " ", browser("fay").get("/receipts/totals?view=all").content.decode())
    assert re.search(r"净收款 +160(\.00?)? .*预收余额 +160(\.00?)? ", footer), footer


def test_a_wrong_refund_is_reversed_by_a_document_of_its_own(world, browser, monkeypatch):
    order = signed(world, "100", plan="款到发货")
    paid = receipt(world, order, "150")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    run("receipt_refund", paid.pk, world.actor("fay"), {"amount": "30", "reason": "多付"})
    refund = Receipt._base_manager.get(kind="refund")
    with pytest.raises(Refused, match="reverse that first"):
        run("receipt_reverse", paid.pk, world.actor("fay"), {"reason": "错"})
    clerk = world.actor("fay")
    clerk_may = clerk.may
    with monkeypatch.context() as less, pytest.raises(Forbidden):
        less.setattr(type(clerk), "may", lambda self, key, verb: (key, verb) != ("receipt", "approve") and clerk_may(key, verb))
        pages = [browser("fay").get(f"/receipts/{one.pk}").content.decode() for one in (refund, paid)]
        assert ["do/receipt_reverse" in page for page in pages] == [False, True], "it is not offered to who may not"
        assert browser("fay").get(f"/receipts/{refund.pk}/do/receipt_reverse").status_code == 403
        run("receipt_reverse", refund.pk, clerk, {"reason": "退错了人"})
    assert "do/receipt_reverse" in browser("fay").get(f"/receipts/{refund.pk}").content.decode()
    run("receipt_reverse", refund.pk, world.actor("fay"), {"reason": "退错了人"})
    paid.refresh_from_db(), refund.refresh_from_db()
    counter = Receipt._base_manager.get(kind="refund_reversal")
    assert (paid.refunded, paid.free, paid.allocated) == (0, D("37.00"), D("113.00")) and refund.reversed_on == days.today()
    assert (counter.amount, counter.counters_id, counter.came_in, refund.came_in, counter.free) == (D("30"), refund.pk, D("30"), D("-30"), 0)
    for again in (refund, counter):
        with pytest.raises(Refused):
            run("receipt_reverse", again.pk, world.actor("fay"), {"reason": "再来"})
    run("receipt_refund", paid.pk, world.actor("fay"), {"amount": "37", "reason": "重新登记"})
    run("receipt_reverse", Receipt._base_manager.filter(kind="refund", reversed_on=None).get().pk, world.actor("fay"), {"reason": "又错"})
    run("receipt_reverse", paid.pk, world.actor("fay"), {"reason": "整笔错"})
    assert facts(order)[:2] == (0, D("113.00"))


def test_after_a_return_the_head_and_the_instalments_say_the_same(world):
    order = signed(world, "100", "10", plan="30/60/10")  # 339.00 + 678.00 + 113.00
    run("order_deliver", order.pk, world.actor("sam"))
    paid = receipt(world, order, "939")
    run("receipt_allocate_oldest", paid.pk, world.actor("fay"))
    back = {"order": order.pk, "line": order.lines.get().pk, "quantity": "1", "returned_on": days.today().isoformat()}
    run("returnedgoods_create", None, world.actor("sam"), values=back)
    order.refresh_from_db()
    fay = world.actor("fay")

    def said() -> tuple[str, str]:
        return next((f["value"], f["note"]) for f in head(order, fay)["facts"] if f["label"] == "Receivable")

    shown = execution(order, fay)
    assert said() == ("0.00", "Nothing more is owed yet") and shown["take"]
    assert shown["sums"] == {"amount": "1,130.00", "received": "939.00", "credited": "113.00", "balance": "0.00", "waiting": "78.00",
                             "worth": "1,017.00"}  # fmt: skip
    assert [(r["received"], r["credited"], r["balance"]) for r in shown["instalments"]] == [
        ("339.00", "", "0.00"), ("600.00", "78.00", "0.00"), ("0.00", "35.00", "0.00")]  # fmt: skip
    run("returnedgoods_create", None, world.actor("sam"), values=back | {"quantity": "3"})
    order.refresh_from_db()
    shown = execution(order, fay)
    assert order.receivable == D("-261.00") and said() == ("−261.00", "261.00 to the customer's credit")
    assert shown["sums"]["balance"] == "−261.00" and not shown["take"] and shown["sums"]["worth"] == "678.00"
