"""The rows of jobs: asked for, taken by one worker, ended or given back. Every change of a running job names its run."""
from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.events.bus import EventKind, publish
from pellucid.kernel.events.bus import declare as declare_event

from .declare import Schedule, kinds
from .models import Job, Worker

DEAD_AFTER = dt.timedelta(seconds=30)
A_MOMENT = dt.timedelta(seconds=5)  # until a database that went away is asked again
OFTEN = 100  # runs after which a job is suspected itself when the database goes away under it
for _event, _sentence in (("job.done", "{actor}: {label}"), ("job.failed", "{actor}: {label}")):
    declare_event(EventKind(_event, _sentence, quiet=True))


def start(
    name: str, actor: Actor, *, title: str = "", due_at: dt.datetime | None = None, once: str | None = None, **args: Any
) -> Job:
    """Ask for a job, within the caller's transaction: no effect, no job. `once` names it: a second of that name is the first."""
    kind = kinds[name]
    kept = json.loads(json.dumps(args, cls=DjangoJSONEncoder))
    values = {"name": name, "title": title[:200], "user_id": actor.user_id, "cause": actor.cause, "args": kept,
              "queue": kind.queue, "due_at": due_at or timezone.now(), "max_tries": kind.retries + 1}
    return Job.objects.get_or_create(once=once, defaults=values)[0] if once else Job.objects.create(**values)


TAKE = """
UPDATE jobs_job SET state = 'running', worker_id = %s, run = run + 1, tries = tries + 1, error = '',
       started_at = clock_timestamp()
 WHERE id = (SELECT id FROM jobs_job
              WHERE state = 'queued' AND due_at <= clock_timestamp() AND queue = ANY (%s) AND name = ANY (%s)
              ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id"""


def take(worker_id: int, queues: tuple[str, ...]) -> Job | None:
    """The next job that is due, now this worker's; no other worker gets it. Kinds unknown here wait for a process that knows."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [worker_id, list(queues), list(kinds)])
        row = cursor.fetchone()
    return Job.objects.select_related("user").get(pk=row[0]) if row else None


def held(job: Job) -> Any:
    """The job's row as long as this run holds it."""
    return Job.objects.filter(pk=job.pk, run=job.run, state=Job.State.RUNNING)


def finish(job: Job, state: str, **facts: Any) -> bool:
    """End a run; False when another worker has taken the job meanwhile. Who asked for it is told."""
    with transaction.atomic():
        if not held(job).update(state=state, finished_at=Now(), worker_id=None, **facts):
            return False
        kind = kinds.get(job.name)
        if job.user_id and kind and kind.tells and state != Job.State.CANCELLED:
            publish(f"job.{state}", by=Actor(job.user_id, door="job", cause=job.cause),
                    payload={"job": job.pk, "name": job.name, "title": str(job), "error": facts.get("error", ""),
                             "result": facts.get("result") or {}})
    return True


def hand_back(job: Job) -> None:
    """Put a job back as if it had not been taken: its worker stops."""
    held(job).update(state=Job.State.QUEUED, due_at=Now(), worker_id=None, tries=F("tries") - 1)


def let_go(job: Job) -> None:
    """The worker could not write the end of this run: the job is nobody's, and is taken up like that of a dead worker."""
    held(job).update(worker_id=None, tries=F("tries") - int(job.run < OFTEN))


def interrupted(job: Job, error: str, trace: str) -> None:
    """The database went away under it: no fault of the job's, so that no try is lost. One that this happens to so often may be what does it."""
    if job.run >= OFTEN:
        try_again(job, error, trace)
        return
    held(job).update(state=Job.State.QUEUED, due_at=Now() + A_MOMENT, worker_id=None, tries=F("tries") - 1, error=error, trace=trace)


def try_again(job: Job, error: str, trace: str) -> None:
    """After a failure: queue it once more after a growing pause, or end it."""
    if job.tries >= job.max_tries:
        finish(job, Job.State.FAILED, error=error, trace=trace)
        return
    pause = dt.timedelta(seconds=min(3600, 10 * 4 ** (job.tries - 1)))
    held(job).update(state=Job.State.QUEUED, due_at=Now() + pause, worker_id=None, error=error, trace=trace)


def take_up(alive: int = 0) -> int:
    """Queue the jobs of dead workers again, or end them when they have killed too many; returns how many there were."""
    Worker.objects.filter(seen_at__lt=Now() - dt.timedelta(days=1)).delete()
    count = 0
    with transaction.atomic():
        living = Worker.objects.filter(seen_at__gte=Now() - DEAD_AFTER).values("id")
        running = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(state=Job.State.RUNNING)
        for job in running.select_related("user").exclude(worker_id=alive).exclude(worker_id__in=living):
            count += 1
            if job.cancel_asked:
                finish(job, Job.State.CANCELLED)
            elif job.tries >= job.max_tries:
                with translation.override((job.user.language if job.user else "") or "zh-hans"):
                    told = _("It was interrupted while at work. Look at what it has done, then try again.")
                    finish(job, Job.State.FAILED, error=told)
            else:
                held(job).update(state=Job.State.QUEUED, due_at=Now(), worker_id=None)
    return count


SCHEDULE = """
INSERT INTO jobs_job (name, title, args, queue, state, due_at, once, tries, max_tries, run, cancel_asked, done, rate, message,
                      checkpoint, result, result_name, error, trace, created_at, finished_at)
SELECT %(name)s, '', '{}', %(queue)s, CASE WHEN first THEN 'done' ELSE 'queued' END, now(), %(once)s, 0, %(tries)s, 0, false,
       0, 0, '', '{}', '{}', '', '', '', now(), CASE WHEN first THEN now() END
  FROM (SELECT %(daily)s AND NOT EXISTS (SELECT FROM jobs_job WHERE name = %(name)s) AS first) f
 WHERE NOT EXISTS (SELECT FROM jobs_job WHERE name = %(name)s AND once IS NOT NULL AND state IN ('queued', 'running'))
ON CONFLICT (once) DO NOTHING"""


def schedule(what: Schedule, slot: dt.datetime) -> bool:
    """Queue the job of a slot unless another worker did, or the one before is still under way. A new installation lets the
    daily slot before its birth pass."""
    kind = kinds[what.job]
    with connection.cursor() as cursor:
        cursor.execute(SCHEDULE, {"name": kind.name, "queue": kind.queue, "tries": kind.retries + 1, "daily": what.at is not None,
                                  "once": f"{kind.name}@{slot:%Y-%m-%dT%H:%MZ}"})
        return cursor.rowcount == 1
