"""What a designer does to a definition: pure functions on its JSON. Ids of steps, branches and lanes never change, so that what runs finds them
in the next version again."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Refused

Body = dict[str, Any]
Sequence = list[Body]
PARTS = {"condition": "branches", "parallel": "lanes"}
MOST_PARTS = 10
MANAGER: Body = {"kind": "manager"}
NEW: dict[str, Body] = {
    "approval": {"who": [MANAGER], "deadline": {"after": "1wd", "remind": ["4wh"], "then": "manager", "every": "1wd"}},
    "task": {"who": [{"kind": "requester"}], "deadline": {"after": "2wd", "remind": ["4wh"], "then": "notify"}},
    "notify": {"who": [MANAGER]},
    "condition": {},
    "parallel": {},
    "wait": {"after": "1d"},
    "action": {"call": ""},
    "set": {},
    "create": {"call": ""},
    "webhook": {"call": ""},
    "subprocess": {"call": ""},
    "end": {"outcome": "rejected"},
}


def parts_of(step: Body) -> list[Body]:
    """The branches or lanes of a composite step."""
    found: list[Body] = step.get(PARTS.get(step["type"], ""), [])
    return found


def steps_of(part: Body) -> Sequence:
    """The steps of a branch, a lane or the whole definition; the list itself, to be changed."""
    found: Sequence = part.setdefault("steps", [])
    return found


def walk(steps: Sequence) -> Iterator[tuple[Body, Sequence]]:
    """Every step with the sequence it stands in, from top to bottom."""
    for step in steps:
        yield step, steps
        for part in parts_of(step):
            yield from walk(steps_of(part))


def ids(body: Body) -> set[str]:
    """Every id that is taken."""
    steps = [step for step, _sequence in walk(body["steps"])]
    return {step["id"] for step in steps} | {part["id"] for step in steps for part in parts_of(step)}


def step_of(body: Body, id_: str) -> tuple[Body, Sequence]:
    """A step and its sequence. Refused when it is gone."""
    found = next(((step, sequence) for step, sequence in walk(body["steps"]) if step["id"] == id_), None)
    if found is None:
        raise Refused(_("This step is not there any more."))
    return found


def part_of(body: Body, id_: str) -> tuple[Body, Body]:
    """A branch or lane and the step it belongs to. Refused when it is gone."""
    found = next(((part, step) for step, _s in walk(body["steps"]) for part in parts_of(step) if part["id"] == id_), None)
    if found is None:
        raise Refused(_("This branch is not there any more."))
    return found


def _free(body: Body, kind: str) -> str:
    taken, n = ids(body), 1
    while f"{kind}_{n}" in taken:
        n += 1
    return f"{kind}_{n}"


def insert(body: Body, *, at: str, kind: str = "", **_more: str) -> tuple[Body, str]:
    """A new step behind a step, or at the beginning of a branch or lane. Answers the new body and the id to stand on."""
    if kind not in NEW:
        raise Refused(_("There is no such kind of step."))
    body = copy.deepcopy(body)
    made: Body = {"id": _free(body, kind), "type": kind, **copy.deepcopy(NEW[kind])}
    known = {step["id"] for step, _s in walk(body["steps"])}
    if at in known:
        step, sequence = step_of(body, at)
        sequence.insert(sequence.index(step) + 1, made)
    else:
        part, _owner = part_of(body, at)
        steps_of(part).insert(0, made)
    if kind == "condition":
        made["branches"] = [{"id": _free(body, "branch"), "when": "", "steps": []}]
        made["branches"].append({"id": _free(body, "branch"), "steps": []})
    if kind == "parallel":
        made["lanes"] = []
        for _n in range(2):
            lane: Body = {"id": _free(body, "lane"), "steps": []}
            made["lanes"].append(lane)
            lane["steps"].append({"id": _free(body, "approval"), "type": "approval", **copy.deepcopy(NEW["approval"])})
    return body, str(made["id"])


def remove(body: Body, *, at: str, **_more: str) -> tuple[Body, str]:
    """Take a step out, or a branch or lane with all that stands in it."""
    body = copy.deepcopy(body)
    known = {step["id"] for step, _s in walk(body["steps"])}
    if at in known:
        step, sequence = step_of(body, at)
        if step is body["steps"][0]:
            raise Refused(_("A process begins with the requester's form."))
        place = sequence.index(step)
        sequence.remove(step)
        return body, sequence[place - 1]["id"] if place else _owner_of(body, sequence)
    part, owner = part_of(body, at)
    siblings = parts_of(owner)
    if len(siblings) <= 2:
        raise Refused(_("Two branches are the least. Remove the whole step instead."))
    if owner["type"] == "condition" and part is siblings[-1]:
        raise Refused(_("The last branch is for everything else; it stays."))
    siblings.remove(part)
    return body, owner["id"]


def _owner_of(body: Body, sequence: Sequence) -> str:
    return next((part["id"] for step, _s in walk(body["steps"]) for part in parts_of(step) if part.get("steps") is sequence), body["steps"][0]["id"])


def move(body: Body, *, at: str, by: str = "1", **_more: str) -> tuple[Body, str]:
    """A step up or down in its sequence, a branch or lane to its neighbour's place."""
    body = copy.deepcopy(body)
    known = {step["id"] for step, _s in walk(body["steps"])}
    if at in known:
        thing, row = step_of(body, at)
        first, last = (1 if row is body["steps"] else 0), len(row) - 1
    else:
        thing, owner = part_of(body, at)
        row = parts_of(owner)
        first, last = 0, len(row) - (2 if owner["type"] == "condition" else 1)
    place = row.index(thing)
    to = place + (1 if by == "1" else -1)
    if not first <= place <= last or not first <= to <= last:
        raise Refused(_("It cannot be moved any further."))
    row[place], row[to] = row[to], row[place]
    return body, at


