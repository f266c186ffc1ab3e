"""What may be published, and the sentence that names the step when it may not."""

from __future__ import annotations

import copy

import pytest
from django.utils import translation

from pellucid.kernel.processes.definition import Plan, read
from pellucid.kernel.processes.publishing import Known, problems
from pellucid.kernel.records.errors import Invalid

KNOWN = Known(
    fields={"amount": "money", "owner": "user", "due": "date"},
    approvers=("person", "role", "manager", "field", "chosen", "decider", "requester"),
    moves=("win",),
    does=lambda node: () if node.call == "do_it" else [f"there is no action “{node.call}” for these records."],
    calls={"other": frozenset({"third"}), "third": frozenset({"p"}), "alone": frozenset()},
    wrong=lambda text: "" if text.startswith("f.amount=") else "no such field",
)
BOSS = [{"kind": "manager"}]
LANES = [{"id": "a", "steps": [{"id": "x", "type": "task", "who": BOSS}]}, {"id": "b", "steps": [{"id": "y", "type": "task", "who": BOSS}]}]


def told(*steps: dict, **head: object) -> list[str]:
    body = {"schema": "pellucid.process/1", "key": "p", "name": {"en": "P"}, "subject": "thing", "admins": [{"kind": "role", "role": "admin"}],
            "steps": [{"id": "start", "type": "start"}, *copy.deepcopy(steps)]} | head  # fmt: skip
    with translation.override("en"):
        return problems(read(body), KNOWN)


def approval(**more: object) -> dict:
    return {"id": "ok", "type": "approval", "name": {"en": "Agree"}, "who": BOSS} | more


def test_a_sound_process_has_no_problem() -> None:
    parallel = {"id": "both", "type": "parallel", "lanes": LANES, "on_reject": "start"}
    size = {"id": "size", "type": "condition", "branches": [{"id": "big", "when": "f.amount=gte:5"}, {"id": "else"}]}
    assert told(approval(binding=True, dedupe="never"), parallel, size, {"id": "run", "type": "action", "call": "do_it"}, gate="win") == []


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([approval(), approval()], "Two steps have the id “ok”."),
        ([approval(on_reject="lane")], "“Agree”: a rejection can only lose a lane inside a parallel part."),
        ([approval(binding=True)], "“Agree”: a binding approval must not pass by itself."),
        ([approval(who=[{"kind": "field", "field": "amount"}])], "“Agree”: “amount” is no person."),
        ([approval(who=[{"kind": "oracle"}])], "“Agree”: “oracle” is no way to name people."),
        ([approval(who=[{"kind": "decider", "node": "later"}])], "“Agree”: “later” is not decided before."),
        ([approval(fields={"edit": ["note"], "require": []})], "“Agree”: the form has no field “note”."),
        ([{"id": "w", "type": "wait"}], "“w”: wait either a time or until the day in a field."),
        ([{"id": "w", "type": "wait", "until": "owner"}], "“w”: “owner” is no date."),
        ([{"id": "r", "type": "action", "call": "fly"}], "“r”: there is no action “fly” for these records."),
        ([{"id": "s", "type": "subprocess", "call": "other"}], "“s”: the processes would start each other in a circle."),
        ([{"id": "s", "type": "subprocess", "call": ""}], "“s”: choose the process."),
        ([{"id": "s", "type": "subprocess", "call": "none"}], "“s”: there is no process “none”."),
        ([{"id": "e", "type": "end"}, approval()], "“e”: nothing behind an end is ever reached."),
        ([{"id": "again", "type": "start"}], "“again”: only the first step may be the requester's form."),
        ([{"id": "p", "type": "parallel", "lanes": LANES, "join": "n", "need": 3}], "“p”: 3 of 2 lanes cannot be."),
        ([{"id": "c", "type": "condition", "branches": [{"id": "a", "when": "f.amount=gte:5"}, {"id": "b", "when": "f.amount=gte:9"}]}],
         "“c”: the last branch must be for everything else."),
        ([{"id": "c", "type": "condition", "branches": [{"id": "a", "when": "f.gone=gte:5", "name": {"en": "Big"}}, {"id": "b"}]}],
         "“c”: “Big”: no such field"),
        ([{"id": "c", "type": "condition", "branches": [{"id": "a", "when": "f.amount=gte:5"}, {"id": "a"}]}],
         "“c”: two of its branches or lanes have the same id."),
        ([{"id": "p", "type": "parallel", "lanes": [{"id": "a", "steps": [{"id": "e", "type": "end"}]}, LANES[1]]}],
         "“e”: an end inside a parallel part would abandon the other lanes."),
    ],
)  # fmt: skip
def test_what_cannot_work_is_named_with_its_step(steps: list[dict], sentence: str) -> None:
    assert told(*steps) == [sentence]


def test_the_head_is_checked_too() -> None:
    assert told(approval(), admins=[]) == ["Name at least one administrator of the process."]
    assert told(approval(), gate="lose") == ["“lose” is no move of these records that could wait."]
    assert told(approval(), watch=["gone"]) == ["There is no field “gone” to watch."]
    assert told(steps=[approval()]) == ["The first step must be the requester's form."]


def test_an_unknown_word_is_refused_with_its_place() -> None:
    with translation.override("en"), pytest.raises(Invalid, match=r"unknown field `loop`.*steps\[1\]"):
        told(approval(loop=True))


def test_one_may_return_to_what_stands_before_on_the_own_path() -> None:
    body = {"schema": "pellucid.process/1", "key": "p", "name": {}, "subject": "thing", "steps": [
        {"id": "start", "type": "start"}, approval(),
        {"id": "both", "type": "parallel", "lanes": [
            {"id": "a", "steps": [{"id": "x1", "type": "task", "who": BOSS}, {"id": "x2", "type": "task", "who": BOSS}]},
            {"id": "b", "steps": [{"id": "y", "type": "task", "who": BOSS}]}]},
        {"id": "last", "type": "task", "who": BOSS}]}  # fmt: skip
    plan = Plan(read(body))
    assert plan.earlier("x2") == ["x1", "ok", "start"]
    assert plan.earlier("y") == ["ok", "start"]
    assert plan.earlier("last") == ["ok", "start"]  # not into a lane
