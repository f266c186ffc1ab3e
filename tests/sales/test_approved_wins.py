"""Winning a key customer's opportunity waits for an approval once an administrator has switched the process on; otherwise it happens at once."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pellucid.kernel.access.models import Grant, Proxy, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import reaches, run
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.processes import effects, jobs, store
from pellucid.kernel.processes.models import (
    Assignment,
    Effect,
    LogLine,
    Process,
    ProcessInstance,
    ProcessVersion,
    Step,
    Timer,
    Verdict,
)
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Failure, Forbidden, Invalid, Missing, Refused
from pellucid.sales.models import Opportunity
from tests.reliability.clients import kinds, together

from .test_opportunities import APART, deal  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db
SIZE = {"id": "size", "type": "condition", "name": {"zh-hans": "项目规模", "en": "Size"}, "branches": [
    {"id": "big", "name": {"zh-hans": "百万以上", "en": "A million"}, "when": "f.amount=gte:1000000", "steps": [
        {"id": "board", "type": "approval", "name": {"zh-hans": "评审会", "en": "Board"}, "mode": "n", "need": 2, "dedupe": "never", "binding": True,
         "who": [{"kind": "role", "role": "executive"}, {"kind": "role", "role": "finance"}, {"kind": "role", "role": "branch_manager"}]}]},
    {"id": "else", "name": {"zh-hans": "其他", "en": "Otherwise"}}]}  # fmt: skip
LINE = {"id": "line", "type": "approval", "name": {"zh-hans": "销售经理审批", "en": "Sales manager"},
        "who": [{"kind": "role", "role": "sales_manager"}],
        "deadline": {"after": "1wd", "remind": ["4wh"], "then": "manager", "every": "1wd"}}  # fmt: skip


def definition(*steps: dict, **head: object) -> dict:
    return {
        "schema": "pellucid.process/1", "key": "key_win", "name": {"zh-hans": "重点客户赢单审批", "en": "Winning a key customer"},
        "subject": "opportunity", "gate": "win", "when": "f.customer_level=in:A", "watch": ["amount"],
        "admins": [{"kind": "role", "role": "admin"}], "steps": [{"id": "start", "type": "start"}, *(steps or (LINE, SIZE))],
    } | head  # fmt: skip


@pytest.fixture
def approval(world):
    """The process, published and switched on."""

    def make(*steps: dict, **head: object) -> Process:
        made = run("process_publish", None, world.actor("admin"), {"body": json.dumps(definition(*steps, **head))}).value
        run("process_switch_on", made.pk, world.actor("admin"))
        return made

    return make


@pytest.fixture
def key_deal(world, deal):  # noqa: F811
    """An opportunity of a key customer."""

    def make(amount: str = "420000", name: str = "苏州恒砺精密制造有限公司") -> Opportunity:
        return deal(customer=world.customer(name, level="A"), amount=amount, expected_on="2026-12-20")

    return make


def won(world, one: Opportunity, by: str = "alice", **inputs: object):
    return run("opportunity_win", one.pk, world.actor(by), {"nobody": True, **inputs})


def say(world, row: ProcessInstance, verb: str, by: str, **inputs: object):
    outcome = run(f"processinstance_{verb}", row.pk, world.actor(by), inputs)
    effects.attempt(row.pk)
    row.refresh_from_db()
    return outcome


def asked(row: ProcessInstance) -> list[str]:
    return list(Assignment.objects.filter(instance=row, state="pending").order_by("no").values_list("person__username", flat=True))


def test_without_a_process_in_use_it_happens_at_once(world, key_deal):
    one = key_deal()
    assert won(world, one).state == "done"
    made = run("process_publish", None, world.actor("admin"), {"body": json.dumps(definition())}).value
    other = key_deal(name="无锡众成机电有限公司")
    assert won(world, other).state == "done", "published, but not switched on"
    assert Process.objects.get(pk=made.pk).is_on is False


def test_it_waits_goes_its_way_and_is_done_by_who_asked_for_it(world, key_deal, approval):
    approval()
    one = key_deal()
    outcome = won(world, one, amount="450000", note="客户已盖章")
    row = outcome.waiting
    assert (outcome.state, outcome.status, row.name) == ("waiting", 202, "重点客户赢单审批 · 三号线改造")
    one.refresh_from_db()
    assert (one.state, one.amount) == ("open", Decimal("420000.00")), "waiting writes nothing but the request"
    assert row.inputs == {"amount": "450000.00", "against": [], "nobody": True, "note": "客户已盖章"}
    assert asked(row) == ["sam"]
    assert Notice.objects.filter(user=world.users["sam"], kind="process_asked", record_id=row.pk).exists()
    say(world, row, "approve", "sam", comment="同意")
    one.refresh_from_db()
    assert (row.state, row.outcome) == ("ended", "approved")
    assert (one.state, one.amount, one.closing_note) == ("won", Decimal("450000.00"), "客户已盖章")
    event = Event.objects.filter(name="opportunity.won", record_id=one.pk).get()
    assert (event.actor_id, event.door, event.cause) == (world.users["alice"].pk, "process", row.cause)
    assert [line.what for line in LogLine.objects.filter(instance=row).order_by("id")] == [
        "started", "finished", "approve", "finished", "branch", "finished", "carried_out", "ended"]  # fmt: skip


def test_other_customers_and_other_moves_do_not_wait(world, deal, key_deal, approval):  # noqa: F811
    approval()
    assert won(world, deal(amount="1", expected_on="2026-12-20")).state == "done"
    why = {"nobody": True, "loss_reason": terms.find("loss_reason", "price")}
    lost = run("opportunity_lose", key_deal(name="常州远大科技有限公司").pk, world.actor("alice"), why)
    assert lost.state == "done"


def test_above_a_million_two_different_people_agree(world, key_deal, approval):
    approval()
    row = won(world, key_deal("1200000")).waiting
    say(world, row, "approve", "sam")
    assert sorted(asked(row)) == ["erin", "fay", "mona", "wendy"]
    step = Step.objects.get(instance=row, node="size")
    assert step.data == {"branch": "big", "facts": [{"when": "f.amount=gte:1000000", "met": True, "values": {"amount": "1200000.00"}}]}
    say(world, row, "approve", "fay")
    with pytest.raises(Refused):
        say(world, row, "approve", "fay")
    assert row.state == "running"
    say(world, row, "approve", "mona")
    assert row.outcome == "approved"


def test_a_rejection_leaves_the_record_as_it_is_and_says_why(world, key_deal, approval):
    approval()
    one = key_deal()
    row = won(world, one).waiting
    with pytest.raises(Invalid):
        say(world, row, "reject", "sam")
    say(world, row, "reject", "sam", comment="价格未谈妥")
    one.refresh_from_db()
    assert (row.outcome, one.state) == ("rejected", "open")
    assert Verdict.objects.get(instance=row).comment == "价格未谈妥"
    assert won(world, one).state == "waiting", "it can be asked for again"


def test_the_same_move_waits_once(world, key_deal, approval):
    approval()
    one = key_deal()
    won(world, one)
    with pytest.raises(Refused, match="三号线改造"):
        won(world, one)
    batch = run_many("opportunity_win", [one.pk], world.actor("alice"), {"nobody": True})
    assert not batch.done and ProcessInstance.objects.count() == 1


def test_what_is_being_decided_is_not_changed_meanwhile(world, key_deal, approval):
    approval()
    one = key_deal()
    row = won(world, one).waiting
    with pytest.raises(Refused, match=row.name):
        run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1"}, version=one.version)
    run("opportunity_update", one.pk, world.actor("alice"), values={"name": "四号线改造"}, version=one.version)
    say(world, row, "withdraw", "alice")
    assert row.outcome == "withdrawn"
    one.refresh_from_db()
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1"}, version=one.version)


def test_a_change_may_lead_back_to_the_start_or_only_be_noted(world, key_deal, approval):
    process = approval(on_change="restart")
    one = key_deal()
    row = won(world, one).waiting
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1"}, version=one.version)
    assert asked(row) == ["alice"]
    say(world, row, "submit", "alice")
    assert asked(row) == ["sam"]
    run("process_publish", None, world.actor("admin"), {"body": json.dumps(definition(on_change="note"))})
    assert Process.objects.get(pk=process.pk).versions.count() == 2
    row.refresh_from_db()
    assert row.edition.number == 1, "what runs stays on its version"


def test_who_asked_for_it_never_decides_not_even_as_a_proxy(world, key_deal, approval):
    approval()
    now = timezone.now()
    Proxy.objects.create(owner=world.users["sam"], proxy=world.users["alice"], starts_at=now, ends_at=now + timezone.timedelta(days=1))
    row = won(world, key_deal()).waiting
    with pytest.raises(Refused):
        say(world, row, "approve", "alice")
    for stranger in ("bob", "carol"):
        with pytest.raises(Missing):
            say(world, row, "approve", stranger)


def test_a_proxy_decides_and_both_are_named(world, key_deal, approval):
    approval()
    now = timezone.now()
    Proxy.objects.create(owner=world.users["sam"], proxy=world.users["carol"], starts_at=now, ends_at=now + timezone.timedelta(days=1))
    row = won(world, key_deal()).waiting
    assert reaches(ProcessInstance, row.pk, world.actor("carol"))
    say(world, row, "approve", "carol")
    made = Verdict.objects.get(instance=row)
    assert (made.actor, made.behalf) == (world.users["carol"], world.users["sam"])
    assert row.outcome == "approved"


def test_who_is_asked_or_was_reads_the_request_and_nobody_else(world, key_deal, approval):
    approval()
    row = won(world, key_deal()).waiting
    readers = {name for name in world.users if reaches(ProcessInstance, row.pk, world.actor(name))}
    assert readers == {"alice", "sam", "admin", "audrey", "erin"}, "erin catches what the headquarters' people leave"
    say(world, row, "transfer", "sam", person=world.users["mona"].pk)
    assert asked(row) == ["mona"]
    assert reaches(ProcessInstance, row.pk, world.actor("sam")) and reaches(ProcessInstance, row.pk, world.actor("mona"))


def test_what_is_refused_after_the_approval_stops_and_is_tried_again(world, key_deal, approval):
    approval()
    one = key_deal()
    row = won(world, one).waiting
    Opportunity.objects.filter(pk=one.pk).update(amount=0)
    say(world, row, "approve", "sam")
    one.refresh_from_db()
    assert (row.state, one.state) == ("running", "open"), "the decision stands, the move did not happen"
    held = Step.objects.get(instance=row, node="#gate").data["held"]
    assert held["why"] == "failed" and held["error"]
    assert asked(row) == ["admin"]
    Opportunity.objects.filter(pk=one.pk).update(amount=5)
    with pytest.raises(Refused):
        say(world, row, "skip", "admin", comment="-")
    say(world, row, "retry", "admin")
    one.refresh_from_db()
    assert (row.outcome, one.state) == ("approved", "won")


def test_the_right_is_asked_again_when_it_is_carried_out(world, key_deal, approval):
    approval()
    one = key_deal()
    row = won(world, one).waiting
    Grant.objects.filter(user=world.users["alice"]).delete()
    say(world, row, "approve", "sam")
    one.refresh_from_db()
    assert (row.state, one.state) == ("running", "open")


def test_deadlines_come_by_themselves_and_escalate(world, key_deal, approval):
    approval()
    row = won(world, key_deal()).waiting
    Timer.objects.filter(instance=row).update(at=timezone.now())
    assert jobs.timers() == 2
    assert asked(row) != ["sam"] and len(asked(row)) == 1
    assert Timer.objects.filter(instance=row, state="armed", kind="due").count() == 1


def test_who_leaves_is_followed(world, key_deal, approval):
    approval()
    row = won(world, key_deal()).waiting
    world.users["sam"].is_active = False
    world.users["sam"].save()
    assert jobs.left(world.users["sam"].pk) == 1
    assert len(asked(row)) == 1 and asked(row) != ["sam"]


def test_a_published_version_is_never_changed(world, approval):
    version = ProcessVersion.objects.get(process=approval())
    for change in ({"body": {}}, {"number": 7}, {"state": "draft", "published_at": None}):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            ProcessVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM processes_processversion WHERE id = %s", [version.pk])


def test_what_cannot_work_is_not_published(world):
    wrong = definition(LINE, {"id": "s", "type": "condition", "branches": [{"id": "a", "when": "f.gone=gte:1"}, {"id": "b"}]})
    with pytest.raises(Invalid) as told:
        run("process_publish", None, world.actor("admin"), {"body": json.dumps(wrong)})
    assert "gone" in str(told.value)
    with pytest.raises(Forbidden):
        run("process_publish", None, world.actor("erin"), {"body": json.dumps(definition())})


def test_nothing_waits_for_nobody(world, key_deal, approval):
    approval()
    row = won(world, key_deal()).waiting
    assert not jobs.waiting_for_nothing().exists()
    Assignment.objects.filter(instance=row).update(state="superseded", closed_at=timezone.now())
    assert jobs.waiting_for_nothing().get() == row


@APART
def test_of_many_deciders_at_once_one_is_counted(world, key_deal, approval):
    role = Role.objects.get(code="sales_manager")
    people = [u for n, u in world.users.items() if n not in ("alice", "admin")]
    for user in people:
        Grant.objects.get_or_create(user=user, role=role, unit=world.units["hq"])
    approval()
    one = key_deal()
    row = won(world, one).waiting
    names = [n for n, u in world.users.items() if u in people]

    def decide(n: int):
        verb = "approve" if n % 2 else "reject"
        return run(f"processinstance_{verb}", row.pk, world.actor(names[n % len(names)]), {"comment": "-"})

    answers = kinds(together(decide, 32))
    assert answers["done"] == 1 and answers["Refused"] + answers["Missing"] == 31, answers
    assert Verdict.objects.filter(instance=row).count() == 1
    row.refresh_from_db()
    assert row.state == "ended" and Counter(Step.objects.filter(instance=row).values_list("state", flat=True))["open"] == 0


@APART
def test_of_many_who_ask_at_once_one_request_begins(world, key_deal, approval):
    approval()
    one = key_deal()
    answers = together(lambda n: won(world, one), 16)
    assert sum(getattr(a, "state", "") == "waiting" for a in answers) == 1
    assert all(isinstance(a, Failure) or a.state == "waiting" for a in answers)
    assert ProcessInstance.objects.count() == 1


@APART
def test_what_waited_is_carried_out_once_however_many_try(world, key_deal, approval):
    approval()
    one = key_deal()
    row = won(world, one).waiting
    kept, store.attempts[:] = store.attempts[:], []  # as if the process had died right after its commit
    run("processinstance_approve", row.pk, world.actor("sam"))
    store.attempts[:] = kept
    assert Effect.objects.get(instance=row, kind="gate").state == "due"
    together(lambda n: effects.attempt(row.pk), 8)
    one.refresh_from_db()
    assert one.state == "won" and Event.objects.filter(name="opportunity.won", record_id=one.pk).count() == 1
