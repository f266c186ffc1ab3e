"""What happens without a decision: time passes, somebody leaves, work is done or fails, the requester takes it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Missing, Refused

from ..definition import GATE, Approval, Auto, Task
from .deciding import over
from .entering import drain
from .people import able, admins
from .rows import Asked, Clock, Step
from .run import Run
from .walking import back, end, finish, hold, lose

MAX_URGED, MAX_TRIES = 5, 5
URGE_AGAIN = dt.timedelta(hours=2)


def fire(run: Run, no: int) -> None:
    """A timer's time has come."""
    clock = run.i.clocks.get(no)
    if clock is None or clock.state != "armed" or not run.i.running:
        return None
    clock.state = "fired"
    step = run.i.steps[clock.step]
    if clock.kind == "wait":
        run.say("waited", step)
        finish(run, step, "done")
        return drain(run)
    run.say(clock.kind, step)
    run.owe(step, "notice", wait=False, about=clock.kind, to=[a.person for a in run.live(step) if a.state == "pending"])
    if clock.kind == "due" and not step.held:
        _overdue(run, step, clock)
        drain(run)
    return None


def _overdue(run: Run, step: Step, clock: Clock) -> None:
    node = run.node(step)
    assert isinstance(node, Approval | Task) and node.deadline is not None
    then = node.deadline.then if clock.round < MAX_URGED else "admin"
    if isinstance(node, Approval) and node.binding and then == "approve":
        then = "admin"
    if then == "approve":
        step.data["epoch"] = -1  # nobody agreed: it counts for nobody later
        return finish(run, step, "approved" if isinstance(node, Approval) else "submitted")
    if then == "reject" and isinstance(node, Approval):
        return lose(run, step)
    earlier = [n for n in run.plan.earlier(step.node) if run.visited(n)]
    if then == "return" and earlier:
        return back(run, step, earlier[0])
    if then in ("manager", "admin"):
        for row in [a for a in run.live(step) if a.state == "pending"]:
            to = _above(run, row, step, then)
            if to is not None:
                run.hand_over(step, row, to, "escalated")
                run.say("escalated", step, person=row.person, to=to)
    if node.deadline.every and clock.round < MAX_URGED:
        person = next((a.person for a in run.live(step)), None)
        run.arm(step, "due", run.when(node.deadline.every, person), clock.round + 1)
    return None


def _above(run: Run, row: Asked, step: Step, then: str) -> int | None:
    ban = run.used(step)
    if then == "admin":
        return next((p for p in admins(run) if p not in ban), None)
    manager = run.world.manager(row.person)
    return able(run, manager, ban) if manager is not None else next((p for p in admins(run) if p not in ban), None)


def leaves(run: Run, person: int) -> None:
    """Everything a person who left still held goes to somebody able to act."""
    for row in [a for a in run.i.asked.values() if a.person == person and a.live]:
        if not row.live or not run.i.running:
            continue
        step = run.i.steps[row.step]
        held = row.origin == "held"
        ban = {a.person for a in run.live(step)} if held else run.used(step)
        to = able(run, person, ban)
        others = [a for a in run.live(step) if a.state == "pending" and a is not row]
        if to is not None:
            run.hand_over(step, row, to, "held" if held else "leaver")
            run.say("followed", step, person=person, to=to)
        elif others and (held or _one_is_enough(run, step, row)):
            run.settle(row, "superseded")
        else:
            hold(run, step, "nobody_left")
    drain(run)


def _one_is_enough(run: Run, step: Step, row: Asked) -> bool:
    node = run.node(step)
    return not row.extra and isinstance(node, Approval | Task) and node.mode == "any"


