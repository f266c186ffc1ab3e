"""A rule tried on what happened: over the events of the last thirty days, with the facts as they were then. Writes nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.history.timeline import row_then
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.conditions import matching
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs

from . import facts
from .definition import BEFORE, Body, Changed, Created, Happened, Reached, Scheduled
from .hearing import FINGERS, columns_of, touched

BACK = dt.timedelta(days=30)
MOST = 1000  # occasions looked at, the newest first
AUDITED = """SELECT seq, at, row_id, op, old::text FROM history.audit
 WHERE tbl = %s AND at >= %s AND op = %s AND event IS NOT NULL ORDER BY seq DESC LIMIT %s"""
LAST = """SELECT coalesce(max(seq) FILTER (WHERE event = %s), max(seq) FILTER (WHERE at <= %s), 0) FROM history.audit
 WHERE tbl = %s AND row_id = %s"""
SOON = dt.timedelta(minutes=1)  # between the beginning of a transaction and what it makes


@dataclass(slots=True)
class Occasion:
    """Something the rule would have looked at: when, which record, up to which line of the audit, what the event replaced."""

    at: dt.datetime
    record_id: int
    seq: int | None = None  # None: as its event left it, else as it was at that time
    event: int | None = None
    before: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Tried:
    """What would have been done: the occasions whose conditions held, and how many were looked at."""

    looked: int
    met: list[tuple[Occasion, list[list[Any]]]]
    cut: bool


def tried(body: Body, actor: Actor, show: Show) -> Tried:
    """Try a rule on the past, as far as this person sees the records. Raises Invalid where its conditions cannot be answered."""
    model = registry[body.resource].model
    occasions = list(_occasions(body, show))[: MOST + 1]
    cut = len(occasions) > MOST
    ids = {o.record_id for o in occasions}
    seen = set(scoped(model, actor).filter(pk__in=ids).values_list("pk", flat=True))
    looked = [o for o in occasions[:MOST] if o.record_id in seen]
    met = []
    for occasion in looked:
        row = _row(model, occasion)
        if row is None or dt.datetime.fromisoformat(row["created_at"]) > occasion.at + SOON:
            continue  # gone since, or not there yet
        record = model(**{f.attname: f.to_python(row.get(str(f.column))) for f in model._meta.concrete_fields if not getattr(f, "generated", False)})
        if facts.holds(body.resource, body.if_, record, occasion.before, row):
            met.append((occasion, facts.looked_at(body.resource, body.if_, record, occasion.before)))
    return Tried(len(looked), met, cut)


def _row(model: Any, occasion: Occasion) -> dict[str, Any] | None:
    if occasion.seq is None:
        with connection.cursor() as cursor:
            cursor.execute(LAST, [occasion.event, occasion.at, model._meta.db_table, occasion.record_id])
            occasion.seq = int(cursor.fetchone()[0])
    return row_then(model, occasion.record_id, occasion.seq)


def _occasions(body: Body, show: Show) -> Iterator[Occasion]:
    when, since = body.when, timezone.now() - BACK
    model = registry[body.resource].model
    if isinstance(when, Happened):
        events = Event.objects.filter(name__in=when.names, resource=body.resource, at__gte=since).order_by("-at")[:MOST]
        for event in events:
            ids = [event.record_id] if event.record_id else list(
                EventItem.objects.filter(event_id=event.pk, resource=body.resource).values_list("record_id", flat=True)[:MOST])  # fmt: skip
            replaced = {t.record_id: t.before for t in touched(event) if t.key == body.resource} if BEFORE in body.if_ else {}
            yield from (Occasion(event.at, pk, event=event.pk, before=replaced.get(pk, {})) for pk in ids)
    elif isinstance(when, Created | Changed):
        wanted = columns_of(body.resource, when.fields) if isinstance(when, Changed) else frozenset()
        with connection.cursor() as cursor:
            cursor.execute(AUDITED, [model._meta.db_table, since, "I" if isinstance(when, Created) else "U", MOST * 10])
            lines = cursor.fetchall()
        for seq, at, pk, _op, old in lines:
            before = json.loads(old, parse_float=Decimal) if old else {}
            if isinstance(when, Created) or (wanted & before.keys() if wanted else before.keys() - FINGERS):
                yield Occasion(at, pk, seq, before=before)
    elif isinstance(when, Reached):
        yield from _reached(when, model, specs(body.resource)[when.field], show)
    elif isinstance(when, Scheduled):
        yield from (Occasion(timezone.now(), pk) for pk in matching(body.resource, body.if_, limit=MOST))


def _reached(when: Reached, model: Any, spec: Any, show: Show) -> Iterator[Occasion]:
    """The records whose day lay within the last thirty days, as the field says now."""
    shift = dt.timedelta(days=when.days)
    low, high = show.today - BACK - shift, show.today - shift
    rows = model._base_manager.filter(deleted_at=None, merged_into=None)
    if spec.kind.key == "date":
        found = rows.filter(**{f"{spec.name}__gt": low, f"{spec.name}__lte": high})
    else:
        found = rows.filter(**{f"{spec.name}__gt": timezone.now() - BACK - shift, f"{spec.name}__lte": timezone.now() - shift})
    hour = dt.time.fromisoformat(when.at)
    for pk, value in found.order_by(f"-{spec.name}").values_list("pk", spec.name)[:MOST]:
        day = value if spec.kind.key == "date" else None
        yield Occasion(dt.datetime.combine(day + shift, hour, show.zone) if day else value + shift, pk)
