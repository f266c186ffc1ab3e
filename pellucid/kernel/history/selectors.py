"""What was true when, as far as spans tell: values of a day, records as of a day, what was believed, periods of a field.

A day means its end in the company's zone; a datetime means that very moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

from pellucid.kernel.records import days, prepared

from .span_models import Span, span_field, span_model
from .tracked import FAR, column_of, tracked_of

FOREVER = datetime.fromisoformat(FAR)
Day = date | datetime
NEAR = timedelta(hours=1)  # an event and what it changed are of one transaction


def moment(at: Day) -> datetime:
    """The last moment of a day; a datetime is itself."""
    return at if isinstance(at, datetime) else days.end_of(at) - timedelta(microseconds=1)


def as_of(model: type[Model], at: Day) -> QuerySet[Span]:
    """Every record that lived then with its values of then, as they are believed now."""
    when = moment(at)
    return span_model(model).objects.filter(recorded_to=FOREVER, valid_from__lte=when, valid_to__gt=when)


def believed_at(model: type[Model], at: Day, known: Day) -> QuerySet[Span]:
    """The same as it was believed at the end of another day, before later corrections and back-dated entries."""
    when, known_at = moment(at), moment(known)
    return span_model(model).objects.filter(
        recorded_at__lte=known_at, recorded_to__gt=known_at, valid_from__lte=when, valid_to__gt=when
    )


def as_of_condition(alias: str) -> str:
    """For SQL of one's own over a span table: takes the moment twice."""
    return f"{alias}.recorded_to = '{FAR}' AND {alias}.valid_from <= %s AND {alias}.valid_to > %s"


def value_at(model: type[Model], pk: int, field: str, at: Day) -> Any:
    """A field's value then (a link's id); None when it was empty, unknown, or the record did not live."""
    return as_of(model, at).filter(pk=pk).values_list(span_field(model, field), flat=True).first()


def state_at(model: type[Model], pk: int, at: Day) -> dict[str, Any] | None:
    """All temporal values then by field name (a link's id), or None if the record did not live."""
    fields = {f.name: f.attname for f in model._meta.local_concrete_fields if f.column in tracked_of(model).temporal}
    found = as_of(model, at).filter(pk=pk).values(*fields.values()).first()
    return found and {name: found[attname] for name, attname in fields.items()}


def held_before(model: type[Model], field: str, event: int, at: datetime) -> set[Any]:
    """What a field held before an event on the records on which that event changed it (a link's id); `at` is when it was, about."""
    column = column_of(model, field)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT old ->> %s FROM history.audit"
                       " WHERE event = %s AND tbl = %s AND op = 'U' AND old ? %s AND at BETWEEN %s AND %s",
                       [column, event, tracked_of(model).table, column, at - NEAR, at + NEAR])  # fmt: skip
        found = [row[0] for row in cursor.fetchall()]
    return {None if text is None else model._meta.get_field(field).to_python(text) for text in found}


@dataclass(frozen=True, slots=True)
class Period:
    """A field had a value from `start` until `end` (None: still). Who said so, since when that is known, and whether later."""

    start: datetime
    end: datetime | None
    value: Any
    actor_id: int | None
    event_id: int | None
    recorded_at: datetime
    is_correction: bool


def periods(model: type[Model], pk: int, field: str) -> list[Period]:
    """The values a field had, oldest first, as believed now; neighbours that say the same are one."""
    name = span_field(model, field)

    def asked(pk: int) -> QuerySet[Any]:
        rows = span_model(model).objects.filter(id=pk, recorded_to=FOREVER).order_by("valid_from")
        return rows.values_list("valid_from", "valid_to", name, "actor", "event", "recorded_at", "is_correction")

    found: list[Period] = []
    for start, end, value, actor, event, recorded, correction in prepared.rows(("periods", model, name), asked, pk):
        until = None if end == FOREVER else end
        last = found[-1] if found else None
        if last and last.end == start and last.value == value:
            found[-1] = Period(last.start, until, value, last.actor_id, last.event_id, last.recorded_at, last.is_correction)
        else:
            found.append(Period(start, until, value, actor, event, recorded, correction))
    return found


def unchanged_since(model: type[Model], field: str, ids: Iterable[int]) -> dict[int, datetime]:
    """Since when each of these living records has had the value of a temporal field that it has now, without a break."""
    tracked, column = tracked_of(model), column_of(model, field)
    table, value = connection.ops.quote_name(tracked.span), connection.ops.quote_name(column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT o.id, coalesce(max(p.valid_to), min(f.valid_from)) FROM {table} o
                  LEFT JOIN {table} p ON p.id = o.id AND p.recorded_to = '{FAR}' AND p.{value} IS DISTINCT FROM o.{value}
                  JOIN {table} f ON f.id = o.id AND f.recorded_to = '{FAR}'
                 WHERE o.id = ANY(%s) AND o.recorded_to = '{FAR}' AND o.valid_to = '{FAR}' GROUP BY o.id""",  # noqa: S608  names of ours
            [list(ids)],
        )
        return dict(cursor.fetchall())
