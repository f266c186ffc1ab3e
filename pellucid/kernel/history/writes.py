"""The three guarded ways to change the past: a correction, the load of whole histories, and the erasure of a person.

They run in a transaction whose context (pellucid.actor, pellucid.event) says who does it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Invalid

from .span_models import span_field
from .tracked import column_of, tracked_of

MARK = "[erased]"
CHUNK = 10_000  # periods sent at once
TIMES = ("valid_from", "valid_to")


def correct(model: type[Model], pk: int, start: datetime, end: datetime, changes: Mapping[str, Any]) -> None:
    """Between start and end, which is past, these fields had other values than believed so far. The row of today is not touched.

    Also the way to say "it was already so in January": a back-dated update that changes no value is seen by no trigger.
    """
    if not start < end <= timezone.now():
        raise Invalid(_("A correction needs a period that has ended."))
    said = {column_of(model, name): _plain(value) for name, value in changes.items() if span_field(model, name)}
    _call(f"SELECT history.{tracked_of(model).span}_correct(%s, %s, %s, %s)", [pk, start, end, _json(said)])


def load_spans(model: type[Model], periods: Iterable[Mapping[str, Any]]) -> int:
    """Give rows inserted in this transaction their whole past; returns how many periods they have now.

    A period is {"id", "valid_from", "valid_to"?, field: value, ...} with every temporal field; valid_to is the next beginning if
    it is missing. Periods of one record stand together; the last one of a living record is open and says what the row says.
    """
    name = tracked_of(model).span
    columns = {f.name: str(f.column) for f in model._meta.local_concrete_fields} | {key: key for key in ("id", *TIMES)}
    loaded = 0
    chunk: list[dict[str, Any]] = []
    seen: set[int] = set()
    for period in periods:
        row = {columns.get(key, key): _plain(value) for key, value in period.items()}
        if not chunk or chunk[-1]["id"] != row["id"]:
            if row["id"] in seen:
                raise ValueError(f"the periods of record {row['id']} do not stand together")
            seen.add(row["id"])
            if len(chunk) >= CHUNK:
                loaded += _call(f"SELECT history.{name}_load(%s)", [_json(chunk)])
                chunk = []
        chunk.append(row)
    return loaded + (_call(f"SELECT history.{name}_load(%s)", [_json(chunk)]) if chunk else 0)


def erase_person(model: type[Model], ids: Sequence[int], fields: Iterable[str], mark: str = MARK) -> int:
    """Take personal values of these rows out of the past; returns how many audit lines changed. Leaves a line of its own per row.

    The rows themselves are erased first, in the same transaction: what the row still says may not be taken out of its past.
    """
    keys = [name if name.startswith("x_") else column_of(model, name) for name in fields]
    return _call("SELECT history.erase_person(%s, %s, %s, %s)", [tracked_of(model).table, list(ids), keys, mark])


def personal_fields(model: type[Model]) -> list[str]:
    """Names of the fields whose values belong to a person."""
    personal = tracked_of(model).personal
    return [f.name for f in model._meta.local_concrete_fields if f.column in personal]


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


class _Exact(DjangoJSONEncoder):
    """Moments to the microsecond, as the rows hold them; Django's own cuts them to milliseconds."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def _json(value: Any) -> str:
    return json.dumps(value, cls=_Exact, ensure_ascii=False)


def _call(sql: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.fetchone()[0])
