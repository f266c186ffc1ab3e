"""What a designer does: steps come, go and move, ids stay, drafts are kept, nobody's work is lost, what is published is checked first."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import drafts
from pellucid.kernel.processes.actions.drafting import Overtaken
from pellucid.kernel.processes.definition import read
from pellucid.kernel.processes.designing import operations as op
from pellucid.kernel.processes.designing.outline import Outline
from pellucid.kernel.processes.models import Process
from pellucid.kernel.records.errors import Invalid, Missing, Refused


def order(body: dict) -> list[str]:
    return [step["id"] for step, _s in op.walk(body["steps"])]


@pytest.fixture
def body() -> dict:
    return op.blank("p", "task", {"zh-hans": "试"})


def test_steps_come_behind_the_one_named_or_first_in_a_branch(body: dict) -> None:
    body, at = op.insert(body, at="start", kind="condition")
    assert order(body) == ["start", "condition_1", "approval_1"] and at == "condition_1"
    first, last = op.step_of(body, at)[0]["branches"]
    assert (first["when"], "when" in last) == ("", False)
    body, at = op.insert(body, at=first["id"], kind="task")
    body, _at = op.insert(body, at=first["id"], kind="wait")
    assert order(body) == ["start", "condition_1", "wait_1", "task_1", "approval_1"]
    read(body)


def test_ids_stay_when_things_move_and_the_last_branch_stays_last(body: dict) -> None:
    body, at = op.insert(body, at="start", kind="condition")
    body, second = op.add_part(body, at=at)
    ids = [b["id"] for b in op.step_of(body, at)[0]["branches"]]
    assert ids[1] == second
    moved, _at = op.move(body, at=second, by="-1")
    assert [b["id"] for b in op.step_of(moved, at)[0]["branches"]] == [ids[1], ids[0], ids[2]]
    for wrong in ({"at": ids[1], "by": "1"}, {"at": ids[2], "by": "-1"}, {"at": "start", "by": "1"}, {"at": at, "by": "-1"}):
        with pytest.raises(Refused):
            op.move(body, **wrong)
    moved, _at = op.move(body, at=at, by="1")
    assert order(moved) == ["start", "approval_1", "condition_1"]


def test_what_may_not_go_stays(body: dict) -> None:
    body, both = op.insert(body, at="approval_1", kind="parallel")
    lanes = [lane["id"] for lane in op.step_of(body, both)[0]["lanes"]]
    for wrong in ("start", lanes[0], "nowhere"):
        with pytest.raises(Refused):
            op.remove(body, at=wrong)
    body, third = op.add_part(body, at=both)
    body, stand = op.remove(body, at=third)
    assert stand == both
    body, stand = op.remove(body, at=both)
    assert order(body) == ["start", "approval_1"] and stand == "approval_1"


@pytest.fixture
def process(world) -> Process:
    return run("process_begin", None, world.actor("admin"), {"subject": "task", "name": "任务审批"}).value


def keep(world, process: Process, body: dict, revision: int) -> int:
    return run("process_keep_draft", process.pk, world.actor("admin"), {"body": json.dumps(body), "revision": revision}).value


@pytest.mark.django_db
def test_a_draft_is_kept_under_its_revision_and_nobody_is_written_over(world, process) -> None:
    sheet = drafts.opened(process)
    assert (sheet.number, sheet.revision, process.is_on, process.active_id) == (1, 1, False, None)
    mine, _at = op.insert(sheet.body, at="start", kind="task")
    assert keep(world, process, mine, 1) == 2
    with pytest.raises(Overtaken):
        keep(world, process, sheet.body, 1)
    assert drafts.opened(process).body == mine
    with pytest.raises(Invalid):
        keep(world, process, mine | {"key": "other"}, 2)
    with pytest.raises(Missing):
        run("process_keep_draft", process.pk, world.actor("alice"), {"body": json.dumps(mine), "revision": 2})


@pytest.mark.django_db
def test_what_is_published_is_checked_and_the_next_draft_is_the_next_version(world, process) -> None:
    admin = world.actor("admin")
    sheet = drafts.opened(process)
    wrong, _at = op.insert(sheet.body, at="start", kind="action")
    revision = keep(world, process, wrong, 1)
    with pytest.raises(Invalid), translation.override("en"):
        run("process_publish_draft", process.pk, admin, {"revision": revision})
    revision = keep(world, process, sheet.body, revision)
    with pytest.raises(Overtaken):
        run("process_publish_draft", process.pk, admin, {"revision": revision - 1})
    run("process_publish_draft", process.pk, admin, {"revision": revision, "note": "首次", "use": "1"})
    process.refresh_from_db()
    assert process.is_on and process.active.number == 1 and process.active.state == "published" and process.active.digest
    sheet = drafts.opened(process)
    assert sheet.revision == 0
    assert keep(world, process, sheet.body, 0) == 1
    assert drafts.opened(process).number == 2
    with pytest.raises(Overtaken):
        keep(world, process, sheet.body, 0)
    run("process_discard_draft", process.pk, admin)
    assert drafts.opened(process).revision == 0


@pytest.mark.django_db
def test_the_tree_says_what_is_wrong_where_it_is(world, process) -> None:
    body, at = op.insert(drafts.opened(process).body, at="start", kind="condition")
    with translation.override("en"):
        outline = Outline(read(body), world.actor("admin"))
        rows = outline.rows()
    assert [(r["id"], r["number"]) for r in rows] == [("start", ""), (at, ""), ("approval_1", "1")]
    assert rows[1]["wrong"] == ["only the last branch may be for everything else."]
    assert rows[1]["sentence"] == "Condition; the first branch that holds; 2 branches; only the last branch may be for everything else."
    assert rows[2]["sentence"] == "1 Approval; Direct manager · within 1 working day"
