"""Asking for overdue money: one level at a time and once, promises judged by what came in, rest on dispute, the end when it is paid."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest
from django.db.models import F

from pellucid.collaboration.models import Task
from pellucid.customers.models import FollowUp
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.orders import dunning, jobs
from pellucid.orders.models import CreditProfile, DunningCase, DunningLevel, DunningStep, Instalment, PaymentPromise, Posting
from tests.counts import count
from tests.orders.making import D, receipt, signed
from tests.orders.test_money_races import at_once

pytestmark = pytest.mark.django_db
CLIENTS, ROUNDS = count(8, 16), count(1, 100)


@pytest.fixture
def clock(monkeypatch):
    """The company's day, as a test sets it."""
    now = [days.today()]
    monkeypatch.setattr(days, "today", lambda: now[0])

    def to(day: dt.date) -> None:
        now[0] = day

    return to


def late(world, n: int = 20, **values: Any):
    """An order of 1,130.00 with tax whose one instalment was due n days ago."""
    order = signed(world, plan="款到发货", **values)
    Instalment._base_manager.filter(order=order).update(due_on=days.today() - dt.timedelta(days=n))
    return order


def the_case(order) -> DunningCase:
    return DunningCase._base_manager.filter(customer=order.customer_id).latest("pk")


def tasks(customer: int, **more: Any):
    """What there is to do about a customer."""
    return Task._base_manager.filter(about_resource="customer", about_id=customer, **more)


def steps(case) -> list[int]:
    return list(DunningStep._base_manager.filter(case=case).order_by("pk").values_list("level", flat=True))


def test_a_case_climbs_one_level_at_a_time_each_with_its_task(world, clock):
    order = late(world, 20, by="alice")
    start = days.today()
    assert jobs.dun_due()["begun"] == 1
    case = the_case(order)
    assert (case.level, case.overdue, case.collector_id, case.since) == (1, D("1130.00"), order.owner_id, start - dt.timedelta(days=20))
    assert jobs.dun_due() == {"begun": 0, "looked_at": 0, "brought_up": 0}, "once a day, however often it is asked"
    first = Task._base_manager.get(about_resource="customer", about_id=order.customer_id)
    assert first.owner_id == order.owner_id and "友好提醒" in first.name
    clock(start + dt.timedelta(days=6))
    jobs.dun_due()
    assert steps(case) == [1], "late enough for the second level, but a week has not passed"
    clock(start + dt.timedelta(days=7))
    jobs.dun_due()
    assert steps(case) == [1, 2]
    first.refresh_from_db()
    assert first.cancelled and tasks(order.customer_id, done_at=None).count() == 1
    clock(start + dt.timedelta(days=200))
    for _day in range(3):
        jobs.dun_due()
    assert steps(case) == [1, 2, 3], "not two levels on one day"


def test_what_is_not_late_enough_or_disputed_begins_nothing(world):
    order = late(world, 2)
    disputed = late(world, 50, customer=world.customer("另一家"))
    Instalment._base_manager.filter(order=disputed).update(disputed=True)
    assert jobs.dun_due()["begun"] == 0 and not DunningCase._base_manager.exists()
    with pytest.raises(Refused, match="long enough"):
        run("customer_dun", order.customer_id, Actor.system("rule"))


def test_it_closes_by_itself_when_it_is_paid(world):
    order = late(world)
    jobs.dun_due()
    case = the_case(order)
    part = receipt(world, order, "1000")
    run("receipt_allocate_oldest", part.pk, world.actor("fay"))
    deliver()
    case.refresh_from_db()
    assert (case.state, case.overdue) == ("open", D("130.00"))
    run("receipt_allocate_oldest", receipt(world, order, "130").pk, world.actor("fay"))
    deliver()
    case.refresh_from_db()
    assert (case.state, case.closed_on, case.overdue) == ("closed", days.today(), D("0.00"))
    assert not tasks(order.customer_id, done_at=None).exists()
    again = late(world, 5, customer=order.customer)
    jobs.dun_due()
    assert the_case(again).pk != case.pk and the_case(again).level == 1, "new debts begin anew"


