"""Many clients change the same things at once: nothing is lost, doubled or half done."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import transaction
from django.utils import timezone

from pellucid.collaboration.actions.tasks import copies_agree
from pellucid.collaboration.models import Task
from pellucid.customers.models import Contact, Customer, FollowUp
from pellucid.kernel.access.models import Share, Unit
from pellucid.kernel.access.rights import tree
from pellucid.kernel.access.sessions import issue_link, issue_token, redeem_link
from pellucid.kernel.access.tree import Tree
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.exchange.running import open_file, run_plan, settle
from pellucid.kernel.exchange.running import start as start_import
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.records.numbers import draw_gapless, draw_many
from pellucid.kernel.resources.declare import registry
from pellucid.people.models import Staff
from tests.api.conftest import Caller
from tests.counts import count
from tests.reliability.clients import CLIENTS, audited, history_agrees, kinds, together

pytestmark = pytest.mark.django_db(transaction=True)
TOMORROW = (timezone.now() + dt.timedelta(days=1)).isoformat()


def values_of(n: int) -> dict[str, dict[str, object]]:
    """A value of client n for each of some fields."""
    text = {"address": f"园区 {n} 号", "website": f"https://c{n}.example.com", "phone": f"0512-628{n:05d}", "employees": str(1000 + n),
            "note": f"备注 {n}", "short_name": f"简称{n}", "name": f"客户 {n}"}
    return {name: {name: value} for name, value in text.items()}


def test_one_of_many_wins_the_same_field(world):
    for _round in range(count(1, 100)):
        customer = world.customer("甲")
        answers = together(lambda n, pk=customer.pk: run("customer_update", pk, world.actor("alice"), values={"address": f"园区 {n} 号"},
                                                         version=1))
        assert kinds(answers) == {"done": 1, "Stale": CLIENTS - 1}, kinds(answers)
        winner = next(n for n, a in enumerate(answers) if not isinstance(a, Exception))
        customer.refresh_from_db()
        assert (customer.address, customer.version) == (f"园区 {winner} 号", 2)
        assert {a.conflicts["address"]["theirs"] for a in answers if isinstance(a, Exception)} == {customer.address}
        assert Event.objects.filter(name="customer.updated", record_id=customer.pk).count() == 1
        assert audited("customers_customer", "U", customer.pk) == 1
    history_agrees()


def test_different_fields_merge_and_none_is_lost(world):
    for _round in range(count(1, 100)):
        customer = world.customer("甲")
        names = sorted(values_of(0))

        def change(n: int, pk: int = customer.pk, names: list[str] = names):
            return run("customer_update", pk, world.actor("alice"), values=values_of(n)[names[n % len(names)]], version=1)

        answers = together(change)
        winners = [n for n, a in enumerate(answers) if not isinstance(a, Exception)]
        assert sorted(names[n % len(names)] for n in winners) == names
        assert set(kinds(answers)) == {"done", "Stale"}
        customer.refresh_from_db()
        for n in winners:
            name = names[n % len(names)]
            assert str(getattr(customer, name)) == values_of(n)[name][name]
        assert customer.version == 1 + len(winners)
        assert audited("customers_customer", "U", customer.pk) == Event.objects.filter(name="customer.updated", record_id=customer.pk).count()
    history_agrees()


def test_numbers_are_drawn_once_and_gapless_ones_without_gaps(world):
    drawn = [number for answer in together(lambda n: draw_many("customer", "KH", 20)) for number in answer]
    assert len(set(drawn)) == CLIENTS * 20

    def draw(n: int) -> int:
        with transaction.atomic():
            number = draw_gapless("contract 2026")
            if n % 4 == 0:
                raise RuntimeError("the contract was not issued after all")
        return number

    answers = [a for _turn in range(3) for a in together(draw)]
    issued = [a for a in answers if not isinstance(a, Exception)]
    assert kinds(answers) == {"done": CLIENTS * 3 * 3 // 4, "RuntimeError": CLIENTS * 3 // 4}
    assert sorted(issued) == list(range(1, len(issued) + 1))


def test_two_records_merged_into_each_other(world):
    for _round in range(count(3, 100)):
        one, two = world.customer("甲"), world.customer("乙")
        sides = [(one.pk, two.pk), (two.pk, one.pk)]
        answers = together(lambda n, sides=sides: run("customer_merge", sides[n][0], world.actor("sam"), {"other": sides[n][1]}), 2)
        assert kinds(answers) == {"done": 1, "Missing": 1}, answers
        left = dict(Customer._base_manager.filter(pk__in=sides[0]).values_list("pk", "merged_into"))
        survivor = sides[0][0] if answers[0] and not isinstance(answers[0], Exception) else sides[1][0]
        assert left.pop(survivor) is None and list(left.values()) == [survivor]
    history_agrees()


def test_follow_ups_with_next_steps_at_once_leave_one_open_step(world):
    now, clients = timezone.now(), count(24, CLIENTS)
    for round_ in range(count(2, 100)):
        customer = world.customer("甲")
        if round_ % 2:  # the latest one is there already: then none of the others touches the customer's last contact
            run("followup_create", None, world.actor("alice"), values={"customer": customer.pk, "text": "刚谈"})

        def follow(n: int, pk: int = customer.pk):
            given = {"customer": pk, "text": f"第 {n} 次", "at": (now - dt.timedelta(hours=1 + n)).isoformat(), "next_step": f"回访 {n}",
                     "next_step_at": TOMORROW}
            return run("followup_create", None, world.actor("alice"), values=given)

        answers = together(follow, clients)
        assert kinds(answers) == {"done": clients}, [a for a in answers if isinstance(a, Exception)][:3]
        customer.refresh_from_db()
        step = Task.objects.get(about_id=customer.pk, kind="next_step", done_at=None)
        assert (customer.next_step, customer.next_step_at) == (step.name, step.due_at)
        assert customer.last_contact_at == max(FollowUp.objects.filter(customer=customer).values_list("at", flat=True))
        assert FollowUp.objects.filter(customer=customer).count() == clients + round_ % 2
    assert copies_agree() == []
    history_agrees()


def test_a_step_done_while_another_is_planned(world):
    for _round in range(count(3, 100)):
        customer = world.customer("甲")
        plan = {"customer": customer.pk, "text": "谈", "next_step": "回访", "next_step_at": TOMORROW}
        run("followup_create", None, world.actor("alice"), values=plan)
        task = Task.objects.get(about_id=customer.pk)
        works = [lambda pk=task.pk: run("task_complete", pk, world.actor("alice")),
                 lambda plan=plan: run("followup_create", None, world.actor("alice"), values=plan | {"next_step": "再访"})]
        answers = together(lambda n, works=works: works[n](), 2)
        assert kinds(answers) == {"done": 2}, answers
        assert copies_agree() == []


def test_nothing_is_added_to_what_goes_away_at_the_same_moment(world):
    for round_ in range(count(6, 100)):
        stays, goes = world.customer("甲"), world.customer("乙")
        leave = [lambda a=stays.pk, b=goes.pk: run("customer_merge", a, world.actor("sam"), {"other": b}),
                 lambda b=goes.pk: run("customer_delete", b, world.actor("sam"))][round_ % 2]
        add = [lambda b=goes.pk: run("contact_create", None, world.actor("alice"), values={"customer": b, "name": "沈雪"}),
               lambda b=goes.pk: run("followup_create", None, world.actor("alice"), values={"customer": b, "text": "谈"})]
        answers = together(lambda n, leave=leave, add=add: leave() if n == 0 else add[n % 2](), 9)
        assert not isinstance(answers[0], Exception), answers[0]
        assert set(kinds(answers)) <= {"done", "Missing", "Invalid"}, kinds(answers)
        kept = sum(not isinstance(a, Exception) for a in answers[1:])
        for model in (Contact, FollowUp):
            assert not model._base_manager.filter(customer=goes, deleted_at=None).exists(), "left behind at a customer who is gone"
        found = sum(m._base_manager.filter(customer__in=(stays, goes)).count() for m in (Contact, FollowUp))
        assert found == kept
    history_agrees()


def test_no_unit_comes_to_stand_below_itself(world):
    units, home = world.units, {code: unit.parent_id for code, unit in world.units.items()}
    pairs = [("east", "west_sales", "west", "east_sales"),
             ("east", "west", "west", "east"), ("east_sales", "east_market", "east_market", "east_team")]
    for _round in range(count(2, 50)):
        for first, below, second, under in pairs:
            moves = [(units[first].pk, units[below].pk), (units[second].pk, units[under].pk)]
            answers = together(lambda n, moves=moves: run("unit_move", moves[n][0], world.actor("admin"), {"parent": moves[n][1]}), 2)
            Tree(Unit.objects.values_list("id", "parent_id", "kind"))  # raises when the way up is a circle
            assert kinds(answers) == {"done": 1, "Invalid": 1}, answers
            for code, parent in home.items():
                Unit.objects.filter(pk=units[code].pk).update(parent=parent)
    assert tree().below(units["hq"].pk) == {u.pk for u in units.values()}


def test_reassigning_and_changing_at_once(world):
    heirs = ("carol", "sam")
    for _round in range(count(1, 50)):
        customer = world.customer("甲")

        def work(n: int, pk: int = customer.pk):
            if n % 2:
                return run("customer_reassign", pk, world.actor("sam"), {"owner": world.users[heirs[n // 2 % 2]].pk, "reason": "均衡"})
            return run("customer_update", pk, world.actor("mona"), values={"employees": str(n + 1)}, version=None if n % 4 else 1)

        answers = together(work)
        assert set(kinds(answers)) <= {"done", "Refused", "Stale", "VersionNeeded"}, kinds(answers)
        done = [n for n, a in enumerate(answers) if not isinstance(a, Exception)]
        customer.refresh_from_db()
        assert customer.owner.username in heirs and customer.unit_id == world.units["east_sales"].pk
        assert customer.version == 1 + len(done) == 1 + audited("customers_customer", "U", customer.pk)
        assert customer.employees == 1 + next(n for n in done if n % 2 == 0)
    history_agrees()


def test_what_can_be_had_once_is_had_once(world):
    customer = world.customer("甲")
    plan = {"customer": customer.pk, "text": "谈", "next_step": "回访", "next_step_at": TOMORROW}
    for _round in range(count(1, 50)):
        run("followup_create", None, world.actor("alice"), values=plan)
        task = Task.objects.get(about_id=customer.pk, done_at=None)
        assert kinds(together(lambda n, pk=task.pk: run("task_complete", pk, world.actor("alice")))) == {"done": 1, "Refused": CLIENTS - 1}
        assert Event.objects.filter(name="task.completed", record_id=task.pk).count() == 1
        secret = issue_link("reset", world.users["alice"])
        assert sum(link is not None for link in together(lambda n, secret=secret: redeem_link("reset", secret))) == 1
        actor = world.actor("alice")
        made, _book, _guesses = open_file(registry["customer"], actor, io.BytesIO("名称\r\n乙".encode()), "a.csv")
        settle(made, actor, run_plan(made))
        assert kinds(together(lambda n, made=made: start_import(made, world.actor("alice")))) == {"done": 1, "Refused": CLIENTS - 1}
        assert Job.objects.filter(name="exchange.import", args={"run": made.pk}).count() == 1


def test_a_colleague_joins_a_team_once(world):
    customer = world.customer("甲")
    answers = together(lambda n: run("customer_share", customer.pk, world.actor("alice"), {"user": world.users["carol"].pk, "level": "2"}))
    assert kinds(answers) == {"done": CLIENTS}
    assert Share.objects.filter(resource="customer", record_id=customer.pk).count() == 1


def test_nobody_becomes_his_own_manager(world):
    staff = {name: Staff.objects.create(user=world.users[name], name=name, unit=world.units["east_sales"]) for name in ("carol", "alice")}
    for _round in range(count(2, 50)):
        one, two = staff["carol"].pk, staff["alice"].pk
        pairs = [(one, world.users["alice"].pk), (two, world.users["carol"].pk)]
        answers = together(lambda n, p=pairs: run("staff_update", p[n][0], world.actor("admin", "system"), values={"manager": p[n][1]}), 2)
        assert kinds(answers) == {"done": 1, "Invalid": 1}, answers
        Staff.objects.update(manager=None)


def caller_of(world, name: str) -> Caller:
    return Caller(issue_token(world.users[name], "test", ["write"], None)[1])


def test_one_key_sent_by_many_has_one_effect(world):
    for round_ in range(count(1, 100)):
        secret = caller_of(world, "alice").secret
        answers = together(lambda n, s=secret, r=round_: Caller(s)("POST", "customers", {"name": f"甲 {r}"}, idempotency_key=f"k{r}"))
        assert {a.status_code for a in answers} == {201} and len({a.content for a in answers}) == 1
        assert sum("Idempotency-Replayed" not in a for a in answers) == 1
        made = Customer.objects.get(name=f"甲 {round_}")
        assert Event.objects.filter(name="customer.created", record_id=made.pk).count() == 1
        assert Caller(secret)("POST", "customers", {"name": "乙"}, idempotency_key=f"k{round_}").status_code == 422
    history_agrees()


def test_keyed_calls_that_lock_each_other_out_are_done_again(world):
    boss = caller_of(world, "sam").secret
    for round_ in range(count(3, 50)):
        one, two = world.customer("甲"), world.customer("乙")
        sides = [(one.pk, two.pk), (two.pk, one.pk)]
        answers = together(lambda n, sides=sides, r=round_: Caller(boss)("POST", f"customers/{sides[n][0]}/merge", {"other": sides[n][1]},
                                                                         idempotency_key=f"m{r}/{n}"), 2)
        assert sorted(a.status_code for a in answers) == [200, 404], [a.content for a in answers]
