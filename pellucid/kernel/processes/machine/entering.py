"""Entering a step: what each kind does when it opens. Steps are entered from a queue, so that a long process is no deep recursion."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ..definition import HERE, Approval, Auto, Condition, Deadline, End, Notify, Parallel, Start, Task, Wait
from .approving import weigh
from .people import able, named, people
from .rows import Step, Unknown
from .run import Entry, Run
from .walking import end, finish, hold, lose

MAX_STEPS, MAX_VISITS = 400, 25


def drain(run: Run) -> None:
    """Enter what is queued, until the instance rests."""
    while run.queue and run.i.running:
        enter(run, run.queue.popleft())
    run.queue.clear()


def begin(run: Run) -> None:
    run.queue.append((run.plan.first, None, ""))
    drain(run)


def enter(run: Run, entry: Entry) -> None:
    node, up, lane = entry
    if up is not None:
        parent = run.i.steps[up]
        if parent.state != "open" or parent.data.get("lanes", {}).get(lane) is not None:
            return None  # over before it began
    visit = 1 + sum(s.node == node.id for s in run.i.steps.values())
    step = Step(run.number(), node.id, visit, up, lane, node.type, run.i.now)
    run.i.steps[step.no] = step
    if len(run.i.steps) > MAX_STEPS or visit > MAX_VISITS:
        return hold(run, step, "circles")
    try:
        open_step(run, step)
    except Unknown as unknown:
        hold(run, step, unknown.why, **unknown.facts)
    return None


def open_step(run: Run, step: Step) -> None:
    node = run.plan.node[step.node]
    match node:
        case Start():
            _open_start(run, step)
        case Approval():
            _open_approval(run, step, node)
        case Task():
            _open_task(run, step, node)
        case Notify():
            _open_notify(run, step, node)
        case Condition():
            branches = node.branches
            at, facts = run.world.first([b.when or "" for b in branches[:-1]], run.i)
            take(run, step, node, len(branches) - 1 if at is None else at, facts)
        case Parallel():
            step.data["lanes"] = {lane.id: None for lane in node.lanes}
            run.queue.extend((lane.steps[0], step.no, lane.id) for lane in node.lanes)
        case Wait():
            run.arm(step, "wait", _until(run, node))
        case Auto():
            for value in node.inputs.values():  # taken when it is carried out; that they are still there is looked at now
                if isinstance(value, dict) and "field" in value and value["field"] != HERE:
                    run.world.value(value["field"], run.i)
            run.owe(step, node.type, call=node.call, inputs=dict(node.inputs))
        case End():
            run.close(step, "done", node.outcome)
            end(run, node.outcome)


def take(run: Run, step: Step, node: Condition, at: int, facts: list[Any] | None = None) -> None:
    """Go into a branch; why is kept with the step."""
    branch = node.branches[at]
    step.data |= {"branch": branch.id, "facts": facts or []}
    run.say("branch", step, branch=branch.id, facts=facts)
    if branch.steps:
        run.queue.append((branch.steps[0], step.no, branch.id))
    else:
        finish(run, step, "done")


def _open_start(run: Run, step: Step) -> None:
    """At once the first time; after a return, when the requester submits again."""
    if step.visit == 1:
        return finish(run, step, "submitted")
    step.data["form"] = dict(run.i.form)  # what is filled in anew is shown beside it
    person = able(run, run.i.requester)
    if person is None:
        return hold(run, step, "nobody")
    run.ask(step, person, why="requester", source=None if person == run.i.requester else run.i.requester)
    return None


def _open_approval(run: Run, step: Step, node: Approval) -> None:
    found = people(run, node)
    if not found and node.mode != "n" and node.empty == "pass" and not node.binding:
        step.data["epoch"] = -1  # passed by itself: counts for nobody later
        return finish(run, step, "approved")
    if not found and node.mode != "n" and node.empty == "reject":
        return lose(run, step)
    if not found:
        return hold(run, step, "nobody")
    if node.mode == "n" and len(found) < node.need:
        return hold(run, step, "too_few", found=len(found), need=node.need)
    for place, (person, why, source) in enumerate(found):
        state = "waiting" if node.mode == "sequence" and place else "pending"
        run.ask(step, person, state=state, why=why, source=source)
    _deadline(run, step, node.deadline)
    weigh(run, step, node)
    return None


def _open_task(run: Run, step: Step, node: Task) -> None:
    found = people(run, node)
    if not found and node.empty == "pass":
        return finish(run, step, "submitted")
    if not found:
        return hold(run, step, "nobody")
    for person, why, source in found:
        run.ask(step, person, why=why, source=source)
    _deadline(run, step, node.deadline)
    return None


def _open_notify(run: Run, step: Step, node: Notify) -> None:
    told = [p for who in node.who for p in named(run, who, node.id) if run.world.active(p)]
    run.i.copied |= set(told)
    run.owe(step, "notice", wait=False, about="copied", to=sorted(set(told)))
    finish(run, step, "done")


def _deadline(run: Run, step: Step, deadline: Deadline | None) -> None:
    """By the calendar of the first who is asked; a moment once set does not move."""
    if deadline is None:
        return
    person = next((a.person for a in run.live(step)), None)
    due = run.when(deadline.after, person)
    step.data["due"] = due.isoformat()
    for before in deadline.remind:
        if (at := run.when(before, person, due, -1)) > run.i.now:
            run.arm(step, "remind", at)
    run.arm(step, "due", due)


def _until(run: Run, node: Wait) -> dt.datetime:
    if node.after:
        return run.when(node.after, run.i.requester)
    found = run.world.moment(node.until or "", run.i)
    if found is None:
        raise Unknown("empty_date", field=node.until)
    return found
