"""One run of the machine over an instance: the small tools that everything else uses, and the queue of steps to enter."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Refused

from ..definition import AnyNode, Plan, rule_of, span
from .rows import HOLDING, OWED, Asked, Clock, Instance, Line, Step, Work, World

Entry = tuple[AnyNode, int | None, str]  # a step to enter, the composite above it, its lane


def decided_already() -> Refused:
    return Refused(_("This has been decided already."))


class Run:
    """An instance, its definition and the world, while one command is carried out."""

    def __init__(self, plan: Plan, instance: Instance, world: World) -> None:
        self.plan, self.i, self.world = plan, instance, world
        self.queue: deque[Entry] = deque()

    def number(self) -> int:
        self.i.last_no += 1
        return self.i.last_no

    def say(self, what: str, step: Step | None = None, actor: int | None = None, **data: Any) -> None:
        kept = {k: v for k, v in data.items() if v not in (None, "", [])}
        self.i.log.append(Line(what, step.no if step else None, step.node if step else "", actor, kept))

    def node(self, step: Step) -> AnyNode | None:
        """The definition of a step: that it was opened with, where the instance has moved to another version since."""
        kept = step.data.get("rule")
        return rule_of(kept) if kept else self.plan.node.get(step.node)

    # what a step has

    def of(self, step: Step) -> list[Asked]:
        return [a for a in self.i.asked.values() if a.step == step.no]

    def slots(self, step: Step, extra: bool | None = None) -> list[Asked]:
        """The newest holder of each slot."""
        newest = {a.slot: a for a in self.of(step)}
        return [a for a in newest.values() if extra is None or a.extra is extra]

    def live(self, step: Step) -> list[Asked]:
        return [a for a in self.slots(step) if a.live]

    def used(self, step: Step) -> set[int]:
        """Who holds or has filled a place of this step, and who may not: the requester of an approval."""
        people = {p for a in self.of(step) if a.state in HOLDING for p in (a.person, a.actor) if p}
        return people | ({self.i.requester} if step.kind == "approval" else set())

    def above(self, step: Step) -> Iterator[Step]:
        while step.up is not None:
            step = self.i.steps[step.up]
            yield step

    def below(self, step: Step) -> list[Step]:
        """Open steps inside a composite one."""
        return [s for s in self.i.steps.values() if s.state == "open" and any(u is step for u in self.above(s))]

    def visited(self, node: str) -> bool:
        return any(s.node == node for s in self.i.steps.values())

    # changing rows

    def settle(self, row: Asked, state: str, actor: int | None = None) -> None:
        """A live row gets its final state; what is final stays so."""
        if not row.live:
            raise decided_already()
        row.state, row.actor, row.closed = state, actor, self.i.now

    def ask(self, step: Step, person: int, *, slot: int | None = None, state: str = "pending", origin: str = "rule", **more: Any) -> Asked:
        no = self.number()
        row = self.i.asked[no] = Asked(no, step.no, slot or no, person, state, origin, self.i.now, **more)
        return row

    def hand_over(self, step: Step, row: Asked, to: int, origin: str, actor: int | None = None, why: str = "") -> Asked:
        """Somebody else takes the place: a new row in the same slot; whoever signs before the old one signs before the new."""
        state = row.state
        self.settle(row, "transferred", actor)
        new = self.ask(step, to, slot=row.slot, state=state, origin=origin, extra=row.extra, before=row.before, why=why or origin, source=row.person)
        for other in self.of(step):
            if other.before == row.no:
                other.before = new.no
        return new

    def close(self, step: Step, state: str, outcome: str = "") -> None:
        """A step is over: nobody is asked any more, no timer of it runs, nothing of it is owed."""
        if step.state != "open":
            raise Refused(_("This step is closed already."))
        step.state, step.outcome, step.closed = state, outcome, self.i.now
        for row in self.of(step):
            if row.live:
                self.settle(row, "superseded")
        for clock in self.i.clocks.values():
            if clock.step == step.no and clock.state == "armed":
                clock.state = "cancelled"
        for work in self.i.work.values():
            if work.step == step.no and work.wait and work.state in OWED:
                work.state = "cancelled"

    def cancel(self, steps: Iterable[Step]) -> None:
        for step in sorted(steps, key=lambda s: -s.no):
            self.close(step, "cancelled")

    def arm(self, step: Step, kind: str, at: dt.datetime, round: int = 0) -> None:
        no = self.number()
        self.i.clocks[no] = Clock(no, step.no, kind, at, round=round)

    def owe(self, step: Step, kind: str, /, *, wait: bool = True, **body: Any) -> None:
        no = self.number()
        self.i.work[no] = Work(no, step.no, kind, body, wait=wait)

    def when(self, text: str, person: int | None, since: dt.datetime | None = None, sign: int = 1) -> dt.datetime:
        number, unit = span(text)
        return self.world.after(since or self.i.now, sign * number, unit, person)
