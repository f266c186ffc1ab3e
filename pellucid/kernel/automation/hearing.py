"""Events come in from the outbox: each rule they may concern gets a row per record, in the transaction that takes the delivery. What an event
made or changed is read from the audit, whatever the event was called."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from pellucid.kernel.events.bus import listeners, subscribe
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs

from .definition import BEFORE, Changed, Created, Happened
from .models import RuleRun
from .using import InUse, hears_writes, in_use, names

NEAR = dt.timedelta(days=2)  # an event that names nobody bears the day only
MOST = 5000  # records of one event; the rest of a greater batch is not for rules
FINGERS = frozenset({"version", "updated_at"})  # what every change leaves on a row


@dataclass(slots=True)
class Touched:
    """What an event did to one record: made it, or which columns it changed from what."""

    key: str
    record_id: int
    made: bool = False
    before: dict[str, Any] = field(default_factory=dict)


@subscribe()
def heard(event: Event) -> None:
    """Write down which rules have to look at it."""
    rules = in_use()
    rows = [run for rule in rules for run in _occasions(rule, event, _memo(event))]
    if rows:
        RuleRun.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


KEY = f"{heard.__module__}.{heard.__name__}"


def _listens(name: str) -> list[str]:
    """Only what some rule waits for is delivered here."""
    return [KEY] if hears_writes() or name in names() else []


listeners.append(_listens)


def _memo(event: Event) -> Any:
    """Asks each question about the event once, however many rules there are."""
    kept: dict[str, list[Any]] = {}

    def ask(what: str) -> list[Any]:
        if what not in kept:
            kept[what] = list(touched(event)) if what == "touched" else _records(event)
        return kept[what]

    return ask


def _records(event: Event) -> list[int]:
    """The records an event is about."""
    if event.record_id is not None:
        return [event.record_id]
    items = EventItem.objects.filter(event_id=event.pk, resource=event.resource).order_by("id")
    return list(items.values_list("record_id", flat=True)[:MOST])


def touched(event: Event) -> Iterator[Touched]:
    """The records an event made or changed, out of the audit."""
    tables = {resource.model._meta.db_table: key for key, resource in registry.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tbl, row_id, op, old::text, new::text FROM history.audit WHERE event = %s AND at BETWEEN %s AND %s AND op IN ('I', 'U')"
            " ORDER BY seq LIMIT %s",
            [event.pk, event.at - NEAR, event.at + NEAR, MOST * 2],
        )
        found: dict[tuple[str, int], Touched] = {}
        for table, row, op, old, new in cursor.fetchall():
            if (key := tables.get(table)) is None:
                continue
            one = found.setdefault((key, row), Touched(key, row))
            if op == "I":
                one.made = True
            else:
                was, now = (json.loads(side, parse_float=Decimal) if side else {} for side in (old, new))
                for column in {**was, **now}:
                    one.before.setdefault(column, was.get(column))
    yield from found.values()


def concerns(rule: InUse | Any, event: Event, ask: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(record, columns it changed -> what they held) of the records of an event that a rule waits for."""
    when, key = rule.body.when, rule.body.resource
    if isinstance(when, Happened):
        if event.name in when.names and event.resource == key:
            before = {one.record_id: one.before for one in ask("touched") if one.key == key} if BEFORE in rule.body.if_ else {}
            for pk in ask("records"):
                yield pk, before.get(pk, {})
    elif isinstance(when, Created):
        yield from ((one.record_id, {}) for one in ask("touched") if one.key == key and one.made)
    elif isinstance(when, Changed):
        columns = columns_of(key, when.fields)
        for one in ask("touched"):
            if one.key == key and not one.made and (columns & one.before.keys() if columns else one.before.keys() - FINGERS):
                yield one.record_id, one.before


def columns_of(key: str, names: tuple[str, ...]) -> frozenset[str]:
    """The columns of fields, as the audit knows them."""
    known = specs(key)
    return frozenset((known[n].name if known[n].custom else known[n].column) if n in known else n for n in names)


def _occasions(rule: InUse, event: Event, ask: Any) -> Iterator[RuleRun]:
    for pk, before in concerns(rule, event, ask):
        alone = event.record_id == pk and event.resource == rule.body.resource
        own = f"{event.pk}" if alone else f"{event.pk}:{rule.body.resource}:{pk}"
        kept = json.loads(json.dumps(before, cls=DjangoJSONEncoder))
        yield RuleRun(rule_id=rule.pk, edition_id=rule.version, occasion=f"e{own}", event_id=event.pk, resource=rule.body.resource, record_id=pk,
                      root=event.root or own, chain=list(event.chain), before=kept if BEFORE in rule.body.if_ else {})  # fmt: skip
