"""Calls of the product's WSGI application inside this process, and what each costs here and in its database session."""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from pellucid.config.wsgi import application

CSRF = "b" * 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody signed in, by cookie and by key."""

    scope: str
    user: int
    session: str
    key: str


@dataclass(frozen=True, slots=True)
class Call:
    path: str
    method: str = "GET"
    form: tuple[tuple[str, str], ...] = ()
    fragment: bool = False


@dataclass(slots=True)
class Cost:
    """CPU milliseconds here and in the database, wall milliseconds, and the size of what came."""

    mine: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    size: int = 0

    def add(self, other: Cost) -> None:
        self.mine += other.mine
        self.theirs += other.theirs
        self.wall += other.wall
        self.size = other.size

    @property
    def cpu(self) -> list[float]:
        return [a + b for a, b in zip(self.mine, self.theirs, strict=True)]

    @property
    def median(self) -> float:
        return statistics.median(self.cpu) if self.mine else float("nan")

    def split(self) -> str:
        return f"{statistics.median(self.mine):.1f} + {statistics.median(self.theirs):.1f}" if self.mine else "–"


def part(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else float("nan")


def call(caller: Caller, what: Call) -> tuple[int, dict[str, str], bytes]:
    """One request through every middleware; status, headers, body."""
    path, _, query = what.path.partition("?")
    body = urlencode(what.form).encode()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": what.method, "PATH_INFO": path, "QUERY_STRING": quote(query, safe="=&,:.-%"), "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0),
        "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True,
        "wsgi.run_once": False, "HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9", "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
    }  # fmt: skip
    if path.startswith("/api/"):
        environ["HTTP_AUTHORIZATION"] = f"Bearer {caller.key}"
    else:
        environ["HTTP_COOKIE"] = f"pellucid={caller.session}; csrftoken={CSRF}"
        environ["HTTP_X_CSRFTOKEN"] = CSRF
    if what.fragment:
        environ["HTTP_HX_REQUEST"] = "true"
    said: list[Any] = []
    answer = application(environ, lambda status, headers, error=None: said.append((status, headers)))
    try:
        out = b"".join(answer)
    finally:
        getattr(answer, "close", lambda: None)()
    return int(said[0][0][:3]), dict(said[0][1]), out


def backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def burnt(pid: int) -> float:
    """CPU milliseconds of a database session, which has one thread."""
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e6


def cost(work: Callable[[], Any]) -> Cost:
    """What one piece of work burns. The scheduler brings its counters up to date when it is left, hence the yield."""
    pid = backend()
    theirs, start, mine = burnt(pid), time.perf_counter(), time.process_time_ns()
    out = work()
    mine, wall = time.process_time_ns() - mine, time.perf_counter() - start
    os.sched_yield()
    theirs = burnt(pid) - theirs
    size = len(out[2]) if isinstance(out, tuple) and len(out) == 3 else 0
    return Cost([mine / 1e6], [theirs], [wall * 1000], size)


def measured(caller: Caller, calls: Iterable[Call], fine: tuple[int, ...] = (200,), warm: int = 6, repeat: int = 1) -> Cost:
    """The calls one after the other; the first few are not counted, but done. An unexpected status is an error."""
    total = Cost()
    for at, what in enumerate(calls):
        found = None
        for _ in range(repeat):
            status = []

            def once(what: Call = what, status: list[int] = status) -> tuple[int, dict[str, str], bytes]:
                answer = call(caller, what)
                status.append(answer[0])
                return answer

            taken = cost(once)
            if status[0] not in fine:
                raise RuntimeError(f"{caller.scope}: {what.method} {what.path} answered {status[0]}: {call(caller, what)[2][:300]!r}")
            if found is None or taken.median < found.median:
                found = taken
        if at >= warm and found is not None:
            total.add(found)
    return total
