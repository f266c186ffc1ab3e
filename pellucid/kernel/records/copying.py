"""Many rows at once, through COPY: what the demo, imports and tests with many rows write. Triggers see them as one statement."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection, models
from django.db.models import GeneratedField
from psycopg import sql
from psycopg.types.json import Jsonb


def reserve(model: type[models.Model], n: int) -> list[int]:
    """The next n ids of a model's table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                       [model._meta.db_table, model._meta.pk.column, n])
        return [row[0] for row in cursor.fetchall()]


def row_of(record: models.Model) -> dict[str, Any]:
    """An unsaved record as a row for `copy`; its id is left out unless it has one."""
    fields = [f for f in record._meta.local_concrete_fields if not isinstance(f, GeneratedField)]
    return {f.attname: getattr(record, f.attname) for f in fields if not f.primary_key or record.pk is not None}


def copy(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows given by attribute name (`owner_id`); what no row names takes the field's default. Returns how many."""
    kept = list(rows)
    if not kept:
        return 0
    fields = [f for f in model._meta.local_concrete_fields if not isinstance(f, GeneratedField)]
    if unknown := set(kept[0]) - {f.attname for f in fields}:
        raise ValueError(f"{model._meta.label} has no columns {sorted(unknown)}")
    fields = [f for f in fields if f.attname in kept[0] or not (f.primary_key or f.has_db_default())]
    given = [f.attname in kept[0] for f in fields]
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(model._meta.db_table),
                                                     sql.SQL(", ").join(sql.Identifier(str(f.column)) for f in fields))
    json = [isinstance(f, models.JSONField) for f in fields]
    # Everything is worked out before the COPY begins: a default may ask the database, and the connection answers nobody meanwhile.
    values = [[row[f.attname] if here else f.get_default() for f, here in zip(fields, given, strict=True)] for row in kept]
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor, cursor.copy(into) as out:
        for line in values:
            out.write_row([Jsonb(v) if is_json and v is not None else v for v, is_json in zip(line, json, strict=True)])
    return len(kept)
