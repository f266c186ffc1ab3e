"""Jobs and the database that goes away: none stays under way for ever, and one that gets ahead is not given up."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.exchange.running import open_file, run_plan, settle, start
from pellucid.kernel.jobs import heartbeat, perform, queue
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.worker import LANES, Worker
from pellucid.kernel.resources.declare import registry
from tests.kernel.jobs import sample

pytestmark = pytest.mark.django_db


def away(*_given: Any, **_more: Any) -> None:
    raise OperationalError("the server closed the connection unexpectedly")


def test_a_job_whose_end_could_not_be_written_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sample.TABLE)
    monkeypatch.setattr("pellucid.kernel.jobs.worker.schedules", {})
    job = queue.start("sample.once", Actor.system())
    worker = Worker()
    worker.id = heartbeat.register()
    with monkeypatch.context() as patch:
        patch.setattr(perform, "connection", SimpleNamespace(in_atomic_block=True, close=lambda: None))  # the test's own stays open
        patch.setattr(queue, "finish", away)
        patch.setattr(queue, "interrupted", away)
        with pytest.raises(OperationalError):
            worker._lane(LANES[0])()
    job.refresh_from_db()
    assert (job.state, job.worker_id, worker.contexts) == ("running", worker.id, {})
    worker._keep_house()
    job.refresh_from_db()
    assert (job.state, job.worker_id) == ("queued", None)
    worker._lane(LANES[0])()
    job.refresh_from_db()
    assert (job.state, job.run, worker.unended) == ("done", 2, [])


def test_a_database_that_goes_away_again_and_again_costs_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sample.TABLE)
    job = queue.start("sample.once", Actor.system())
    with monkeypatch.context() as patch:
        patch.setattr(perform, "connection", SimpleNamespace(in_atomic_block=True, close=lambda: None))
        patch.setattr(perform, "_run", away)
        for _time in range(9):
            perform.perform(queue.take(0, perform.QUEUES))
            job.refresh_from_db()
            assert (job.state, job.tries) == ("queued", 0) and job.due_at > job.created_at
            Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
        Job.objects.filter(pk=job.pk).update(run=queue.OFTEN)
        perform.perform(queue.take(0, perform.QUEUES))
        job.refresh_from_db()
        assert (job.state, job.tries) == ("queued", 1), "one that this happens to so often is suspected"
        Job.objects.filter(pk=job.pk).update(due_at=job.created_at)
    perform.work_off(1)
    job.refresh_from_db()
    assert job.state == "done"


def test_an_import_that_gets_ahead_is_not_given_up(world) -> None:
    actor = world.actor("sam")
    text = "\r\n".join(["名称", *(f"{n} 号公司" for n in range(1500))])
    run, _book, _guesses = open_file(registry["customer"], actor, io.BytesIO(text.encode()), "a.csv")
    settle(run, actor, run_plan(run))
    job = start(run, actor)
    Job.objects.filter(pk=job.pk).update(tries=3)  # interrupted three times before, each time after some rows
    perform.work_off(1)
    job.refresh_from_db()
    assert (job.state, job.tries, job.result["imported"]) == ("done", 1, 1500), job.trace
