"""Jobs that tests watch; what they do stands in a table of its own, one line per effect."""

from __future__ import annotations

import os
import time
from typing import Any

from django.db import connection

from pellucid.kernel.access.models import Grant
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records.errors import Refused

TABLE = "CREATE TABLE IF NOT EXISTS jobs_effect (job bigint, n int, pid int, at timestamptz DEFAULT clock_timestamp())"


def effect(ctx: Context, n: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO jobs_effect (job, n, pid) VALUES (%s, %s, %s)", [ctx.job.pk, n, os.getpid()])


def effects() -> list[tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT job, n, pid FROM jobs_effect ORDER BY at")
        return cursor.fetchall()


@job("sample.rows", label="Rows", queue="long")
def rows(ctx: Context, total: int, pause: float = 0.0) -> dict[str, Any]:
    """Writes numbered rows, ten to a chunk; goes on after the last committed one."""
    at = ctx.checkpoint.get("at", 0)
    while at < total:
        with ctx.chunk():
            for n in range(at, min(at + 10, total)):
                effect(ctx, n)
                time.sleep(pause)
            at = min(at + 10, total)
            ctx.progress(at, total, f"{at} of {total}", at=at)
    return {"rows": total}


@job("sample.once", label="Once")
def once(ctx: Context, n: int = 0, pause: float = 0.0) -> None:
    time.sleep(pause)
    effect(ctx, n)


@job("sample.fails", label="Fails", retries=2)
def fails(ctx: Context, times: int) -> None:
    if ctx.job.tries <= times:
        raise RuntimeError("not yet")


@job("sample.refuses", label="Refuses")
def refuses(ctx: Context) -> None:
    raise Refused("The month is closed.")


@job("sample.rights", label="Rights")
def rights(ctx: Context) -> dict[str, Any]:
    before = ctx.actor.may("customer", "view")
    Grant.objects.filter(user_id=ctx.actor.user_id).delete()
    ctx.progress(1)
    return {"door": ctx.actor.door, "before": before, "after": ctx.actor.may("customer", "view")}


@job("sample.half", label="Half")
def half(ctx: Context) -> None:
    with ctx.chunk():
        effect(ctx, 1)
        ctx.progress(1, half=True)
        raise RuntimeError("after the progress, before the commit")


@job("sample.stuck", label="Stuck", patience=1, retries=0)
def stuck(ctx: Context) -> None:
    time.sleep(600)


@every(minutes=1)
@job("sample.minute", label="Every minute")
def minute(ctx: Context) -> None:
    effect(ctx, -1)


@every("03:15")
@job("sample.daily", label="Every day")
def daily(ctx: Context) -> None:
    effect(ctx, -2)
