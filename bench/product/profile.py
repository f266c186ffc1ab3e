"""Where the time of a figure goes that missed its budget: its dearest statements, and Python by package."""

from __future__ import annotations

import cProfile
import os
import pstats
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.product.calls import Call, Caller, backend, burnt, call

TIMES, STATEMENTS, PACKAGES = 12, 4, 6
ROOT = Path(__file__).resolve().parents[2]


def told(caller: Caller, what: Call) -> str:
    """One line about a page."""
    return explained(lambda: call(caller, what))


def explained(work: Callable[[], Any], times: int = TIMES) -> str:
    """One line about work that may be done again; with no `times` for Python, it is done once, and what is said of Python is of that."""
    profile = cProfile.Profile(time.process_time)
    if times:
        work()  # what is kept in memory is there now
        with spied() as sent:
            work()
        profile.enable()
        for _ in range(times):
            work()
    else:
        profile.enable()
        with spied() as sent:
            work()
    profile.disable()
    by_name: dict[str, list[float]] = defaultdict(list)
    for ms, text in sent:
        by_name[named(text)].append(ms)
    dearest = sorted(((sum(found), len(found), name) for name, found in by_name.items()), reverse=True)[:STATEMENTS]
    said = "; ".join(f"{ms:.1f} {name}{f' ({n} times)' if n > 1 else ''}" for ms, n, name in dearest)
    parts: dict[str, float] = defaultdict(float)
    for (file, _line, _name), (_calls, _primitive, own, _cumulated, _callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        parts[package(file)] += own
    whole = sum(parts.values()) or 1.0
    shares = ", ".join(f"{name} {100 * own / whole:.0f} %" for name, own in sorted(parts.items(), key=lambda p: -p[1])[:PACKAGES])
    return f"{len(sent)} statements, {sum(ms for ms, _text in sent):.1f} ms in the database (dearest: {said}); Python: {shares}"


@contextmanager
def spied() -> Iterator[list[tuple[float, str]]]:
    """(milliseconds of the database session, text) of every statement."""
    sent: list[tuple[float, str]] = []
    execute = psycopg.Cursor.execute

    def spy(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        pid = backend()
        before = burnt(pid)
        try:
            return execute(self, query, *args, **more)
        finally:
            os.sched_yield()
            text = query.as_string(None) if hasattr(query, "as_string") else query.decode() if isinstance(query, bytes) else str(query)
            sent.append((burnt(pid) - before, text))

    psycopg.Cursor.execute = spy  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]


def named(text: str) -> str:
    """A statement by its verb and first table."""
    words = " ".join(text.split())
    table = re.search(r'(?:FROM|INTO|UPDATE) "?([a-z_.]+)', words)
    return f"{words.split(' ')[0]} {table[1] if table else ''}".strip()


def package(file: str) -> str:
    """The package a function belongs to, our own by part."""
    path = Path(file)
    if ROOT / "pellucid" in path.parents:
        parts = path.relative_to(ROOT).parts
        return "/".join(parts[: 3 if parts[1] == "kernel" else 2])
    found = re.search(r"site-packages/(\w+)", file)
    return found[1] if found else "Python itself"