def test_a_promise_rests_the_case_until_its_day_and_is_kept_or_broken(world, clock):
    order = late(world)
    jobs.dun_due()
    case, start = the_case(order), days.today()
    sam = world.actor("sam")
    with pytest.raises(Invalid, match="who promised"):
        run("dunning_promise", case.pk, sam, {"due_on": str(start), "amount": "100"})
    run("dunning_promise", case.pk, sam, {"due_on": str(start + dt.timedelta(days=5)), "amount": "1000", "said_by": "王会计"})
    case.refresh_from_db()
    assert case.state == "promised" and FollowUp._base_manager.filter(customer=order.customer_id, text__contains="王会计").exists()
    clock(start + dt.timedelta(days=5))
    jobs.dun_due()
    assert steps(case) == [1] and PaymentPromise._base_manager.get().state == "open", "its day is not over"
    receipt_of = receipt(world, order, "999.99")
    run("receipt_allocate_oldest", receipt_of.pk, world.actor("fay"))
    clock(start + dt.timedelta(days=6))
    jobs.dun_due()
    promise = PaymentPromise._base_manager.get()
    case.refresh_from_db()
    assert (promise.state, promise.received, case.state, case.broken) == ("broken", D("999.99"), "open", 1), "a cent is missing"
    run("dunning_promise", case.pk, sam, {"due_on": str(start + dt.timedelta(days=9)), "amount": "100", "said_by": "王会计"})
    run("dunning_promise", case.pk, sam, {"due_on": str(start + dt.timedelta(days=9)), "amount": "50", "said_by": "王会计"})
    run("receipt_allocate_oldest", receipt(world, order, "50").pk, world.actor("fay"))
    deliver()
    case.refresh_from_db()
    assert list(PaymentPromise._base_manager.order_by("pk").values_list("state", flat=True)) == ["broken", "replaced", "kept"]
    assert (case.kept, case.broken, case.state) == (1, 1, "open")


def test_a_dispute_rests_it_until_a_day_and_marks_what_is_disputed(world, clock):
    order = late(world)
    jobs.dun_due()
    case, start = the_case(order), days.today()
    run("dunning_dispute", case.pk, world.actor("sam"), {"reason": "数量不符", "who": "赵经理", "until": str(start + dt.timedelta(days=10))})
    assert Instalment._base_manager.get(order=order).disputed
    case.refresh_from_db()
    assert (case.state, case.disputed, case.disputed_by) == ("paused", D("1130.00"), "赵经理")
    clock(start + dt.timedelta(days=10))
    jobs.dun_due()
    assert steps(case) == [1]
    clock(start + dt.timedelta(days=11))
    jobs.dun_due()
    case.refresh_from_db()
    assert (case.state, steps(case)) == ("open", [1, 2]) and not Instalment._base_manager.get(order=order).disputed


def test_who_collects(world):
    order = late(world, by="alice")
    Instalment._base_manager.filter(order=order).update(in_charge=world.users["bob"].pk)  # in the west: the customer is not his to see
    jobs.dun_due()
    assert the_case(order).collector_id == order.customer.owner_id
    named = late(world, customer=world.customer("另一家"))
    CreditProfile._base_manager.create(customer=named.customer, collector=world.users["fay"])
    jobs.dun_due()
    assert the_case(named).collector_id == world.users["fay"].pk
    run("dunning_hand_on", the_case(named).pk, world.actor("fay"), {"collector": world.users["sam"].pk, "always": "on"})
    assert CreditProfile._base_manager.get().collector_id == world.users["sam"].pk
    assert Task._base_manager.get(about_resource="customer", about_id=named.customer_id, done_at=None).owner_id == world.users["sam"].pk


