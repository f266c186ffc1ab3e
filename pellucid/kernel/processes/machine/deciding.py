"""What a person who is asked may do: agree, refuse, send back, hand on, ask others, submit; and with a step that stopped: retry, skip, end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Missing, Refused
from pellucid.kernel.records.translated import say as said

from ..definition import GATE, MAX_HANDED_ON, Approval, Auto, Condition, End, Parallel, Start, Task
from .approving import turn, weigh
from .entering import drain, take
from .people import may_hold
from .rows import Asked, Step, Verdict
from .run import Run, decided_already
from .walking import back, end, finish, hold

VERDICTS = {"approval": ("approve", "reject", "return", "transfer", "add"), "task": ("submit", "return", "transfer"), "start": ("submit",)}
SETTLES = ("retry", "skip", "end")
OPTIONAL = ("return", "transfer", "add")  # an approval step may leave these out
HOW = ("with", "before", "after")


def over() -> Refused:
    return Refused(_("This process has ended."))


def verdicts_of(run: Run, row: Asked) -> tuple[str, ...]:
    """What can be done with a row that is pending."""
    step = run.i.steps[row.step]
    if row.origin == "held":
        return tuple(v for v in SETTLES if v != "skip" or _skippable(run, step))
    node = run.node(step)
    possible = VERDICTS.get(step.kind, ())
    if isinstance(node, Approval):
        possible = tuple(v for v in possible if v not in OPTIONAL or v in node.may)
    return tuple(v for v in possible if v != "return" or targets_of(run, step))


def targets_of(run: Run, step: Step) -> list[str]:
    """The steps one may return to from here: human, done already, on the own path; nearest first."""
    done = {s.node for s in run.i.steps.values() if s.state == "done"}
    return [n for n in run.plan.earlier(step.node) if n in done]


def may_act(run: Run, row: Asked, actor: int) -> Step:
    """The step, if this actor may decide for the row. What is somebody else's is not there."""
    if (actor != row.person and actor not in run.world.proxies(row.person)) or not run.world.active(actor):
        raise Missing(_("This is somebody else's to decide."))
    step = run.i.steps[row.step]
    if step.kind == "approval" and row.origin != "held":
        if actor == run.i.requester:
            raise Refused(_("Nobody decides about the own request."))
        if not may_hold(run, step, actor, row.slot):
            raise Refused(_("One person cannot fill two places of the same step."))
    return step


def decide(
    run: Run,
    no: int,
    actor: int,
    verdict: str,
    comment: str = "",
    *,
    target: str = "",
    people: Sequence[int] = (),
    how: str = "with",
    form: dict[str, Any] | None = None,
    ticked: Sequence[int] = (),
) -> None:
    """One person's verdict on what he was asked."""
    row = run.i.asked.get(no)
    if not run.i.running:
        raise over()
    if row is None:
        raise Missing
    if row.state != "pending":
        raise Refused(_("Others decide before you.")) if row.state == "waiting" else decided_already()
    step = may_act(run, row, actor)
    node = run.node(step)
    if verdict not in verdicts_of(run, row):
        raise Refused(_("This is not possible at this step."))
    if verdict in ("transfer", "add"):
        _choose(run, step, people, how, 1 if verdict == "transfer" else 0)
    if verdict == "return" and target not in targets_of(run, step):
        raise Refused(_("One may only return to an earlier step on the own path."))
    behalf = row.person if actor != row.person else None
    run.say(verdict, step, actor, behalf=behalf, comment=comment, to=target or list(people), how=how if verdict == "add" else "")
    if verdict == "transfer":
        run.hand_over(step, row, people[0], "transfer", actor)
        return
    if verdict == "add" and how in ("with", "before"):
        _add(run, step, row, people, row.no if how == "before" else None)
        if how == "before":
            row.state = "waiting"
        return
    counted = "approve" if verdict == "add" else verdict
    run.i.verdicts.append(Verdict(row.no, step.no, actor, row.person, counted, comment))
    if row.origin == "held":
        _settle(run, step, row, actor, verdict)
        return
    if isinstance(node, Start | Approval | Task):
        _fill(run, node, form or {}, checked=verdict in ("submit", "approve", "add"))
    if verdict == "submit" and isinstance(node, Task):
        _tick(step, node, ticked)
    if verdict == "return":
        run.settle(row, "returned", actor)
        back(run, step, target, resume=isinstance(node, Approval) and node.after_return == "back")
    elif verdict == "submit":
        run.settle(row, "approved", actor)
        if not isinstance(node, Task) or node.mode == "any" or not run.live(step):
            finish(run, step, "submitted")
    else:
        assert isinstance(node, Approval)
        if verdict == "add":  # I agree, and they must too
            _add(run, step, row, people, None)
        run.settle(row, "rejected" if verdict == "reject" else "approved", actor)
        turn(run, step, node)
        weigh(run, step, node)
    drain(run)


