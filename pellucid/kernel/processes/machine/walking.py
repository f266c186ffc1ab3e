"""From one step to the next: finishing, joining, losing, returning, ending, and stopping to ask."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Refused

from ..definition import GATE, Approval, Parallel
from .people import admins
from .rows import Step
from .run import Run


def finish(run: Run, step: Step, outcome: str) -> None:
    run.close(step, "done", outcome)
    run.say("finished", step, outcome=outcome)
    _next(run, step)


def _next(run: Run, step: Step) -> None:
    """The step behind in its sequence; at its end, whatever the sequence is a part of."""
    node = step.node
    sequence, place = run.plan.sequence[node], run.plan.place[node] + 1
    resume = run.i.data.get("resume")
    if resume and resume[0] == node:
        del run.i.data["resume"]
        place = run.plan.place[resume[1]]
    if place < len(sequence):
        run.queue.append((sequence[place], step.up, step.lane))
    elif step.up is None:
        end(run, "approved")
    else:
        parent = run.i.steps[step.up]
        if parent.kind == "condition":
            finish(run, parent, "done")
        else:
            join(run, parent, step.lane, "done")


def join(run: Run, parent: Step, lane: str, result: str) -> None:
    """A lane is over. Enough done: go on. Too many lost: the whole is rejected. It counts its own lanes and nothing else."""
    node, lanes = run.node(parent), parent.data["lanes"]
    assert isinstance(node, Parallel)
    if lanes[lane] is not None:
        raise Refused(_("This part is over already."))
    lanes[lane] = result
    done, lost = (list(lanes.values()).count(k) for k in ("done", "lost"))
    if done >= node.wanted:
        run.cancel(run.below(parent))
        finish(run, parent, "done")
    elif len(lanes) - lost < node.wanted:
        run.cancel(run.below(parent))
        lose(run, parent)


def lose(run: Run, step: Step) -> None:
    """A rejection travels as far as the definition says."""
    node = run.node(step)
    assert isinstance(node, Approval | Parallel)
    if step.state == "open":
        run.close(step, "done", "rejected")
    run.say("rejected", step)
    match node.on_reject:
        case "end":
            end(run, "rejected")
        case "start":
            back(run, step, run.plan.first.id)
        case "prev":
            back(run, step, next(n for n in run.plan.earlier(step.node) if run.visited(n)))
        case "lane":
            while run.i.steps[step.up or 0].kind != "parallel":  # conditions around it end with it
                step = run.i.steps[step.up or 0]
                run.close(step, "cancelled")
            join(run, run.i.steps[step.up or 0], step.lane, "lost")


def back(run: Run, step: Step, target: str, resume: bool = False) -> None:
    """Return to an earlier human step on the own path. What stands behind it in its sequence is undone, lanes beside it are not touched."""
    if target not in run.plan.earlier(step.node):
        raise Refused(_("One may only return to an earlier step on the own path."))
    level = run.plan.up[target]
    here = next(c for c in run.plan.chain(step.node) if run.plan.up[c] == level)  # what stands in the target's sequence
    top = step if step.node == here else next(s for s in run.above(step) if s.node == here)
    run.cancel([*run.below(top), *([top] if top.state == "open" else [])])
    run.i.epoch += 1
    run.i.data.pop("resume", None)
    if resume and step.node == here:
        run.i.data["resume"] = [target, step.node]
    run.say("returned", step, to=target)
    run.queue.append((run.plan.node[target], top.up, top.lane))


def end(run: Run, outcome: str) -> None:
    """The end; an approved one with a gate first carries out what waited, and only its success ends the instance."""
    if outcome == "approved" and run.plan.definition.gate and not run.i.data.get("gated"):
        gate = Step(run.number(), GATE, 1, None, "", "action", run.i.now)
        run.cancel([s for s in run.i.steps.values() if s.state == "open"])
        run.i.steps[gate.no] = gate
        run.queue.clear()
        run.owe(gate, "gate", call=run.plan.definition.gate)
        return
    run.cancel([s for s in run.i.steps.values() if s.state == "open"])
    run.i.state, run.i.outcome = "ended", outcome
    run.say("ended", outcome=outcome)


def hold(run: Run, step: Step, why: str, **facts: Any) -> None:
    """Nothing is guessed and nothing is lost: the administrators of the process are asked what to do."""
    step.data["held"] = {"why": why, **facts}
    run.say("held", step, why=why, **facts)
    for row in run.live(step):
        run.settle(row, "superseded")
    for person in admins(run) or [run.i.requester]:
        run.ask(step, person, origin="held", why="held")
