"""What a process does by itself on a deal: fields set, records made, the stage moved; once, under rights, and a refusal waits for a person."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone, translation

from pellucid.collaboration.models import Task
from pellucid.kernel.actions.run import run
from pellucid.kernel.automation.models import Endpoint, Message
from pellucid.kernel.events.models import Event
from pellucid.kernel.processes import effects
from pellucid.kernel.processes.models import Effect, Process, ProcessInstance, Step
from pellucid.kernel.processes.showing import detail
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid

from .test_approved_wins import approval, asked, deal, definition, key_deal, say, won  # noqa: F401  (fixtures and helpers)

pytestmark = pytest.mark.django_db
FORM = [{"name": "why", "label": {"zh-hans": "理由", "en": "Why"}}, {"name": "day", "label": {"zh-hans": "交货日", "en": "Day"}, "kind": "date"},
        {"name": "who", "label": {"zh-hans": "复核人", "en": "Checker"}, "kind": "user"}]  # fmt: skip
FILL = {"id": "fill", "type": "task", "who": [{"kind": "role", "role": "warehouse"}], "fields": {"edit": ["why", "day", "who"], "require": ["why"]}}
KEEP = {"id": "keep", "type": "set", "name": {"zh-hans": "记下交期", "en": "Keep the day"},
        "inputs": {"expected_on": {"field": "form_day"}, "note": "{form_why}：{name}"}}  # fmt: skip
CHECK = {"id": "check", "type": "create", "name": {"zh-hans": "安排复核", "en": "Have it checked"}, "call": "task",
         "inputs": {"name": "复核 {name}", "owner": {"field": "form_who"}, "due_at": {"days": 2}}}  # fmt: skip


def later(row: ProcessInstance) -> None:
    """What failed is tried again at once."""
    Effect.objects.filter(instance=row, state="due").update(next_at=timezone.now())
    effects.attempt(row.pk)
    row.refresh_from_db()


def test_fields_are_set_and_a_record_is_made_with_what_the_form_and_the_record_hold(world, key_deal, approval):  # noqa: F811
    approval(FILL, KEEP, CHECK, form=FORM)
    one = key_deal()
    row = won(world, one).waiting
    say(world, row, "submit", "walt", form_why="客户要求", form_day="2027-01-15", form_who=str(world.users["bob"].pk))
    one.refresh_from_db()
    assert (one.note, one.expected_on, one.state) == ("客户要求：三号线改造", dt.date(2027, 1, 15), "won")
    made = Task.objects.get(name="复核 三号线改造")
    assert made.owner_id == world.users["bob"].pk and days.day_of(made.due_at) == days.today() + dt.timedelta(days=2)
    event = Event.objects.get(name="task.created", record_id=made.pk)
    assert (event.actor_id, event.door, event.cause) == (None, "process", row.cause)
    assert event.reason == "流程“重点客户赢单审批”第 1 版"
    shown = detail(ProcessInstance.objects.get(pk=row.pk), world.actor("bob"))
    assert [(m["label"], m["href"]) for m in shown["made"]] == [("复核 三号线改造", f"/tasks/{made.pk}")]
    assert detail(row, world.actor("walt"))["made"] == [], "who may not see it is not shown it"
    assert [s["what"] for s in shown["route"] if s["icon"] == "pencil"] == ["记下交期"]


def test_whatever_breaks_in_between_it_is_done_once(world, key_deal, approval, monkeypatch):  # noqa: F811
    approval({**CHECK, "inputs": {"name": "复核", "due_at": {"days": 2}}})
    real, broken = effects.done, [RuntimeError("the power went"), RuntimeError("again")]

    def done(run_, no, result=None):
        if broken and run_.i.work[no].kind == "create":
            raise broken.pop()
        return real(run_, no, result)

    monkeypatch.setattr(effects, "done", done)
    row = won(world, key_deal()).waiting
    effects.attempt(row.pk)
    assert Task.objects.filter(name="复核").count() == 0 and Effect.objects.get(instance=row, kind="create").tries >= 1
    for _time in range(4):
        later(row)
    assert not broken, list(Step.objects.filter(instance=row).values("data"))
    later(row)
    assert Task.objects.filter(name="复核").count() == 1 and row.outcome == "approved"


def test_what_is_refused_waits_for_an_administrator_with_the_reason(world, key_deal, approval):  # noqa: F811
    approval({"id": "go", "type": "action", "call": "opportunity_advance"}, gate="", key="advance", watch=[])
    one = key_deal(amount="")
    for _time in range(2):
        run("opportunity_advance", one.pk, world.actor("alice"))
    process = run("opportunity_request", one.pk, world.actor("alice"), {"process": str(_process())}).value
    effects.attempt(process.pk)
    held = Step.objects.get(instance=process, node="go").data["held"]
    assert held["why"] == "failed" and "金额" in held["error"] and asked(process) == ["admin"]
    before = type(one).objects.get(pk=one.pk).stage_id
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "420000"}, version=type(one).objects.get(pk=one.pk).version)
    say(world, process, "retry", "admin")
    one.refresh_from_db()
    assert one.stage_id != before and process.outcome == "approved"
    assert Event.objects.filter(name="opportunity.moved", record_id=one.pk).latest("id").door == "process"


def _process() -> int:
    from pellucid.kernel.processes.models import Process

    return Process.objects.get(is_on=True).pk


def test_what_somebody_has_done_meanwhile_is_not_asked_for_again(world, key_deal, approval):  # noqa: F811
    """A process that ends by losing a deal which was lost by hand goes on; the deal is as it should be."""
    why = terms.dictionaries()["loss_reason"][0].id
    lose = {"id": "lose", "type": "action", "call": "opportunity_lose", "inputs": {"loss_reason": str(why)}}
    approval(FILL, lose, form=FORM, gate="", key="give_up", watch=[])
    one = key_deal()
    process = Process.objects.get(key="give_up")
    row = run("opportunity_request", one.pk, world.actor("alice"), {"process": process.pk}).value
    run("opportunity_lose", one.pk, world.actor("alice"), {"loss_reason": why, "nobody": True})
    say(world, row, "submit", "walt", form_why="客户停产")
    row.refresh_from_db()
    assert row.outcome == "approved" and Step.objects.get(instance=row, node="lose").data["result"] == {"already": True}


def test_another_program_is_told(world, key_deal, approval):  # noqa: F811
    endpoint = Endpoint.objects.create(name="ERP", url="https://example.com/hook", keeper=world.users["admin"])
    run("endpoint_new_secret", endpoint.pk, world.actor("admin"))
    approval({"id": "tell", "type": "webhook", "call": str(endpoint.pk), "inputs": {"fields": ["name", "amount"]}})
    one = key_deal()
    row = won(world, one).waiting
    effects.attempt(row.pk)
    data = json.loads(Message.objects.get().body)
    assert data["type"] == "opportunity.process" and data["data"]["fields"] == {"name": "三号线改造", "amount": "420000.00"}
    assert data["data"]["rule"] == "重点客户赢单审批" and data["data"]["id"] == one.pk


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ({"id": "s", "type": "set"}, "“s”: fill in at least one field."),
        ({"id": "s", "type": "set", "inputs": {"stage": "1"}}, "“s”: there is no field “stage” to fill in."),
        ({"id": "s", "type": "set", "inputs": {"expected_on": {"field": "form_why"}}}, "“s”: “Expected close” cannot be taken from “Why”."),
        ({"id": "s", "type": "set", "inputs": {"expected_on": "soon"}}, "“s”: “Expected close”"),
        ({"id": "s", "type": "create"}, "“s”: choose what is to be done."),
        ({"id": "s", "type": "create", "call": "task", "inputs": {}}, "“s”: “What” must be filled in."),
        ({"id": "s", "type": "webhook", "call": "99"}, "“s”: “99” is not there to be used."),
    ],
)
def test_what_cannot_be_done_is_not_published(world, step, why):
    with translation.override("en"), pytest.raises(Invalid) as refused:
        run("process_publish", None, world.actor("admin"), {"body": json.dumps(definition(step, form=FORM))})
    assert any(why in text for text in refused.value.errors[""]), refused.value.errors


def test_nobody_gives_a_process_rights_he_lacks(world, monkeypatch):
    admin = world.actor("admin")
    monkeypatch.setattr(type(admin), "may", lambda self, resource, verb: resource != "task")
    with pytest.raises(Forbidden):
        run("process_publish", None, admin, {"body": json.dumps(definition(CHECK, form=FORM))})
