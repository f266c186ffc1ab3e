"""`pellucid serve` as a person starts it: answers, survives crashes, and leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pellucid.config.embedded.server import Server
from tests.contracts.sources import ROOT

pytestmark = pytest.mark.dear


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, true: Callable[[], bool], seconds: float = 120, pause: float = 0.1) -> None:
    """Wait for something to become true; long enough for a machine with ten times as much to do as it has cores."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
        time.sleep(pause)


class Installation:
    """One home, started and stopped as often as a test likes."""

    def __init__(self, home: Path):
        self.home, self.port = home, free_port()
        self.server = Server(home, durable=False)
        self.process: subprocess.Popen[str] | None = None

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PELLUCID_", "DJANGO_", "DATABASE_"))}
        facts = {"PELLUCID_HOME": str(self.home), "PELLUCID_WORKERS": "1", "PELLUCID_TEST_SERVER": "1", "PYTHONUNBUFFERED": "1"}
        return kept | facts | {"PELLUCID_PORT": str(self.port)} | more

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "pellucid", "serve", "--no-demo", *arguments]
        with open(self.home / "serve.log", "a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(**more), stdout=log, stderr=log, text=True, start_new_session=True
            )
        until("the first page", lambda: self.get("/livez")[0] == 200 or self.process.poll() is not None)
        assert self.process.poll() is None, (self.home / "serve.log").read_text()
        return self.process

    def get(self, path: str, port: int | None = None) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        except OSError:
            return 0, b"", {}
        finally:
            connection.close()

    def processes(self) -> list[psutil.Process]:
        """Everything that belongs to this home."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("PELLUCID_HOME") == str(self.home) or str(self.home) in " ".join(process.cmdline()):
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]

    def web(self) -> list[psutil.Process]:
        return [process for process in self.processes() if "pellucid.config.webserver" in " ".join(process.cmdline())]

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)

    def clean(self) -> None:
        for process in self.processes():
            process.kill()
        self.server.destroy()
        shutil.rmtree(self.home)


@pytest.fixture
def installation() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="pellucid-serve-"))
    home.chmod(0o711)
    made = Installation(home)
    yield made
    made.clean()


def test_starts_answers_and_stops(installation: Installation) -> None:
    metrics = free_port()
    installation.start(PELLUCID_METRICS_PORT=str(metrics), PELLUCID_LOG="json", PELLUCID_LOG_LEVEL="INFO")
    status, body, headers = installation.get("/readyz")
    assert json.loads(body)["parts"] | {"worker": "ok"} == {"database": "ok", "disk": "ok", "migrations": "ok", "worker": "ok"}
    assert status == 200
    status, _, headers = installation.get("/api/v1/no-such-page?token=secret")
    assert status == 401
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert len(headers["x-request-id"]) == 16
    assert b"pellucid_request_seconds_count" in installation.get("/metrics", metrics)[1]
    assert b"pellucid_request_seconds" not in installation.get("/metrics")[1], "metrics are not on the public port"

    started = time.monotonic()
    assert installation.stop(signal.SIGINT) == 0
    assert time.monotonic() - started < 8
    assert installation.processes() == [], "nothing is left running"
    lines = [line for line in (installation.home / "serve.log").read_text().splitlines() if line.startswith("{")]
    page = next(line for line in map(json.loads, lines) if line.get("path") == "/api/v1/no-such-page")
    assert page["request_id"] == headers["x-request-id"]
    assert page["ts"].endswith("Z")
    assert "secret" not in "".join(lines), "a query string may hold a secret and stays out of the log"


def test_dead_children_are_replaced(installation: Installation) -> None:
    installation.start()
    first = {process.pid for process in installation.web()}
    for process in installation.web():
        process.kill()
    until("a new web process", lambda: installation.get("/livez")[0] == 200 and not first & {p.pid for p in installation.web()})
    os.kill(int((installation.server.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    until("the database again", lambda: installation.get("/readyz")[0] == 200)
    assert installation.stop() == 0


def test_killed_parent_leaves_no_orphan_and_the_next_start_recovers(installation: Installation) -> None:
    process = installation.start()
    process.kill()
    process.wait()
    until("the orphans to leave", lambda: not installation.processes(), seconds=20)
    installation.start()
    assert installation.get("/readyz")[0] == 200
    assert installation.stop() == 0


def data_folder(server: Server) -> bool:
    return server.data.exists()


def server_that_starts(server: Server) -> bool:
    """The server's process is there and does not answer yet: the moment that lasts some milliseconds only."""
    return (server.data / "postmaster.pid").exists()


@pytest.mark.parametrize("moment", [data_folder, server_that_starts, Server.answers])
def test_stopped_in_the_middle_of_the_first_start(installation: Installation, moment: Callable[[Server], bool]) -> None:
    command = [sys.executable, "-m", "pellucid", "serve", "--no-demo"]
    with open(installation.home / "serve.log", "a") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=installation.environment(), stdout=log, stderr=log, start_new_session=True)
    until("the database", lambda: moment(installation.server) or process.poll() is not None, seconds=120, pause=0.001)
    assert process.poll() is None, (installation.home / "serve.log").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) != 0
    until("everything to leave", lambda: not installation.processes(), seconds=20)
    installation.start()
    assert installation.get("/readyz")[0] == 200
    assert installation.stop() == 0


def test_a_taken_port_is_a_sentence(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        command = [sys.executable, "-m", "pellucid", "serve"]
        done = subprocess.run(command, cwd=ROOT, env=installation.environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"Port {installation.port} on 127.0.0.1 cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"PELLUCID_ENV": "production"}, "DATABASE_URL"),
        ({"DATABASE_URL": "mysql://x"}, "PostgreSQL only"),
        ({"DATABASE_URL": "postgres://127.0.0.1:1/none"}, "does not answer"),
        ({"PELLUCID_PORT": "eighty"}, "not a number"),
    ],
)
def test_refusals_are_sentences(installation: Installation, more: dict[str, str], sentence: str) -> None:
    command = [sys.executable, "-m", "pellucid", "serve"]
    done = subprocess.run(command, cwd=ROOT, env=installation.environment(**more), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr, done.stderr
