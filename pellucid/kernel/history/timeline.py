"""Who changed what of one record, newest first, out of the audit and the events."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model

from pellucid.kernel.events.models import Event
from pellucid.kernel.records import prepared

from .tracked import tracked_of

BATCH = 100
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
MANY = 64
KINDS = {"I": "created", "D": "purged", "C": "corrected", "E": "erased"}
PERIOD = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Change:
    """A field (or a custom field's key) went from one value to another; a link's value is an id."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What one transaction did to the record. `kind`: created, changed, deleted, restored, merged, corrected, purged or erased.

    `seq` is the cursor for the next page. A correction carries the period it speaks of; an erasure names its keys in `erased`.
    """

    seq: int
    at: datetime
    kind: str
    actor_id: int | None
    event: Event | None
    event_id: int | None
    changes: tuple[Change, ...]
    period: tuple[datetime, datetime] | None = None
    erased: tuple[str, ...] = ()


def timeline(
    model: type[Model], pk: int, limit: int = 50, before: int | None = None, events: Iterable[Event] = (), since: datetime = BEGINNING
) -> list[Entry]:
    """The entries of a record, newest first; `before` is the `seq` of the last entry of the page before, `events` those known already. Months
    that ended before `since` are not opened."""
    groups: list[list[tuple[Any, ...]]] = []
    cursor = before
    while True:
        lines = _lines(tracked_of(model).table, pk, cursor, since)
        for line in lines:
            if groups and _same(groups[-1][-1], line):
                groups[-1].append(line)
            else:
                groups.append([line])
        if len(lines) < BATCH or len(groups) > limit:
            break
        cursor = lines[-1][0]
    entries = [entry for group in groups[:limit] if (entry := _entry(model, group))]
    known = {event.pk: event for event in events}
    missing = sorted({entry.event_id for entry in entries if entry.event_id} - known.keys())
    known |= {event.pk: event for event in events_of(missing)}
    return [
        Entry(e.seq, e.at, e.kind, e.actor_id, known.get(e.event_id or 0), e.event_id, e.changes, e.period, e.erased) for e in entries
    ]


def timelines(model: type[Model], ids: Iterable[int], since: datetime) -> dict[int, list[Entry]]:
    """The same of many records in one question, without their events: what was done to each since a moment, newest first."""
    found = prepared.ask(
        "SELECT row_id, seq, at, txid::text, op, actor, event, old::text, new::text FROM history.audit"
        " WHERE tbl = %s AND row_id = ANY(%s::bigint[]) AND at >= %s ORDER BY seq DESC",
        [tracked_of(model).table, list(ids), since],
    ).fetchall()
    groups: dict[int, list[list[tuple[Any, ...]]]] = {}
    for pk, *line in found:
        own = groups.setdefault(pk, [])
        if own and _same(own[-1][-1], tuple(line)):
            own[-1].append(tuple(line))
        else:
            own.append([tuple(line)])
    return {pk: [entry for group in own if (entry := _entry(model, group))] for pk, own in groups.items()}


def events_of(ids: list[int]) -> list[Event]:
    """The events of these ids, in statements the database knows: planning one for every month costs ten times its work."""
    found: list[Event] = []
    for part in (ids[at : at + MANY] for at in range(0, len(ids), MANY)):
        few = next(n for n in (1, 4, 16, MANY) if n >= len(part))
        found += prepared.rows(("events_of", few), lambda *ids: Event.objects.filter(pk__in=ids), *part, *part[:1] * (few - len(part)))
    return found


def _same(line: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """One transaction's inserts and updates read as one; a correction or an erasure stands for itself."""
    return line[2] == other[2] and line[3] in "IU" and other[3] in "IU"


def _lines(table: str, pk: int, before: int | None, since: datetime) -> list[tuple[Any, ...]]:
    return prepared.ask(
        "SELECT seq, at, txid::text, op, actor, event, old::text, new::text FROM history.audit"
        " WHERE tbl = %s AND row_id = %s AND seq < %s AND at >= %s ORDER BY seq DESC LIMIT %s",
        [table, pk, 2**63 - 1 if before is None else before, since, BATCH],
    ).fetchall()


def _entry(model: type[Model], lines: list[tuple[Any, ...]]) -> Entry | None:
    """One entry from the lines of a transaction, newest first: first old value, last new one; None if nothing is left of it."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    ops = {line[3] for line in lines}
    for *_, before, after in reversed(lines):
        before, after = (json.loads(side, parse_float=Decimal) if side else {} for side in (before, after))
        for key in {**before, **after}:
            old.setdefault(key, before.get(key))
            new[key] = after.get(key)
    seq, at, _, op, actor, event, *_ = lines[-1]
    period = tuple(datetime.fromisoformat(new.pop(key)) for key in PERIOD) if op == "C" else None
    erased = tuple(new.pop("erased", ())) if op == "E" else ()
    kind = "created" if "I" in ops else KINDS.get(op) or _kind(old, new)
    fields = {f.column: f for f in model._meta.local_concrete_fields}
    changes = tuple(
        Change(fields[key].name if key in fields else key, _typed(fields.get(key), old[key]), _typed(fields.get(key), new[key]))
        for key in sorted(new, key=lambda key: list(fields).index(key) if key in fields else len(fields))
        if (old[key] != new[key] or op == "C") and key != model._meta.pk.column
    )
    if not changes and kind == "changed":
        return None
    return Entry(seq, at, kind, actor, None, event, changes, period, erased)  # type: ignore[arg-type]


def _kind(old: dict[str, Any], new: dict[str, Any]) -> str:
    if old.get("deleted_at") != new.get("deleted_at"):
        return "deleted" if new["deleted_at"] else "restored"
    merged = new.get("merged_into") or new.get("merged_into_id")
    return "merged" if merged and merged not in (old.get("merged_into"), old.get("merged_into_id")) else "changed"


def _typed(field: Field | None, value: Any) -> Any:
    """A value out of JSON as the field's own type; what an erasure left in its place stays as it is."""
    if field is None or value is None:
        return value
    try:
        return field.to_python(value)
    except ValidationError:
        return value


def row_then(model: type[Model], pk: int, seq: int) -> dict[str, Any] | None:
    """The columns of a row as they were right after an audit line: what it holds now, with every later change taken back."""
    tracked = tracked_of(model)
    found = prepared.ask(f'SELECT to_jsonb(r)::text FROM public."{tracked.table}" r WHERE r."{tracked.pk}" = %s', [pk]).fetchone()  # noqa: S608
    if found is None:
        return None
    row = json.loads(found[0], parse_float=Decimal)
    later = prepared.ask(
        "SELECT old::text, new::text FROM history.audit WHERE tbl = %s AND row_id = %s AND seq > %s AND op = 'U' ORDER BY seq DESC",
        [tracked.table, pk, seq],
    ).fetchall()
    for sides in later:
        old, new = (json.loads(side, parse_float=Decimal) if side else {} for side in sides)
        for key in {**old, **new}:
            into = row if key in row else row.get(tracked.extra or "") or {}  # custom fields stand beside the columns
            if key in old or into is row:
                into[key] = old.get(key)
            else:
                into.pop(key, None)
    return row
