"""Months made ahead, statistics kept fresh, and what has served its time thrown away."""
from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.models import OneTimeLink, Session
from pellucid.kernel.actions.models import IdempotencyKey
from pellucid.kernel.events.models import Delivery
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.records.blobs import UNUSED, let_go, unheld
from pellucid.kernel.records.models import Attachment

CHUNK = 2000
TAKEN_OFF = dt.timedelta(days=30)


@every("03:10")
@job("kernel.months", label=_("Make the months of history and events ahead"))
def months(ctx: Context) -> dict[str, int]:
    """Partitions for the next three months."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT history.make_months(3), public.events_make_months(3)")
        audit, events = cursor.fetchone()
    return {"audit": audit, "events": events}


@every(minutes=10)
@job("kernel.statistics", label=_("Refresh the planner's statistics"))
def statistics(ctx: Context) -> dict[str, int]:
    """ANALYZE what a load has changed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.analyze_stale()")
        return {"tables": cursor.fetchone()[0]}


def _delete(ctx: Context, rows: Any) -> int:
    """Delete rows in chunks of their own transactions."""
    count = 0
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        with ctx.chunk():
            count += rows.model.objects.filter(pk__in=ids).delete()[0]
            ctx.progress()
    return count


@every("03:20")
@job("kernel.tidy", label=_("Throw away what has served its time"))
def tidy(ctx: Context) -> dict[str, int]:
    """Sessions and links that ended, answered idempotency keys, old deliveries, old jobs with their files."""
    now = timezone.now()
    old = Q(finished_at__lt=now - dt.timedelta(days=30)) | Q(user=None, finished_at__lt=now - dt.timedelta(days=2))
    latest = Job.objects.filter(user=None).values("name").annotate(last=Max("id")).values("last")
    jobs = Job.objects.filter(old).exclude(pk__in=latest)
    files = set(jobs.exclude(result_file=None).values_list("result_file_id", flat=True))
    counts = {
        "sessions": _delete(ctx, Session.objects.filter(expires_at__lt=now - dt.timedelta(days=1))),
        "links": _delete(ctx, OneTimeLink.objects.filter(expires_at__lt=now - dt.timedelta(days=30))),
        "answers": _delete(ctx, IdempotencyKey.objects.filter(created_at__lt=now - dt.timedelta(days=2))),
        "deliveries": _delete(ctx, Delivery.objects.filter(delivered_at__lt=now - dt.timedelta(days=30))),
        "jobs": _delete(ctx, jobs),
    }
    for sha in files:
        let_go(sha)
    return counts


@every("04:20")
@job("kernel.files", label=_("Remove files that nothing holds"), tells=False)
def files(ctx: Context) -> dict[str, int]:
    """Attachments that were taken off long ago, and bytes of files that nothing holds any more."""
    taken_off = _delete(ctx, Attachment.objects.filter(deleted_at__lt=timezone.now() - TAKEN_OFF))
    gone = 0
    for sha in list(unheld(timezone.now() - UNUSED).values_list("pk", flat=True)):
        ctx.check_cancelled()
        gone += let_go(sha, UNUSED)
    return {"attachments": taken_off, "files": gone}
