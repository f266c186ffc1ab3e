"""What the clock brings: days that are reached, set times, and the log's old lines thrown away."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records import days
from pellucid.kernel.resources.conditions import matching
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs

from .definition import Reached, Scheduled
from .models import Rule, RuleRun
from .using import InUse, in_use

BACK = dt.timedelta(days=30)  # a day that was reached longer ago, while nothing ran, is not caught up with
MOST = 2000  # records at once; the rest comes with the next minute
FOUND = """
SELECT r.id, {occasion} FROM {table} r
 WHERE r.{column} >= %s AND r.{column} < %s AND r.deleted_at IS NULL AND r.merged_into IS NULL
   AND NOT EXISTS (SELECT FROM automation_rulerun u WHERE u.rule_id = %s AND u.occasion = {occasion})
 ORDER BY r.{column}, r.id LIMIT %s"""
OCCASION = {"date": "'d' || r.id || ':' || to_char(r.{column}, 'YYYYMMDD')", "datetime": "'d' || r.id || ':' || extract(epoch FROM r.{column})"}
UNMET_KEPT, KEPT = dt.timedelta(days=14), dt.timedelta(days=400)
MET_ONCE = BACK + dt.timedelta(days=1)  # so long a line keeps its day from being found once more


@every(minutes=1)
@job("automation.clock", label=_("Find the days rules wait for"))
def clock(ctx: Context) -> dict[str, int]:
    """Write down what rules have to look at because of the time."""
    count = 0
    for rule in in_use():
        if isinstance(rule.body.when, Reached):
            count += reached(rule, timezone.now())
        elif isinstance(rule.body.when, Scheduled):
            count += scheduled(rule, timezone.now())
        ctx.progress()
    return {"found": count}


def reached(rule: InUse, now: dt.datetime) -> int:
    """The records whose day has come since the rule was switched on, each once per value."""
    when = rule.body.when
    if not isinstance(when, Reached) or (spec := specs(rule.body.resource).get(when.field)) is None:
        return 0
    model = registry[rule.body.resource].model
    hour = dt.time.fromisoformat(when.at)
    since = max(rule.since, now - BACK)
    if spec.kind.key == "date":  # the day D counts from its hour on
        low, high = (_day_of(moment, hour) - dt.timedelta(days=when.days) for moment in (since, now))
        span: tuple[Any, Any] = (low + dt.timedelta(days=1), high + dt.timedelta(days=1))
    else:
        span = (since - dt.timedelta(days=when.days), now - dt.timedelta(days=when.days))
    column, table = sql.Identifier(spec.column), sql.Identifier(model._meta.db_table)
    occasion = sql.SQL(OCCASION[spec.kind.key]).format(column=column)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(FOUND).format(column=column, table=table, occasion=occasion).as_string(None), [*span, rule.pk, MOST])
        rows = cursor.fetchall()
    RuleRun.objects.bulk_create([_of(rule, pk, key) for pk, key in rows], ignore_conflicts=True)
    return len(rows)


def _day_of(moment: dt.datetime, hour: dt.time) -> dt.date:
    """The last day whose hour has come by then."""
    local = moment.astimezone(days.zone())
    return local.date() if local.time() >= hour else local.date() - dt.timedelta(days=1)


def _of(rule: InUse, pk: int, occasion: str) -> RuleRun:
    return RuleRun(rule_id=rule.pk, edition_id=rule.version, occasion=occasion, resource=rule.body.resource, record_id=pk,
                   root=f"{rule.pk}/{occasion}"[:60])  # fmt: skip


def scheduled(rule: InUse, now: dt.datetime) -> int:
    """The records its conditions find, once its time has come; by one worker only."""
    when = rule.body.when
    slot = slot_of(when, now) if isinstance(when, Scheduled) else None
    if slot is None or slot <= rule.since:
        return 0
    with transaction.atomic():
        if not Rule.objects.filter(Q(last_slot=None) | Q(last_slot__lt=slot), pk=rule.pk).update(last_slot=slot):
            return 0
        found = matching(rule.body.resource, rule.body.if_)
        rows = (_of(rule, pk, f"s{slot:%Y%m%d}:{pk}") for pk in found)
        RuleRun.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(found)


def slot_of(when: Scheduled, now: dt.datetime) -> dt.datetime | None:
    """The moment of today at which it is due, if it is one of its days and the moment has come."""
    local = now.astimezone(days.zone())
    moment = dt.datetime.combine(local.date(), dt.time.fromisoformat(when.at), days.zone())
    if moment > now:
        return None
    last = (local.date().replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    hit = {
        "day": True,
        "week": local.isoweekday() in when.on,
        "month": local.day in when.on or (local.date() == last and any(day > last.day for day in when.on)),
    }[when.every]
    return moment if hit else None


@every("03:40")
@job("automation.tidy", label=_("Throw away old lines of rules"), tells=False)
def tidy(ctx: Context) -> dict[str, int]:
    """What met no conditions goes after two weeks, of a day that was reached once it is too long ago to be found; what was done when its
    event does."""
    now, count = timezone.now(), 0
    unmet = RuleRun.objects.filter(state="unmet", ended_at__lt=now - UNMET_KEPT).exclude(occasion__startswith="d", ended_at__gte=now - MET_ONCE)
    for rows in (unmet, RuleRun.objects.filter(ended_at__lt=now - KEPT)):
        while ids := list(rows.values_list("pk", flat=True)[:MOST]):
            with ctx.chunk():
                count += RuleRun.objects.filter(pk__in=ids).delete()[0]
                ctx.progress()
    return {"lines": count}