def add_part(body: Body, *, at: str, **_more: str) -> tuple[Body, str]:
    """One more branch (before the one for everything else) or lane."""
    body = copy.deepcopy(body)
    step, _sequence = step_of(body, at)
    row = parts_of(step)
    if len(row) >= MOST_PARTS:
        raise Refused(_("Ten branches are the most."))
    if step["type"] == "condition":
        made: Body = {"id": _free(body, "branch"), "when": "", "steps": []}
        row.insert(len(row) - 1, made)
    else:
        made = {"id": _free(body, "lane"), "steps": []}
        row.append(made)
        made["steps"].append({"id": _free(body, "approval"), "type": "approval", **copy.deepcopy(NEW["approval"])})
    return body, str(made["id"])


def put(body: Body, *, at: str, given: Body) -> Body:
    """The definition with the fields of one step, branch or lane (or, under "", of the whole) as given; an empty value takes a field away."""
    body = copy.deepcopy(body)
    if not at:
        thing = body
    elif at in {step["id"] for step, _s in walk(body["steps"])}:
        thing, _sequence = step_of(body, at)
    else:
        thing, _owner = part_of(body, at)
    for name, value in given.items():
        if value in (None, "", [], {}, ()) and name != "when":
            thing.pop(name, None)
        else:
            thing[name] = value
    return body


def blank(key: str, subject: str, name: Body) -> Body:
    """A process that only asks the requester's manager."""
    return {"schema": "pellucid.process/1", "key": key, "name": name, "subject": subject, "admins": [{"kind": "role", "role": "admin"}],
            "steps": [{"id": "start", "type": "start"}, {"id": "approval_1", "type": "approval", **copy.deepcopy(NEW["approval"])}]}  # fmt: skip


OPERATIONS: dict[str, Callable[..., tuple[Body, str]]] = {"insert": insert, "remove": remove, "move": move, "part": add_part}