def done(run: Run, no: int, result: Any = None) -> None:
    """Work is done; the step that waited for it goes on."""
    work = run.i.work.get(no)
    if work is None or work.state not in ("due", "child"):
        return
    work.state = "done"
    step = run.i.steps[work.step]
    if not work.wait or step.state != "open":
        return
    if result is not None:
        step.data["result"] = result
    run.say("carried_out", step, call=work.body.get("call"))
    if step.node == GATE:
        run.i.data["gated"] = True
        run.close(step, "done", "done")
        end(run, "approved")
    else:
        finish(run, step, "done")
    drain(run)


def failed(run: Run, no: int, why: str, *, final: bool = False) -> None:
    """Work failed: it is tried again, and after the fifth time a person is asked. `final`: trying again would not help."""
    work = run.i.work.get(no)
    if work is None or work.state != "due":
        return
    work.tries += 1
    if work.tries < MAX_TRIES and not final:
        return
    step = run.i.steps[work.step]
    work.state = "failed" if work.wait else "dead"
    if not work.wait or step.state != "open":
        return
    node = run.node(step)
    if isinstance(node, Auto) and node.on_fail == "continue":
        run.say("failed", step, why=why)
        finish(run, step, "failed")
    else:
        hold(run, step, "failed", error=why)
    drain(run)


def withdraw(run: Run, actor: int, comment: str = "") -> None:
    """The requester takes it back, as far as the definition lets him."""
    if actor != run.i.requester and actor not in run.world.proxies(run.i.requester):
        raise Missing(_("Only the requester withdraws."))
    if not run.i.running:
        raise over()
    if not withdrawable(run):
        raise Refused(_("It is too late to withdraw."))
    run.say("withdraw", actor=actor, comment=comment, behalf=_stood_for(run, actor))
    end(run, "withdrawn")


def _stood_for(run: Run, actor: int) -> int | None:
    """The requester, where somebody does it in his place."""
    return run.i.requester if actor != run.i.requester else None


def retire(run: Run, actor: int | None, comment: str = "") -> bool:
    """The process is given up and what runs with it: what waited does not happen. What was agreed to already is carried out; False then."""
    if not run.i.running or any(s.node == GATE for s in run.i.steps.values()):
        return False
    run.say("withdraw", actor=actor, comment=comment)
    end(run, "withdrawn")
    return True


def withdrawable(run: Run) -> bool:
    """Whether the request can still be taken back."""
    rule = run.plan.definition.withdraw
    begun = any(s.node == GATE for s in run.i.steps.values())
    return run.i.running and rule != "never" and not begun and not (rule == "undecided" and run.i.verdicts)


def urge(run: Run, actor: int) -> list[int]:
    """The requester reminds whoever is asked, each step at most once in two hours; returns whom."""
    if actor != run.i.requester and actor not in run.world.proxies(run.i.requester):
        raise Missing(_("Only the requester urges."))
    if not run.i.running:
        raise over()
    told: list[int] = []
    for step in [s for s in run.i.steps.values() if s.state == "open"]:
        people = [a.person for a in run.live(step) if a.state == "pending"]
        before = step.data.get("urged")
        if people and not (before and run.i.now - dt.datetime.fromisoformat(before) < URGE_AGAIN):
            step.data["urged"] = run.i.now.isoformat()
            run.owe(step, "notice", wait=False, about="urged", to=people)
            told += people
    if not told:
        raise Refused(_("They were urged less than two hours ago."))
    run.say("urge", actor=actor, to=told, behalf=_stood_for(run, actor))
    return told


def restart(run: Run, actor: int | None, *, fields: Sequence[str] = (), version: int | None = None) -> None:
    """What was to be decided has changed, fields of it or the version it goes by: back to the requester, and everybody is asked again."""
    if any(s.node == GATE for s in run.i.steps.values()):
        raise Refused(_("It has been agreed to and is being carried out."))
    run.cancel([s for s in run.i.steps.values() if s.state == "open"])
    run.i.epoch += 1
    run.i.data.pop("resume", None)
    run.say("restarted", actor=actor, fields=list(fields), version=version)
    run.queue.append((run.plan.first, None, ""))
    drain(run)
