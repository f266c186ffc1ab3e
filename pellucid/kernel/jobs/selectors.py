"""The tray: what a user asked for lately, and how far it is."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.errors import Missing

from .models import Job

OPEN = (Job.State.QUEUED, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class TrayLine:
    """One job as the tray shows it. `percent` is None while the total is unknown; `seconds_left` while it cannot be told."""

    id: int
    name: str
    title: str
    state: str
    state_words: str
    done: int
    total: int | None
    percent: int | None
    rate: float
    seconds_left: int | None
    message: str
    error: str
    result: dict[str, Any]
    result_name: str
    created_at: dt.datetime
    finished_at: dt.datetime | None
    may_cancel: bool
    may_retry: bool
    cancelling: bool


def line(job: Job) -> TrayLine:
    """A job as a line of the tray, in the reader's language."""
    percent = min(100, job.done * 100 // job.total) if job.total else None
    left = int((job.total - job.done) / job.rate) if job.total and job.rate > 0 and job.state == Job.State.RUNNING else None
    is_open = job.state in OPEN
    return TrayLine(
        id=job.pk, name=job.name, title=str(job), state=job.state, state_words=str(job.get_state_display()), done=job.done,
        total=job.total, percent=percent, rate=job.rate, seconds_left=left, message=job.message,
        error=job.error if job.state == Job.State.FAILED else "", result=job.result, result_name=job.result_name,
        created_at=job.created_at, finished_at=job.finished_at, may_cancel=is_open and not job.cancel_asked,
        may_retry=job.state in (Job.State.FAILED, Job.State.CANCELLED), cancelling=is_open and job.cancel_asked)


def tray(actor: Actor, limit: int = 12) -> list[TrayLine]:
    """The actor's own jobs that are open or ended within two days, newest first."""
    recent = timezone.now() - dt.timedelta(days=2)
    jobs = Job.objects.filter(Q(state__in=OPEN) | Q(finished_at__gte=recent), user_id=actor.user_id or 0).order_by("-id")[:limit]
    return [line(job) for job in jobs]


def open_count(actor: Actor) -> int:
    """How many of the actor's jobs wait or run."""
    return Job.objects.filter(state__in=OPEN, user_id=actor.user_id or 0).count()


def administers(actor: Actor) -> bool:
    """Whether the actor may see and steer everybody's jobs."""
    return actor.may("job", "edit")


def job_of(job_id: int, actor: Actor) -> Job:
    """A job that is the actor's own, or anybody's for who administers jobs. Missing otherwise."""
    found = Job.objects.filter(pk=job_id).first()
    if found is None or not (administers(actor) or (actor.user_id and found.user_id == actor.user_id)):
        raise Missing
    return found


def recent(actor: Actor, limit: int = 100, *, failed: bool = False) -> list[Job]:
    """Everybody's latest jobs for who administers them, else the actor's own."""
    jobs = Job.objects.select_related("user").order_by("-id")
    if not administers(actor):
        jobs = jobs.filter(user_id=actor.user_id or 0)
    if failed:
        jobs = jobs.filter(state=Job.State.FAILED)
    return list(jobs[:limit])
