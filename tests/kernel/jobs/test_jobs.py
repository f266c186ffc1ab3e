"""What becomes of a job: done, failed, refused, cancelled, tried again, with whose rights."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.events.models import Event
from pellucid.kernel.jobs import queue
from pellucid.kernel.jobs.actions import job_cancel, job_retry
from pellucid.kernel.jobs.context import Context, Lost
from pellucid.kernel.jobs.declare import QUEUES, Schedule
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.jobs.selectors import open_count, tray
from pellucid.kernel.records.errors import Missing, Refused
from tests.kernel.jobs import sample

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def table(db):
    with connection.cursor() as cursor:
        cursor.execute(sample.TABLE)


def start(name: str, actor: Actor | None = None, **args) -> Job:
    return queue.start(name, actor or Actor.system(), **args)


def reread(job: Job) -> Job:
    job.refresh_from_db()
    return job


def test_a_job_runs_and_says_how_far_it_got(world):
    job = start("sample.rows", world.actor("alice"), total=25, title="名单.xlsx")
    assert open_count(world.actor("alice")) == 1
    work_off()
    reread(job)
    assert (job.state, job.done, job.total, job.message, job.result) == ("done", 25, 25, "25 of 25", {"rows": 25})
    assert [n for _job, n, _pid in sample.effects()] == list(range(25))
    line = tray(world.actor("alice"))[0]
    assert (line.title, line.percent, line.state) == ("名单.xlsx", 100, "done")
    assert not line.may_cancel and not line.may_retry
    assert tray(world.actor("bob")) == []
    assert Event.objects.get(name="job.done").payload["result"] == {"rows": 25}


def test_no_effect_no_job():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        start("sample.once")
        1 / 0  # noqa: B018
    assert not Job.objects.exists()


def test_failure_is_tried_again_after_a_growing_pause_and_then_told(world):
    job = start("sample.fails", world.actor("alice"), times=9)
    for wanted in (10, 40):
        work_off()
        reread(job)
        assert job.state == "queued" and "RuntimeError: not yet" in job.trace
        assert abs((job.due_at - timezone.now()).total_seconds() - wanted) < 5
        Job.objects.update(due_at=timezone.now())
    work_off()
    assert (reread(job).state, job.tries) == ("failed", 3)
    assert str(job.pk) in tray(world.actor("alice"))[0].error and "RuntimeError" not in job.error
    job_retry(job.pk, actor=world.actor("alice"))
    Job.objects.update(args={"times": 0})
    work_off()
    assert reread(job).state == "done"


def test_a_refusal_is_told_and_not_tried_again(world):
    job = start("sample.refuses", world.actor("alice"))
    work_off()
    assert (reread(job).state, job.error, job.tries) == ("failed", "The month is closed.", 1)
    assert Event.objects.get(name="job.failed").payload["error"] == "The month is closed."


def test_rights_are_those_of_now(world):
    job = start("sample.rights", world.actor("alice"))
    work_off()
    assert reread(job).result == {"door": "job", "before": True, "after": False}
    late = start("sample.rights", world.actor("bob"))
    User.objects.filter(username="bob").update(is_active=False)
    work_off()
    assert (reread(late).state == "failed" and "sign in" in late.error) or "登录" in late.error


def test_a_chunk_is_whole_or_not_at_all():
    job = start("sample.half")
    work_off()
    assert sample.effects() == [] and reread(job).checkpoint == {} and job.done == 0


def test_who_lost_a_job_can_write_no_more():
    start("sample.rows", total=20)
    job = queue.take(1, QUEUES)
    zombie = Context(job)
    assert queue.take_up() == 1
    successor = queue.take(2, QUEUES)
    assert successor.pk == job.pk and successor.run == job.run + 1
    with pytest.raises(Lost), transaction.atomic():
        sample.effect(zombie, 1)
        zombie.progress(1, at=1)
    assert sample.effects() == [] and not queue.finish(job, "done")
    Context(successor).progress(2, at=2)
    assert reread(job).checkpoint == {"at": 2} and job.state == "running"


def test_one_that_kills_its_workers_is_given_up():
    job = start("sample.stuck")
    queue.take(1, QUEUES)
    assert queue.take_up() == 1
    assert reread(job).state == "failed" and job.error and job.worker_id is None


def test_cancel_and_who_may(world):
    job = start("sample.rows", world.actor("alice"), total=5)
    with pytest.raises(Missing):
        job_cancel(job.pk, actor=world.actor("bob"))
    job_cancel(job.pk, actor=world.actor("admin"))
    assert work_off() == 0 and reread(job).state == "cancelled"
    with pytest.raises(Refused):
        job_cancel(job.pk, actor=world.actor("alice"))
    job_retry(job.pk, actor=world.actor("alice"))
    taken = queue.take(1, QUEUES)
    job_cancel(job.pk, actor=world.actor("alice"))
    from pellucid.kernel.jobs.perform import perform
    perform(taken)
    assert reread(job).state == "cancelled" and sample.effects() == []


def test_the_same_name_is_the_same_job():
    first = start("sample.once", once="x")
    assert start("sample.once", once="x").pk == first.pk


def test_slots_follow_the_companys_day():
    daily = Schedule("sample.daily", dt.time(3, 15))
    shanghai = ZoneInfo("Asia/Shanghai")
    assert daily.slot(dt.datetime(2026, 3, 1, 3, 14, tzinfo=shanghai)) == dt.datetime(2026, 2, 28, 3, 15, tzinfo=shanghai)
    assert daily.slot(dt.datetime(2026, 3, 1, 3, 15, tzinfo=shanghai)) == dt.datetime(2026, 3, 1, 3, 15, tzinfo=shanghai)
    five = Schedule("sample.minute", None, 5)
    assert five.slot(dt.datetime(2026, 3, 1, 10, 9, 59, tzinfo=dt.UTC)) == dt.datetime(2026, 3, 1, 10, 5, tzinfo=dt.UTC)


def test_a_slot_is_queued_once_and_never_two_at_a_time():
    minute = Schedule("sample.minute", None, 1)
    now = dt.datetime(2026, 3, 1, 10, 9, tzinfo=dt.UTC)
    assert queue.schedule(minute, now) and not queue.schedule(minute, now)
    assert not queue.schedule(minute, now + dt.timedelta(minutes=1))
    work_off()
    assert queue.schedule(minute, now + dt.timedelta(minutes=1)) and not queue.schedule(minute, now)
    daily = Schedule("sample.daily", dt.time(3, 15))
    assert queue.schedule(daily, now) and Job.objects.get(name="sample.daily").state == "done"
    assert queue.schedule(daily, now + dt.timedelta(days=1))
    assert Job.objects.filter(name="sample.daily", state="queued").count() == 1
