"""The rows of an instance as the machine sees them, and the reasons why it refuses or stops. Nothing here knows a database."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ..definition import Who

LIVE = ("waiting", "pending")
HOLDING = (*LIVE, "approved", "rejected")
OWED = ("due", "child", "failed")  # effects a step still waits for


class Unknown(Exception):
    """A condition cannot be answered: the process stops and asks a person instead of guessing."""

    def __init__(self, why: str, **facts: Any) -> None:
        self.why, self.facts = why, facts
        super().__init__(why)


@dataclass(slots=True)
class Step:
    no: int
    node: str
    visit: int
    up: int | None
    lane: str
    kind: str
    opened: dt.datetime
    state: str = "open"  # open, done, cancelled
    outcome: str = ""
    closed: dt.datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        return "held" in self.data


@dataclass(slots=True)
class Asked:
    """Somebody asked by a step. A hand-over is a new row in the same slot; the newest row of a slot says how it stands."""

    no: int
    step: int
    slot: int
    person: int
    state: str  # waiting, pending, approved, rejected, returned, transferred, superseded
    origin: str  # rule, dedupe, transfer, added, escalated, leaver, held
    opened: dt.datetime
    extra: bool = False
    before: int | None = None  # the row that waits for this one
    closed: dt.datetime | None = None
    why: str = ""
    source: int | None = None  # the person whose place it was
    actor: int | None = None

    @property
    def live(self) -> bool:
        return self.state in LIVE


@dataclass(slots=True)
class Clock:
    no: int
    step: int
    kind: str  # wait, due, remind
    at: dt.datetime
    state: str = "armed"  # armed, fired, cancelled
    round: int = 0


@dataclass(slots=True)
class Work:
    """Something the program owes: a step waits for it, unless `wait` is off."""

    no: int
    step: int
    kind: str  # action, subprocess, notice
    body: dict[str, Any]
    state: str = "due"  # due, child, done, failed, dead, cancelled
    tries: int = 0
    wait: bool = True


@dataclass(slots=True)
class Verdict:
    asked: int
    step: int
    actor: int
    behalf: int
    verdict: str
    comment: str = ""


@dataclass(slots=True)
class Line:
    """One line of the log: what happened, as data; sentences are made when it is read."""

    what: str
    step: int | None = None
    node: str = ""
    actor: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Instance:
    requester: int
    now: dt.datetime
    state: str = "running"
    outcome: str = ""
    form: dict[str, Any] = field(default_factory=dict)
    chosen: dict[str, list[int]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)  # gated, resume
    last_no: int = 0
    epoch: int = 0
    steps: dict[int, Step] = field(default_factory=dict)
    asked: dict[int, Asked] = field(default_factory=dict)
    clocks: dict[int, Clock] = field(default_factory=dict)
    work: dict[int, Work] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    log: list[Line] = field(default_factory=list)
    copied: set[int] = field(default_factory=set)
    readers: set[int] = field(default_factory=set)  # who besides may read it from now on

    @property
    def running(self) -> bool:
        return self.state == "running"

    @property
    def owes(self) -> bool:
        """Whether the program has something to do for it now."""
        return any(work.state == "due" for work in self.work.values())

    def seen(self) -> Instance:
        """Its rows as they stand now, whatever a command does to them afterwards."""
        return replace(
            self, steps=_twins(self.steps), asked=_twins(self.asked), clocks=_twins(self.clocks), work=_twins(self.work),
            verdicts=list(self.verdicts), log=list(self.log), copied=set(self.copied), readers=set(self.readers),
        )  # fmt: skip


def _twins(rows: dict[int, Any]) -> dict[int, Any]:
    return {no: _twin(row) for no, row in rows.items()}


def _twin(row: Any) -> Any:
    kept = (getattr(row, name) for name in row.__slots__)
    return type(row)(*(copy.deepcopy(value) if isinstance(value, dict) else value for value in kept))


class World(Protocol):
    """What the machine asks of the company around it."""

    def active(self, person: int) -> bool: ...
    def successor(self, person: int) -> int | None: ...
    def manager(self, person: int) -> int | None: ...
    def proxies(self, person: int) -> tuple[int, ...]: ...
    def administrators(self) -> list[int]: ...
    def resolve(self, who: Who, instance: Instance) -> list[int]:
        """The people a kind of approver names; Unknown when its field is gone."""
        ...

    def first(self, conditions: list[str], instance: Instance) -> tuple[int | None, list[Any]]:
        """Which of these conditions is the first that holds, with what was looked at. Unknown when any cannot be answered."""
        ...

    def value(self, name: str, instance: Instance) -> Any:
        """A field of the record or of the form; Unknown when it is gone."""
        ...

    def moment(self, name: str, instance: Instance) -> dt.datetime | None:
        """The moment in a field; a day begins with its first."""
        ...

    def after(self, moment: dt.datetime, number: int, unit: str, person: int | None) -> dt.datetime: ...