def test_nobody_collects_who_does_not_see_the_customer_nor_changes_a_profile_he_may_not(world):
    order = late(world, by="alice")
    CreditProfile._base_manager.create(customer=order.customer)
    jobs.dun_due()
    case, alice = the_case(order), world.actor("alice")
    with pytest.raises(Invalid, match="does not see"):
        run("dunning_hand_on", case.pk, alice, {"collector": world.users["bob"].pk})
    with pytest.raises(Forbidden, match="credit profile"):
        run("dunning_hand_on", case.pk, alice, {"collector": world.users["sam"].pk, "always": "on"})
    run("dunning_hand_on", case.pk, alice, {"collector": world.users["sam"].pk})
    assert CreditProfile._base_manager.get().collector_id is None


def test_two_cases_become_one_with_their_customers_and_two_again(world):
    """The survivor's case goes on from the further level, with the promise of the other, which moving does not keep; undone, both stand again."""
    one, other = late(world, customer=world.customer("恒砺精密")), late(world, 50, customer=world.customer("恒砺精密制造"))
    jobs.dun_due()
    mine, gone = the_case(one), the_case(other)
    raised = days.today() - dt.timedelta(days=3)
    DunningCase._base_manager.filter(pk=gone.pk).update(level=3, raised_on=raised)
    run("dunning_promise", gone.pk, world.actor("fay"), {"due_on": (days.today() + dt.timedelta(days=5)).isoformat(), "said_by": "李总"})
    was = {c.pk: (c.customer_id, c.state, c.level, c.overdue, c.closed_on) for c in DunningCase._base_manager.all()}
    run("customer_merge", one.customer_id, world.actor("admin"), {"other": other.customer_id})
    jobs.dun_due()
    mine.refresh_from_db()
    gone.refresh_from_db()
    assert (mine.state, mine.level, mine.raised_on, mine.overdue, dunning.open_cases().get().pk) == ("promised", 3, raised, D("2260.00"), mine.pk)
    assert (gone.state, gone.kept, gone.customer_id) == ("closed", 0, one.customer_id)
    promise = PaymentPromise._base_manager.get()
    assert (promise.state, promise.case_id, promise.customer_id) == ("open", mine.pk, one.customer_id)
    run("customer_unmerge", one.customer_id, world.actor("admin"))
    assert {c.pk: (c.customer_id, c.state, c.level, c.overdue, c.closed_on) for c in DunningCase._base_manager.all()} == was
    assert PaymentPromise._base_manager.get().case_id == gone.pk


def test_what_two_cases_asked_for_is_to_be_done_once(world):
    one, other = late(world, customer=world.customer("恒砺精密")), late(world, customer=world.customer("恒砺精密制造"))
    jobs.dun_due()
    run("customer_merge", one.customer_id, world.actor("admin"), {"other": other.customer_id})
    assert tasks(one.customer_id, done_at=None).count() == 1 and tasks(one.customer_id, cancelled=True).count() == 1
    run("customer_unmerge", one.customer_id, world.actor("admin"))
    assert [tasks(c, done_at=None).count() for c in (one.customer_id, other.customer_id)] == [1, 1]


def test_of_two_promises_that_meet_the_survivors_is_awaited(world):
    one, other = late(world, customer=world.customer("恒砺精密")), late(world, customer=world.customer("恒砺精密制造"))
    jobs.dun_due()
    for order, who in ((one, "王会计"), (other, "李总")):
        run("dunning_promise", the_case(order).pk, world.actor("fay"), {"due_on": (days.today() + dt.timedelta(days=5)).isoformat(), "said_by": who})
    run("customer_merge", one.customer_id, world.actor("admin"), {"other": other.customer_id})
    assert dict(PaymentPromise._base_manager.values_list("said_by", "state")) == {"王会计": "open", "李总": "replaced"}
    run("customer_unmerge", one.customer_id, world.actor("admin"))
    assert dict(PaymentPromise._base_manager.values_list("said_by", "state")) == {"王会计": "open", "李总": "open"}
    assert dunning.open_cases().filter(state="promised").count() == 2


