"""What runs when a new version is published stays, moves over where it stands, or begins anew; and a definition travels as a file."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.processes import drafts, moving, store
from pellucid.kernel.processes.definition import Plan, read
from pellucid.kernel.processes.designing import operations as op
from pellucid.kernel.processes.designing.portable import exported, imported, unknown
from pellucid.kernel.processes.models import Assignment, LogLine, Process, ProcessInstance, Step
from pellucid.kernel.records.errors import Invalid
from tests.samples import record_of

pytestmark = pytest.mark.django_db


def by(role: str) -> dict:
    return {"who": [{"kind": "role", "role": role}], "mode": "any", "dedupe": "never"}


@pytest.fixture
def process(world) -> Process:
    """First the sales manager, then finance."""
    made = run("process_begin", None, world.actor("admin"), {"subject": "task", "name": "任务审批"}).value
    body = op.put(drafts.opened(made).body, at="approval_1", given=by("sales_manager"))
    body, _at = op.insert(body, at="approval_1", kind="approval")
    publish(world, made, op.put(body, at="approval_2", given=by("finance")), 1, use="1")
    return made


def publish(world, process: Process, body: dict, revision: int = 0, **more: str) -> None:
    admin = world.actor("admin")
    kept = run("process_keep_draft", process.pk, admin, {"body": json.dumps(body), "revision": revision}).value
    run("process_publish_draft", process.pk, admin, {"revision": kept, **more})


@pytest.fixture
def row(world, process) -> ProcessInstance:
    return run("task_request", record_of("task", world).pk, world.actor("alice"), {"process": process.pk}).value


def asked(row: ProcessInstance) -> list[str]:
    return sorted(Assignment.objects.filter(instance=row, state="pending").values_list("person__username", flat=True))


def agree(world, row: ProcessInstance, name: str) -> None:
    run("processinstance_approve", row.pk, world.actor(name), {})
    row.refresh_from_db()


def longer(process: Process) -> dict:
    """Two sales managers instead of one, and the warehouse at the end."""
    body = op.put(drafts.opened(process).body, at="approval_1", given={"mode": "n", "need": 2, "deadline": None})
    body, _at = op.insert(body, at="approval_2", kind="approval")
    return op.put(body, at="approval_3", given=by("warehouse"))


def test_what_runs_stays_on_its_version_unless_something_else_is_said(world, process, row) -> None:
    publish(world, process, longer(process))
    row.refresh_from_db()
    assert row.edition.number == 1
    agree(world, row, "sam")
    agree(world, row, "fay")
    assert row.outcome == "approved"


def test_what_moves_keeps_the_rule_it_was_opened_with_and_goes_on_by_the_new_version(world, process, row) -> None:
    publish(world, process, longer(process), running="move")
    row.refresh_from_db()
    assert row.edition.number == 2 and asked(row) == ["sam"]
    agree(world, row, "sam")
    assert asked(row) == ["fay"], "one is enough, as when it was opened"
    agree(world, row, "fay")
    assert asked(row) == ["walt"]
    agree(world, row, "walt")
    assert row.outcome == "approved"


def test_what_cannot_move_stays_and_says_why(world, process, row) -> None:
    body, _at = op.remove(drafts.opened(process).body, at="approval_1")
    with translation.override("en"):
        movable, stays = moving.preview(process, Plan(read(body)))
    assert (movable, [why for _row, why in stays]) == (0, ["“approval_1”, which is open, is not there any more."])
    publish(world, process, body, running="move")
    row.refresh_from_db()
    assert row.edition.number == 1 and asked(row) == ["sam"]


def test_what_stands_elsewhere_or_in_other_lanes_does_not_move(world, process) -> None:
    body, both = op.insert(drafts.opened(process).body, at="start", kind="parallel")
    publish(world, process, body)
    row = run("task_request", record_of("task", world).pk, world.actor("sam"), {"process": process.pk}).value
    more, _lane = op.add_part(body, at=both)
    with translation.override("en"):
        assert "has other lanes" in moving.keeps_from(store.loaded(row), Plan(read(more)))
        swapped = json.loads(json.dumps(body).replace("approval_3", "x").replace("approval_4", "approval_3").replace('"x"', '"approval_4"'))
        assert "stands somewhere else" in moving.keeps_from(store.loaded(row), Plan(read(swapped)))


def test_what_begins_anew_goes_back_to_who_asked_for_it(world, process, row) -> None:
    agree(world, row, "sam")
    publish(world, process, longer(process), running="restart")
    row.refresh_from_db()
    assert row.edition.number == 2 and asked(row) == ["alice"]
    assert Step.objects.filter(instance=row, state="open").get().node == "start"


def test_a_definition_travels_by_names_and_asks_for_whom_it_does_not_know(world, process) -> None:
    body = op.put(drafts.opened(process).body, at="approval_1", given={"who": [{"kind": "person", "ids": [world.users["sam"].pk]},
                                                                              {"kind": "unit", "ids": [world.units["east"].pk]}]})  # fmt: skip
    file = json.loads(json.dumps(exported(body)))
    assert [w.get("names") for w in file["process"]["steps"][1]["who"]] == [[world.users["sam"].name], [world.units["east"].name]]
    assert unknown(file) == [] and imported(file, {}) == body
    text = json.dumps(file, ensure_ascii=False).replace(world.users["sam"].name, "赵某").replace('"finance"', '"treasury"')
    strange = json.loads(text)
    assert unknown(strange) == [("person", "赵某"), ("role", "treasury")]
    answers = {("person", "赵某"): world.users["mona"].pk, ("role", "treasury"): "finance"}
    assert imported(strange, answers)["steps"][1]["who"][0]["ids"] == [world.users["mona"].pk]
    assert imported(strange, answers)["steps"][2]["who"][0]["role"] == "finance"
    assert imported(strange, {})["steps"][1]["who"][0]["ids"] == []


def test_a_process_that_is_switched_off_begins_nothing_and_lets_what_runs_go_on(world, process, row) -> None:
    run("process_switch_off", process.pk, world.actor("admin"))
    with pytest.raises(Invalid):
        run("task_request", record_of("task", world).pk, world.actor("alice"), {"process": process.pk})
    agree(world, row, "sam")
    agree(world, row, "fay")
    assert row.outcome == "approved"
    run("process_switch_on", process.pk, world.actor("admin"))
    assert run("task_request", record_of("task", world).pk, world.actor("alice"), {"process": process.pk}).value.state == "running"


def test_a_process_may_take_what_runs_with_it_and_its_requesters_learn_of_it(world, process, row) -> None:
    other = run("task_request", record_of("task", world).pk, world.actor("alice"), {"process": process.pk}).value
    run("process_switch_off", process.pk, world.actor("admin"), {"running": "withdraw", "reason": "改用新流程"})
    for one in (row, other):
        one.refresh_from_db()
        assert (one.state, one.outcome, asked(one)) == ("ended", "withdrawn", [])
        assert Notice.objects.filter(user=world.users["alice"], kind="process_ended", record_id=one.pk).exists()
        line = LogLine.objects.filter(instance=one, what="withdraw").get()
        assert (line.actor_id, line.data["comment"]) == (world.users["admin"].pk, "改用新流程")
    assert Event.objects.filter(resource="process", record_id=process.pk).latest("id").payload["withdrawn"] == 2
