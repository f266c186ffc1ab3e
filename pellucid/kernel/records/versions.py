"""One counter per topic (access, terms, overlay, people, settings, views), bumped by statement triggers in the transaction that changes
the topic. What a process keeps in memory is keyed by the counter that came with the request, so a change counts on the next request."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from django.db import connection

KEPT = 2
TOPICS = ("access", "terms", "overlay", "people", "settings", "views")
_seen: ContextVar[dict[str, int] | None] = ContextVar("pellucid_versions", default=None)
T = TypeVar("T")


def read() -> dict[str, int]:
    """The counters as they stand in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT topic, n FROM records_version")
        return dict(cursor.fetchall())


def current() -> dict[str, int]:
    """The counters this request or job began with; outside of one, those of now."""
    seen = _seen.get()
    return read() if seen is None else seen


def inside() -> bool:
    """Whether counters were read for this request or job."""
    return _seen.get() is not None


@contextlib.contextmanager
def using(versions: dict[str, int]) -> Iterator[None]:
    """Everything inside sees these counters."""
    token = _seen.set(versions)
    try:
        yield
    finally:
        _seen.reset(token)


@contextlib.contextmanager
def once() -> Iterator[None]:
    """The counters are read once for everything inside, unless a request or job around it has done so."""
    if inside():
        yield
        return
    with using(read()):
        yield


def forget() -> None:
    """Read the counters afresh at the next use, within this request too: after a change of one's own."""
    if _seen.get() is not None:
        _seen.set(read())


def alone(topic: str) -> None:
    """Until the transaction ends nobody else changes this topic; what is in memory is read afresh. For rules about a whole: no unit
    below itself, no circle of managers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM records_version WHERE topic = %s FOR NO KEY UPDATE", [topic])
    forget()


def versioned(*topics: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Keep a function's answers until one of the topics changes. Arguments must be hashable; at most 4,096 answers are kept. Requests that
    began before a change find what they knew: so many last states (KEPT) are remembered, not one that each would take from the other."""

    def keep(function: Callable[..., T]) -> Callable[..., T]:
        held: tuple[tuple[tuple[int, ...], dict[Any, T]], ...] = ()  # the last one used first; replaced whole, since threads share it

        def remembered(stamp: tuple[int, ...]) -> dict[Any, T]:
            nonlocal held
            found = next((memory for of, memory in held if of == stamp), None)
            # a new memory, never the old one emptied: another thread may just be writing what it read before the change
            memory: dict[Any, T] = {} if found is None or len(found) > 4096 else found
            held = ((stamp, memory), *(one for one in held if one[0] != stamp))[:KEPT]
            return memory

        @wraps(function)
        def answer(*args: Any) -> T:
            now, last = current(), held
            stamp = tuple(now.get(topic, 0) for topic in topics)
            memory = last[0][1] if last and last[0][0] == stamp and len(last[0][1]) <= 4096 else remembered(stamp)
            try:
                return memory[args]
            except KeyError:
                with contextlib.nullcontext() if inside() else using(now):  # what it asks for in turn is of the same state
                    value = memory[args] = function(*args)
                return value

        def clear() -> None:
            nonlocal held
            held = ()

        answer.clear = clear  # type: ignore[attr-defined]
        return answer

    return keep
