"""Kinds of jobs and their schedules, declared at the function that does the work."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pellucid.kernel.records import days

QUEUES = ("default", "long")          # what may take minutes goes to "long", so that short work need not wait for it


@dataclass(frozen=True, slots=True)
class JobKind:
    """A kind of job. `retries` after a failure or a killed worker (a saved checkpoint starts the count anew), `patience` in
    seconds without a sign of life before its worker is restarted, `tells` whether its end is announced to who asked for it."""

    name: str
    function: Callable[..., Any]
    label: Any
    queue: str = "default"
    retries: int = 3
    patience: int = 900
    tells: bool = True


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a kind of job is due by itself: every so many minutes, or at a time of the company's day."""

    job: str
    at: dt.time | None = None
    minutes: int = 0

    def slot(self, now: dt.datetime) -> dt.datetime:
        """The latest moment, not after now, at which this was due."""
        if self.at is None:
            size = self.minutes * 60
            return dt.datetime.fromtimestamp(int(now.timestamp()) // size * size, dt.UTC)
        zone = days.zone()
        moment = dt.datetime.combine(now.astimezone(zone).date(), self.at, zone)
        if moment > now:
            moment = dt.datetime.combine(now.astimezone(zone).date() - dt.timedelta(days=1), self.at, zone)
        return moment.astimezone(dt.UTC)


kinds: dict[str, JobKind] = {}
schedules: dict[str, Schedule] = {}
drains: dict[str, list[Callable[[], int]]] = {}  # by the thread of a worker that calls them


def job(name: str, *, label: Any = "", queue: str = "default", retries: int = 3, patience: int = 900,
        tells: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare ``function(ctx, **args)`` as a job that `start(name, actor, **args)` asks for."""
    if queue not in QUEUES:
        raise RuntimeError(f"job {name!r}: there is no queue {queue!r}")

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        if name in kinds:
            raise RuntimeError(f"job {name!r} is declared twice")
        kinds[name] = JobKind(name, function, label or name, queue, retries, patience, tells)
        function.job = name  # type: ignore[attr-defined]
        return function

    return keep


def every(at: str = "", *, minutes: int = 0) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Over @job: due at this time of the company's day ("03:10"), or every so many minutes; once, however many workers."""
    if bool(at) == bool(minutes):
        raise RuntimeError("every() takes a time of day or minutes")

    def keep(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.job  # type: ignore[attr-defined]
        schedules[name] = Schedule(name, dt.time.fromisoformat(at) if at else None, minutes)
        return function

    return keep


def drain(thread: str = "deliveries") -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Have the worker call the function again and again; it takes a few of what waits for it and returns how many. What may take its time
    has a thread of its own, so that nothing else waits for it."""

    def keep(function: Callable[[], int]) -> Callable[[], int]:
        drains.setdefault(thread, []).append(function)
        return function

    return keep