def _choose(run: Run, step: Step, people: Sequence[int], how: str, exactly: int) -> None:
    used = run.used(step)
    if not people or how not in HOW or len(set(people)) < len(people) or any(p in used or not run.world.active(p) for p in people):
        raise Refused(_("Choose colleagues who are here and are not asked already; the requester cannot be one of them."))
    if exactly and len(people) != exactly:
        raise Refused(_("Hand on to one person."))
    if sum(a.origin in ("transfer", "added") for a in run.of(step)) + len(people) > MAX_HANDED_ON:
        raise Refused(_("This step has been handed on too often; somebody has to decide it."))


def _add(run: Run, step: Step, row: Asked, people: Sequence[int], before: int | None) -> None:
    for person in people:
        run.ask(step, person, origin="added", extra=True, before=before, why="added", source=row.person)


def _fill(run: Run, node: Start | Approval | Task, form: dict[str, Any], *, checked: bool) -> None:
    """What was filled in, as far as the step lets one; what it requires must be there before it goes on."""
    run.i.form.update({k: v for k, v in form.items() if k in node.fields.edit})
    missing = [k for k in node.fields.require if run.i.form.get(k) in (None, "")]
    if checked and missing:
        labels = {f.name: said(f.label) for f in run.plan.definition.form}
        raise Refused(_("Please fill in: %(fields)s") % {"fields": ", ".join(labels.get(k) or k for k in missing)})


def _tick(step: Step, node: Task, ticked: Sequence[int]) -> None:
    """Everything on the list is ticked off before it is done."""
    left = [said(text) for n, text in enumerate(node.checklist) if n not in ticked]
    if left:
        raise Refused(_("Still to be ticked off: %(what)s") % {"what": "; ".join(left)})
    if node.checklist:
        step.data["ticked"] = len(node.checklist)


def _skippable(run: Run, step: Step) -> bool:
    node = run.node(step)
    return step.node != GATE and not isinstance(node, Parallel) and not (isinstance(node, Approval) and node.binding)


def _settle(run: Run, step: Step, row: Asked, actor: int, verdict: str) -> None:
    """An administrator says how a step that stopped goes on."""
    run.settle(row, "approved", actor)
    if verdict == "end":
        end(run, "terminated")
        return
    for other in run.live(step):
        run.settle(other, "superseded")
    del step.data["held"]
    node = run.node(step)
    failed = [w for w in run.i.work.values() if w.step == step.no and w.state == "failed"]
    if verdict == "retry" and failed:
        for work in failed:
            work.state, work.tries = "due", 0
    elif verdict == "retry" and (node is None or isinstance(node, Auto)):
        hold(run, step, "nothing_to_retry")
    elif verdict == "retry":
        run.close(step, "cancelled")
        run.queue.append((run.plan.node[step.node], step.up, step.lane))
    elif isinstance(node, Condition):
        take(run, step, node, len(node.branches) - 1)
    elif isinstance(node, End):
        run.close(step, "done", node.outcome)
        end(run, node.outcome)
    else:
        finish(run, step, "skipped")
    drain(run)
