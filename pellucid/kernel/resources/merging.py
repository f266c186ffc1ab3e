"""What others changed since a version: read from the audit, where every change of a row carries the version it made."""

from __future__ import annotations

import datetime as dt

from django.db import connection, models


def changed_since(model: type[models.Model], pk: int, version: int) -> dict[str, tuple[int | None, dt.datetime]]:
    """Columns and custom fields that changed after this version of the record, each with who changed it last, and when."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT old, actor, at FROM history.audit WHERE tbl = %s AND row_id = %s AND op = 'U' AND version > %s ORDER BY seq",
            [model._meta.db_table, pk, version],
        )
        lines = cursor.fetchall()
    return {name: (actor, at) for old, actor, at in lines for name in (old if isinstance(old, dict) else json_keys(old))}


def json_keys(text: str) -> list[str]:
    """Keys of a JSON object given as text."""
    import json

    return list(json.loads(text))
