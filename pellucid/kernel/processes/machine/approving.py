"""The verdict of an approval step: whose turn it is, who need not be asked again, and when its rule holds or is lost."""

from __future__ import annotations

from ..definition import Approval
from .rows import LIVE, Step
from .run import Run
from .walking import finish, lose


def weigh(run: Run, step: Step, node: Approval) -> None:
    """Close the step if its rule holds or can no longer hold."""
    _asked_before(run, step, node)
    base, extra = run.slots(step, False), run.slots(step, True)
    if any(a.state == "rejected" for a in extra):  # an added signer's no is a no
        return lose(run, step)
    yes, no, live = (sum(a.state in states for a in base) for states in (("approved",), ("rejected",), LIVE))
    won = _won(node, yes, no, live, len(base))
    if not won and _lost(node, yes, no, live):
        return lose(run, step)
    if not won:
        return None
    for row in base:
        if row.live:
            run.settle(row, "superseded")
    for row in extra:  # whoever signs on behalf of a superseded one goes with him
        if row.before and row.live and run.i.asked[row.before].state == "superseded":
            run.settle(row, "superseded")
    if all(not a.live for a in run.slots(step, True)):
        step.data["epoch"] = run.i.epoch
        finish(run, step, "approved")
    return None


def _won(node: Approval, yes: int, no: int, live: int, places: int) -> bool:
    match node.mode:
        case "any":
            return yes >= 1
        case "n":
            return yes >= node.need
        case "sequence":
            return not live and yes > 0 and yes == places
        case _:
            return not live and yes > 0 and (yes == places or (not node.veto and no < yes))


def _lost(node: Approval, yes: int, no: int, live: int) -> bool:
    match node.mode:
        case "n":
            return yes + live < node.need
        case "all":
            return no >= 1 if node.veto else not live
        case _:
            return no >= 1


def _asked_before(run: Run, step: Step, node: Approval) -> None:
    """Who approved in person before, nothing having been returned since, is not asked again; it is written as such."""
    if node.dedupe == "never" or node.binding:
        return
    same = [s.no for s in run.i.steps.values() if s.kind == "approval" and s.outcome == "approved" and s.data.get("epoch") == run.i.epoch]
    counted = same[-1:] if node.dedupe == "adjacent" else same
    agreed = {v.actor for v in run.i.verdicts if v.verdict == "approve" and v.actor == v.behalf and v.step in counted}
    for row in run.live(step):
        if row.state == "pending" and row.origin != "held" and not row.extra and row.person in agreed:
            run.settle(row, "approved")
            row.origin = "dedupe"
            run.say("deduped", step, person=row.person)
            turn(run, step, node)


def turn(run: Run, step: Step, node: Approval) -> None:
    """In a sequence the next is asked; and who waited for signers before him is asked once they are through."""

    def signs_first(no: int) -> bool:
        return any(b.before == no and b.live for b in run.of(step))

    base = run.slots(step, False)
    if node.mode == "sequence" and not any(a.state == "pending" or (a.state == "waiting" and signs_first(a.no)) for a in base):
        for row in base:
            if row.state == "waiting":
                row.state, row.opened = "pending", run.i.now
                break
    for row in run.slots(step):
        before = [b for b in run.slots(step, True) if b.before == row.no]
        if row.state == "waiting" and before and not any(b.live for b in before):
            row.state = "pending"
