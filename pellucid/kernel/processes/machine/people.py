"""Whom a step asks: everybody able to act, nobody twice, never the requester about his own request."""

from __future__ import annotations

from collections.abc import Collection

from ..definition import Approval, Task, Who
from .rows import Step
from .run import Run

Found = tuple[int, str, int | None]  # the person, why, and whose place it is if he stands in


def admins(run: Run) -> list[int]:
    """Who gets what nobody else can do: the process's administrators, else the system's."""
    found = [p for who in run.plan.definition.admins for p in named(run, who, "") if run.world.active(p)]
    return list(dict.fromkeys(found or [p for p in run.world.administrators() if run.world.active(p)]))


def able(run: Run, person: int, ban: Collection[int] = ()) -> int | None:
    """The person; or who follows when he has left or may not: his successor, his managers upward, at last an administrator."""
    seen: set[int] = set()
    line: list[int | None] = [person]
    while line:
        at = line.pop(0)
        if at is None or at in seen:
            continue
        seen.add(at)
        if run.world.active(at) and at not in ban:
            return at
        followers = [run.world.manager(at)] if run.world.active(at) else [run.world.successor(at), run.world.manager(at)]
        line = followers + line
    everybody = [*admins(run), *(p for p in run.world.administrators() if run.world.active(p))]
    return next((p for p in everybody if p not in ban), None)


def named(run: Run, who: Who, node: str) -> list[int]:
    """The people a kind of approver names, able or not."""
    if who.kind == "requester":
        return [run.i.requester]
    if who.kind == "chosen":
        return list(run.i.chosen.get(node, ()))
    if who.kind == "decider":
        return [v.actor for v in run.i.verdicts if run.i.steps[v.step].node == who.node and v.verdict == "approve"][-1:]
    return run.world.resolve(who, run.i)


def people(run: Run, node: Approval | Task) -> list[Found]:
    """Everybody a step asks, in order, each once."""
    approval = isinstance(node, Approval)
    ban = {run.i.requester} if approval else set()
    out: dict[int, Found] = {}
    for who in node.who:
        for person in named(run, who, node.id):
            found = able(run, person, ban)
            if found is not None and found not in out:
                out[found] = (found, who.kind, None if found == person else person)
    if isinstance(node, Approval) and node.mode == "n":  # two means two: fill up, never lower the number
        for person in admins(run):
            if len(out) < node.need and person not in ban and person not in out:
                out[person] = (person, "filled", None)
    return list(out.values())


def may_hold(run: Run, step: Step, actor: int, slot: int) -> bool:
    """Whether nobody else's place in this step is this actor's already: two places mean two people."""
    taken = ("waiting", "pending", "approved")
    return not any(actor in (a.person, a.actor) and a.slot != slot and a.state in taken for a in run.of(step))