def test_who_collects_when_the_customer_changes_hands_or_a_colleague_leaves(world):
    order = late(world, by="alice")
    jobs.dun_due()
    case = the_case(order)
    assert case.collector_id == world.users["alice"].pk
    run("customer_reassign", order.customer_id, world.actor("admin"), {"owner": world.users["bob"].pk})
    jobs.dun_due()
    case.refresh_from_db()
    task = Task._base_manager.get(about_resource="customer", about_id=order.customer_id, done_at=None)
    assert (case.collector_id, task.owner_id) == (world.users["bob"].pk,) * 2, "Alice does not see the customer any more"
    run("dunning_hand_on", case.pk, world.actor("fay"), {"collector": world.users["fay"].pk})
    type(world.users["fay"]).objects.filter(pk=world.users["fay"].pk).update(is_active=False)
    jobs.dun_due()
    case.refresh_from_db()
    assert case.collector_id == world.users["bob"].pk


def test_it_is_closed_by_hand_only_by_who_decides(world):
    order = late(world, by="alice")
    jobs.dun_due()
    with pytest.raises(Forbidden):
        run("dunning_close", the_case(order).pk, world.actor("alice"), {"reason": "老客户"})
    run("dunning_close", the_case(order).pk, world.actor("fay"), {"reason": "破产"})
    with pytest.raises(Refused, match="closed"):
        run("dunning_contact", the_case(order).pk, world.actor("alice"), {"text": "x"})


def test_a_letter_names_only_what_can_be_filled_in(world):
    level = DunningLevel._base_manager.get(level=1)
    for text, said in (("尊敬的 {kunde}", "kunde"), ("尊敬的 {customer", "brace"), ("{}", "filled in")):
        with pytest.raises(Invalid, match=said):
            run("dunninglevel_update", level.pk, world.actor("fay"), values={"text": text}, version=level.version)


def test_what_is_overdue_counts_in_the_companys_currency(world):
    order = late(world)
    type(order)._base_manager.filter(pk=order.pk).update(currency="USD", rate="7.1")
    assert dunning.debt_of(order.customer_id, days.today()).overdue == D("8023.00")


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_double_and_lose_nothing(world):
    for n in range(ROUNDS):
        orders = [late(world, 20 + i, customer=world.customer(f"客户{n}-{i}")) for i in range(4)]
        at_once([jobs.dun_due for _n in range(CLIENTS)])
        for order in orders:
            case = DunningCase._base_manager.get(customer=order.customer_id)
            assert steps(case) == [1] and tasks(order.customer_id).count() == 1
        DunningCase._base_manager.update(raised_on=days.today() - dt.timedelta(days=30))
        part = Instalment._base_manager.get(order=orders[0])
        paid = receipt(world, orders[0], str(part.amount))
        work = [jobs.dun_due for _n in range(CLIENTS)]
        at_once([partial(run, "receipt_allocate_oldest", paid.pk, world.actor("fay")), *work])
        jobs.dun_due()
        deliver()
        for order in orders:
            case = DunningCase._base_manager.get(customer=order.customer_id)
            if order.pk == orders[0].pk:
                assert case.state == "closed" and not tasks(order.customer_id, done_at=None).exists()
            else:
                assert steps(case) == [1, 2] and tasks(order.customer_id, done_at=None).count() == 1
    assert not Posting._base_manager.filter(amount=0).exists()
    assert not Instalment._base_manager.filter(allocated__gt=F("amount")).exists()


@pytest.mark.parametrize("text", ["{amount:x}", "{amount!z}", "{customer:{days}}", "{customer.pk}", "{}", "{amount"])
def test_a_word_of_a_letter_is_filled_in_as_it_is(world, text):
    level = DunningLevel._base_manager.order_by("level").first()
    with pytest.raises(Invalid):
        run("dunninglevel_update", level.pk, world.actor("fay"), values={"text": text}, version=level.version)
