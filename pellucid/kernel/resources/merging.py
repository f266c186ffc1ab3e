"""What others changed since a version: read from the audit, where every change of a row carries the version it made."""

from __future__ import annotations

import datetime as dt

from django.db import connection, models


def changed_since(model: type[models.Model], pk: int, version: int) -> tuple[set[str], int | None, dt.datetime | None]:
    """(columns and custom fields, last actor, when) of the changes that came after this version of the record."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT old, actor, at FROM history.audit WHERE tbl = %s AND row_id = %s AND op = 'U' AND version > %s ORDER BY at",
            [model._meta.db_table, pk, version],
        )
        lines = cursor.fetchall()
    names: set[str] = set()
    for old, _actor, _at in lines:
        names |= set(old if isinstance(old, dict) else json_keys(old))
    return names, lines[-1][1] if lines else None, lines[-1][2] if lines else None


def json_keys(text: str) -> list[str]:
    """Keys of a JSON object given as text."""
    import json

    return list(json.loads(text))
