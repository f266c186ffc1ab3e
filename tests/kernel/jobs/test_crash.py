"""Workers as processes: killed in the middle, stopped in good order, frozen and revived, two at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from django.conf import settings
from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.jobs import heartbeat, queue
from pellucid.kernel.jobs.models import Job, Worker
from tests import counts
from tests.contracts.sources import ROOT
from tests.kernel.jobs import sample

pytestmark = pytest.mark.django_db(transaction=True)


def until(what: str, true: Callable[[], bool], seconds: float = 40) -> float:
    """Wait for something to become true; answers how long it took."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < seconds, f"waited {seconds} s for: {what}"
        time.sleep(0.05)
    return time.monotonic() - started


@pytest.fixture
def worker() -> Iterator[Callable[..., subprocess.Popen]]:
    with connection.cursor() as cursor:
        cursor.execute(sample.TABLE)
    started: list[subprocess.Popen] = []

    def start(**more: str) -> subprocess.Popen:
        environment = os.environ | {"SAMPLE_DATABASE": connection.settings_dict["NAME"], "PYTHONPATH": str(ROOT),
                                    "PELLUCID_HOME": str(settings.PELLUCID_HOME), "PELLUCID_LOG_LEVEL": "ERROR"} | more
        environment.pop("PYTEST_CURRENT_TEST", None)
        process = subprocess.Popen([sys.executable, "-m", "tests.kernel.jobs.run_worker"], cwd=ROOT, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def numbers(job: Job) -> list[int]:
    return [n for of, n, _pid in sample.effects() if of == job.pk]


def test_a_killed_workers_job_goes_on_from_its_last_chunk(worker):
    total, kills = (3000, 50) if counts.PROOF else (400, 3)
    job = queue.start("sample.rows", Actor.system(), total=total, pause=0.01)
    slowest = 0.0
    for kill in range(kills):
        process = worker()
        reached = job.done
        until("progress", lambda reached=reached: state(job) == "running" and job.done > reached)
        if kill % 2:
            time.sleep(0.05)              # in the middle of a chunk
        process.kill()
        process.wait()
        job.refresh_from_db()
        assert numbers(job) == list(range(job.checkpoint["at"]))
    worker()
    slowest = until("taken up", lambda: state(job) == "running" and job.run == kills + 1)
    assert slowest < 15
    until("done", lambda: state(job) == "done", 120)
    assert numbers(job) == list(range(total))


def test_a_frozen_worker_cannot_write_once_another_has_its_job(worker, monkeypatch):
    job = queue.start("sample.rows", Actor.system(), total=100, pause=0.01)
    first = worker()
    until("progress", lambda: state(job) == "running" and job.done > 0)
    first.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    Worker.objects.filter(pid=first.pid).update(seen_at="2020-01-01T00:00Z")      # as after thirty seconds of silence
    second = worker()
    until("taken up", lambda: state(job) == "running" and job.run == 2)
    first.send_signal(signal.SIGCONT)
    until("done", lambda: state(job) == "done")
    time.sleep(0.5)
    assert numbers(job) == list(range(100)) and first.poll() is None and second.poll() is None


def test_a_stopped_worker_hands_back_and_leaves(worker):
    job = queue.start("sample.rows", Actor.system(), total=1000, pause=0.01)
    process = worker()
    until("progress", lambda: state(job) == "running" and job.done > 0)
    assert heartbeat.age() < 5 and Worker.objects.count() == 1
    memory = psutil.Process(process.pid).memory_info().rss / 2**20
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert (state(job), job.tries, Worker.objects.count()) == ("queued", 0, 0)
    assert numbers(job) == list(range(job.checkpoint["at"]))
    assert memory < 150, f"{memory:.0f} MB"


def test_two_workers_never_run_the_same_job_and_a_schedule_runs_once(worker):
    jobs = [queue.start("sample.once", Actor.system(), n=n) for n in range(120)]
    slow = [queue.start("sample.once", Actor.system(), n=n, pause=0.3) for n in range(120, 126)]
    for _ in range(2):
        worker(SAMPLE_SCHEDULES="1")
    until("all done", lambda: Job.objects.filter(name="sample.once").exclude(state="done").count() == 0)
    found = [n for of, n, _pid in sample.effects() if n >= 0]
    assert sorted(found) == list(range(126)) and len({pid for _job, n, pid in sample.effects() if n >= 0}) == 2
    assert len(jobs) + len(slow) == 126
    until("the minute's slot", lambda: Job.objects.filter(name="sample.minute", state="done").exists())
    slots = list(Job.objects.filter(name="sample.minute").values_list("once", flat=True))
    runs = [n for _job, n, _pid in sample.effects() if n == -1]
    assert len(slots) == len(set(slots)) and len(runs) <= len(slots) <= 2


def test_a_stuck_job_does_not_hold_its_worker_for_ever(worker):
    job = queue.start("sample.stuck", Actor.system())
    process = worker()
    until("taken", lambda: state(job) == "running")
    assert process.wait(15) == 70
    worker()
    until("given up", lambda: state(job) == "failed")
