"""The demo company in numbered steps: an older home gets only the steps it does not have yet."""
from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.copying import copy
from pellucid.kernel.records.models import Setting

from .run import begin

KEY = "demo.step."


@dataclass(slots=True)
class Stage:
    """What a step is given: today, this moment, chance that falls the same way every time, and the event its rows belong to."""

    today: dt.date
    now: dt.datetime
    chance: random.Random
    actor: Actor
    event_id: int
    scale: float = 1.0  # how much of everything; tests ask for little
    said: list[dict[str, Any]] = field(default_factory=list)

    def at(self, day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
        """A moment of a day in the company's zone."""
        return days.start_of(day) + dt.timedelta(hours=hour, minutes=minute)

    def happened(self, at: dt.datetime, name: str, actor_id: int | None, resource: str, record_id: int, **payload: Any) -> None:
        """Something of the past for timelines; nobody is told of it any more."""
        self.said.append({"at": at, "name": name, "actor_id": actor_id, "resource": resource, "record_id": record_id, "payload": payload})


Step = Callable[[Stage], None]
_steps: dict[int, tuple[str, Step]] = {}


def step(number: int, name: str) -> Callable[[Step], Step]:
    """Register one step; numbers are never reused, and lower ones come first."""

    def keep(function: Step) -> Step:
        if number in _steps and _steps[number][0] != name:
            raise RuntimeError(f"demo step {number} is {_steps[number][0]!r} already")
        _steps[number] = (name, function)
        return function

    return keep


def missing() -> list[tuple[int, str]]:
    """Steps this database does not have, in order."""
    done = set(Setting.objects.filter(key__startswith=KEY).values_list("key", flat=True))
    return [(number, name) for number, (name, _) in sorted(_steps.items()) if f"{KEY}{number}" not in done]


def play(number: int, *, scale: float = 1.0, valid_by: str = "created_at") -> None:
    """Do one step in one transaction; rows are true since the moment their column says."""
    name, function = _steps[number]
    with transaction.atomic():
        event_id = begin(Actor.system("demo"), valid_by=valid_by)
        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")  # the transaction's moment: what holds since now does not begin in its future
            (moment,) = cursor.fetchone()
        stage = Stage(days.day_of(moment), moment, random.Random(f"pellucid {number}"), Actor.system("demo"), event_id, scale)
        function(stage)
        _publish(stage)
        Setting.objects.create(key=f"{KEY}{number}", value={"name": name, "on": stage.today.isoformat()})
    versions.forget()


def _publish(stage: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('events_event_id') FROM generate_series(1, %s)", [len(stage.said)])
        ids = [row[0] for row in cursor.fetchall()]
    told = sorted(stage.said, key=lambda e: e["at"])
    copy(Event, ({"id": i, "door": "demo", "reason": "", "many": 0, "on_behalf_of": None, "cause": None, **e}
                 for i, e in zip(ids, told, strict=True)))
