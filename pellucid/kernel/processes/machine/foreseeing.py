"""Why an instance is still open, and who would be asked from here on if everybody agreed: the real machine on a copy."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from pellucid.kernel.records.errors import Missing, Refused

from ..definition import FormField, Plan
from .deciding import decide, may_act
from .elapsing import done, fire
from .entering import begin
from .rows import Asked, Instance, Step, World
from .run import Run

LIMIT = 500
MANY = 100  # things on a list


class Waits(NamedTuple):
    """One reason why an instance is open."""

    kind: str  # person, timer, work
    what: Any  # the person, the moment, the number of the work
    step: int


class Stop(NamedTuple):
    """A person who would be asked."""

    node: str
    visit: int
    person: int
    why: str


def acts(run: Run, row: Asked) -> bool:
    """Whether the holder of a row may decide it now."""
    try:
        return row.state == "pending" and may_act(run, row, row.person).state == "open"
    except (Missing, Refused):
        return False


def waits_for(run: Run) -> list[Waits]:
    """Every reason why this instance is still open. None while it runs means stuck, which must never be."""
    if not run.i.running:
        return []
    return (
        [Waits("person", a.person, a.step) for a in run.i.asked.values() if acts(run, a)]
        + [Waits("timer", c.at, c.step) for c in run.i.clocks.values() if c.state == "armed" and c.kind == "wait"]
        + [Waits("work", w.no, w.step) for w in run.i.work.values() if w.state in ("due", "child") and w.wait]
    )


def foresee(plan: Plan, instance: Instance, world: World) -> tuple[list[Stop], Instance]:
    """Who would be asked, in order, if everybody agreed; stops at a step that would stop."""
    run = Run(plan, copy.deepcopy(instance), world)
    stops: list[Stop] = []
    if not run.i.steps:
        begin(run)
    for _turn in range(LIMIT):
        if not run.i.running:
            break
        stops += [
            Stop(run.i.steps[a.step].node, run.i.steps[a.step].visit, a.person, a.why) for a in run.i.asked.values() if acts(run, a)
        ]
        row = next((a for a in run.i.asked.values() if acts(run, a)), None)
        work = next((w for w in run.i.work.values() if w.wait and w.state in ("due", "child")), None)
        clock = next((c for c in run.i.clocks.values() if c.kind == "wait" and c.state == "armed"), None)
        if row is not None:
            if row.origin == "held":
                break
            step = run.i.steps[row.step]
            _assume(run, step)
            decide(run, row.no, row.person, "approve" if step.kind == "approval" else "submit", ticked=range(MANY))
        elif work is not None:
            done(run, work.no)
        elif clock is not None:
            fire(run, clock.no)
        else:
            break
    return list(dict.fromkeys(stops)), run.i


def _assume(run: Run, step: Step) -> None:
    """What a step requires is taken as filled in, with a value of its kind: what it will be is not known yet."""
    fields = getattr(run.node(step), "fields", None)
    form = {f.name: f for f in run.plan.definition.form}
    for name in fields.require if fields else ():
        run.i.form.setdefault(name, _likely(form[name], run) if name in form else "…")


def _likely(field: FormField, run: Run) -> Any:
    match field.kind:
        case "bool":
            return True
        case "integer" | "decimal":
            return 0
        case "date":
            return run.i.now.date().isoformat()
        case "datetime":
            return run.i.now.isoformat()
        case "user":
            return run.i.requester
        case "choice":
            return next(iter(field.choices), "")
        case _:
            return "…"
