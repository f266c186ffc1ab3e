"""What runs and a new version: it stays on its own, moves over where it stands, or begins anew. Open steps keep the rule, the people and the
time they were opened with; the new version counts from the next step on."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor

from . import store
from .definition import GATE, Parallel, Plan
from .machine.elapsing import restart, retire
from .machine.rows import Step
from .machine.run import Run
from .models import Process, ProcessInstance, ProcessVersion
from .publishing import called

MOST = 500  # running requests one publication carries along
STAY, MOVE, RESTART = "stay", "move", "restart"


def keeps_from(run: Run, new: Plan) -> str:
    """Why an instance cannot move to the new version where it stands; "" when it can."""
    for step in open_steps(run):
        if step.node == GATE:
            return _("It is being carried out already.")
        node, there = run.plan.node[step.node], new.node.get(step.node)
        named = {"step": called(node)}
        if there is None or there.type != node.type:
            return _("“%(step)s”, which is open, is not there any more.") % named
        around = [(run.plan.up[n], run.plan.lane[n]) for n in run.plan.chain(step.node)]
        if around != [(new.up[n], new.lane[n]) for n in new.chain(step.node)]:
            return _("“%(step)s”, which is open, stands somewhere else.") % named
        if isinstance(node, Parallel) and isinstance(there, Parallel) and [x.id for x in node.lanes] != [x.id for x in there.lanes]:
            return _("“%(step)s”, which is open, has other lanes.") % named
    return ""


def open_steps(run: Run) -> list[Step]:
    return [s for s in run.i.steps.values() if s.state == "open"]


def running(process: Process, but: int | None = None) -> list[ProcessInstance]:
    """What runs on other versions, as far as one publication carries it along."""
    rows = ProcessInstance.objects.filter(process=process, state="running").exclude(edition_id=but)
    return list(rows.order_by("pk")[:MOST])


def preview(process: Process, new: Plan) -> tuple[int, list[tuple[ProcessInstance, str]]]:
    """How many could move to the new version, and which could not, with the reason."""
    found = [(row, keeps_from(store.loaded(row), new)) for row in running(process)]
    return sum(not why for _row, why in found), [(row, why) for row, why in found if why]


def given_up(process: Process, actor: Actor, why: str) -> int:
    """Withdraw whatever runs of a process, each under its own lock, in one order; returns how much that was."""
    found = list(ProcessInstance.objects.filter(process=process, state="running").order_by("pk").values_list("pk", flat=True))
    count = 0
    for pk in found:
        locked = store.locked(pk)
        if locked is not None and locked.state == "running":
            with store.command(locked, actor.user_id) as run:
                count += retire(run, actor.user_id, why)
    return count


def carry_over(process: Process, version: ProcessVersion, how: str, actor: Actor) -> dict[str, Any]:
    """Move or restart what runs; each under its own lock, in one order. What cannot go along stays on its version."""
    plan, done, stayed = store.plan_of(version.pk), 0, 0
    for row in running(process, version.pk) if how in (MOVE, RESTART) else ():
        locked = store.locked(row.pk)
        if locked is None or locked.state != "running":
            continue
        run = store.loaded(locked)
        if how == MOVE and keeps_from(run, plan) or how == RESTART and any(s.node == GATE for s in run.i.steps.values()):
            stayed += 1
            continue
        if how == MOVE:
            with store.command(locked, actor.user_id) as going:
                for step in open_steps(going):
                    if going.plan.node[step.node] != plan.node[step.node]:
                        step.data.setdefault("rule", msgspec.to_builtins(going.plan.node[step.node]))
                going.say("moved", actor=actor.user_id, version=version.number)
        locked.edition = version
        locked.save(update_fields=("edition",))
        if how == RESTART:
            with store.command(locked, actor.user_id) as going:
                restart(going, actor.user_id, version=version.number)
        done += 1
    return {"moved": done, "stayed": stayed}
