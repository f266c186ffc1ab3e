"""A whole installation that survives: `pellucid serve` on a durable server of its own, with writers that repeat a call until it is answered."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import psutil
import psycopg

from pellucid.config.embedded.server import Server
from tests.config.test_serve import Installation, until
from tests.contracts.sources import ROOT

SOON = "2099-01-01T09:00:00+08:00"


class House(Installation):
    """An installation whose processes may be killed."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.server = Server(home, durable=True)
        self.workers: list[subprocess.Popen[bytes]] = []

    def environment(self, **more: str) -> dict[str, str]:
        made = super().environment(**{"PELLUCID_LOG_LEVEL": "WARNING", "PELLUCID_WORKERS": "2"} | more)
        del made["PELLUCID_TEST_SERVER"]  # what is acknowledged must be on disk
        return made

    def inside(self, *command: str, given: Any = None) -> Any:
        """Run a command of tests/reliability/inside.py within the installation."""
        done = subprocess.run([sys.executable, "-m", "tests.reliability.inside", *command], cwd=ROOT, env=self.environment(),
                              input=json.dumps(given), capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout.splitlines()[-1])

    def value(self, query: str, *values: Any) -> Any:
        """One value out of the database; None while it is away."""
        try:
            with psycopg.connect(**self.server.parameters(), autocommit=True) as session:
                row = session.execute(query, values).fetchone()  # type: ignore[call-overload]
        except psycopg.OperationalError:
            return None
        return row[0] if row else None

    def job_over(self, job: int) -> bool:
        """Whether a job has come to an end, good or bad."""
        return self.value("SELECT state FROM jobs_job WHERE id = %s", job) in ("done", "failed", "cancelled")

    def work(self) -> subprocess.Popen[bytes]:
        """Start a job worker."""
        with open(self.home / "worker.log", "a") as log:
            self.workers.append(subprocess.Popen([sys.executable, "-m", "pellucid", "worker"], cwd=ROOT, env=self.environment(),
                                                 stdout=log, stderr=log))
        return self.workers[-1]

    def carry_out(self) -> subprocess.Popen[bytes]:
        """Start doing what is owed to requests."""
        with open(self.home / "worker.log", "a") as log:
            self.workers.append(subprocess.Popen([sys.executable, "-m", "tests.reliability.inside", "carry_out"], cwd=ROOT, env=self.environment(),
                                                 stdout=log, stderr=log))
        return self.workers[-1]

    def serving(self) -> list[psutil.Process]:
        """The processes that answer requests: the children of the web process."""
        found = []
        for web in self.web():
            with contextlib.suppress(psutil.NoSuchProcess):
                found += [child for child in web.children() if "resource_tracker" not in " ".join(child.cmdline())]
        return found

    def kill_serving(self) -> None:
        """kill -9 of one process that answers requests (and is not just being born)."""
        settled: list[psutil.Process] = []

        def found() -> bool:
            with contextlib.suppress(psutil.NoSuchProcess):
                settled[:] = [process for process in self.serving() if time.time() - process.create_time() > 2]
            return bool(settled)

        until("a process that serves", found)
        random.choice(settled).kill()

    def kill_web(self) -> None:
        """kill -9 of the web process, whose children end with it."""
        for process in self.web():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "spawn_main" not in " ".join(process.cmdline()):
                    process.kill()

    def kill_database(self) -> None:
        """kill -9 of the whole PostgreSQL, all at once."""
        with contextlib.suppress(OSError, ValueError, psutil.NoSuchProcess):
            postmaster = psutil.Process(int((self.server.data / "postmaster.pid").read_text().splitlines()[0]))
            family = [postmaster, *postmaster.children(recursive=True)]
            postmaster.suspend()  # it must not notice its children's end first
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def call(self, method: str, path: str, body: Any, token: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """One call of the API on a connection of its own; status 0 when there was no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            kept = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, f"/api/v1/{path}", json.dumps(body), {"Authorization": f"Bearer {token}",
                                                                              "Content-Type": "application/json"} | kept)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        except (OSError, http.client.HTTPException):
            return 0, b"", {}
        finally:
            connection.close()

    def clean(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGKILL)
            worker.wait()
        super().clean()


class Writer(threading.Thread):
    """A client that creates customers, counts up a field of one and writes follow-ups; it repeats a call, with its key, until it knows."""

    def __init__(self, house: House, name: str, tokens: list[str]) -> None:
        super().__init__(daemon=True)
        self.house, self.prefix, self.tokens = house, name, tokens
        self.stopping = threading.Event()
        self.names: list[str] = []
        self.base, self.version, self.patches, self.follow_ups = 0, 1, 0, 0
        self.repeated, self.longest, self.wrong = 0, 0.0, ""

    def run(self) -> None:
        try:
            self.base = self._create()
            while not self.stopping.is_set():
                random.choice((self._create, self._count_up, self._follow_up))()
        except Exception as error:
            self.wrong = f"{type(error).__name__}: {error}"

    def stop(self) -> None:
        """End after the call under way."""
        self.stopping.set()
        self.join(90)
        assert not self.is_alive() and not self.wrong, self.wrong or "no answer for 90 s"

    def told(self) -> dict[str, Any]:
        """What was acknowledged."""
        return {"prefix": self.prefix, "names": self.names, "base": self.base, "patches": self.patches, "follow_ups": self.follow_ups}

    def _sure(self, method: str, path: str, body: Any, expected: int) -> tuple[Any, dict[str, str]]:
        key, started = uuid.uuid4().hex, time.monotonic()
        while True:
            status, answer, headers = self.house.call(method, path, body, random.choice(self.tokens), Idempotency_Key=key)
            self.longest = max(self.longest, time.monotonic() - started)
            if status == expected:
                return json.loads(answer), headers
            if status not in (0, 429, 503) and status != 500:
                raise AssertionError(f"{method} {path}: {status} {answer[:500]!r}")
            if time.monotonic() - started > 60:
                raise AssertionError(f"{method} {path}: no answer for a minute, last {status} {answer[:500]!r}")
            self.repeated += 1
            time.sleep(0.05)

    def _create(self) -> int:
        name = f"{self.prefix}-{uuid.uuid4().hex[:12]}"
        made, _headers = self._sure("POST", "customers", {"name": name}, 201)
        self.names.append(name)
        return int(made["id"])

    def _count_up(self) -> None:
        wanted = {"employees": self.patches + 1, "version": self.version}
        made, headers = self._sure("PATCH", f"customers/{self.base}", wanted, 200)
        self.version, self.patches = int(headers.get("etag", f'"{made["version"]}"' if "version" in made else "0").strip('"')), self.patches + 1

    def _follow_up(self) -> None:
        given = {"customer": self.base, "text": f"第 {self.follow_ups + 1} 次", "next_step": "回访", "next_step_at": SOON}
        self._sure("POST", "follow-ups", given, 201)
        self.follow_ups += 1


def serving_again(house: House, seconds: float = 30) -> float:
    """Wait until the installation is ready; how long that took."""
    started = time.monotonic()
    until("the installation to be ready", lambda: house.get("/readyz")[0] == 200, seconds)
    return time.monotonic() - started
