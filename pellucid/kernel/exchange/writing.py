"""Writes many records in one statement: COPY for new ones, one UPDATE for changed ones; the history's triggers see a set."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from operator import attrgetter
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models
from django.db.models import GeneratedField
from psycopg import sql
from psycopg.types.json import Jsonb

from pellucid.kernel.records.copying import reserve


def columns_of(model: type[models.Model]) -> list[models.Field]:
    """Every column that is written."""
    return [f for f in model._meta.local_concrete_fields if not isinstance(f, GeneratedField)]


def plain(value: Any) -> Any:
    """A choice as the column holds it."""
    return value.value if isinstance(value, Enum) else value


def insert(records: Sequence[Any]) -> None:
    """Insert new records; they get their ids."""
    model = type(records[0])
    fields = columns_of(model)
    for record, pk in zip(records, reserve(model, len(records)), strict=True):
        record.pk = pk
    row = attrgetter(*(f.attname for f in fields))
    chosen = [at for at, f in enumerate(fields) if f.choices]
    kept = [at for at, f in enumerate(fields) if isinstance(f, models.JSONField)]
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table),
                                                     sql.SQL(", ").join(sql.Identifier(str(f.column)) for f in fields))
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor, cursor.copy(into) as out:
        for record in records:
            values = list(row(record))
            for at in chosen:
                values[at] = plain(values[at])
            for at in kept:
                values[at] = None if values[at] is None else Jsonb(values[at])
            out.write_row(values)


def update(records: Sequence[Any], names: Iterable[str]) -> None:
    """Write these columns (attribute names) of records that are there and locked."""
    model = type(records[0])
    fields = [f for f in columns_of(model) if f.attname in set(names)]
    if not fields:
        return
    kept = json.dumps([{"id": r.pk} | {f.column: jsonable(getattr(r, f.attname)) for f in fields} for r in records],
                      cls=DjangoJSONEncoder, ensure_ascii=False)
    typed = sql.SQL(", ").join(sql.SQL("{} {}").format(sql.Identifier(str(f.column)), sql.SQL(_type(f))) for f in fields)
    query = sql.SQL("UPDATE {t} t SET {sets} FROM jsonb_to_recordset(%s::jsonb) AS v(id bigint, {typed}) WHERE t.id = v.id").format(
        t=sql.Identifier(model._meta.db_table), typed=typed,
        sets=sql.SQL(", ").join(sql.SQL("{c} = v.{c}").format(c=sql.Identifier(str(f.column))) for f in fields))
    with connection.cursor() as cursor:
        cursor.execute(query, [kept])


def _type(field: models.Field) -> str:
    return (field.rel_db_type(connection) if field.is_relation else field.db_type(connection)) or "text"


def versions_of(model: type[models.Model], ids: Sequence[int]) -> dict[int, int]:
    """The versions of rows as they stand now."""
    return dict(model._base_manager.filter(pk__in=ids).values_list("pk", "version")) if ids else {}


def jsonable(value: Any) -> Any:
    """A column's value as JSON keeps it, exactly."""
    value = plain(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def restored(field: models.Field, kept: Any) -> Any:
    """The value of what jsonable kept."""
    if kept is None or isinstance(field, models.JSONField) or isinstance(kept, list):
        return kept
    return (field.target_field if isinstance(field, models.ForeignKey) else field).to_python(kept)
