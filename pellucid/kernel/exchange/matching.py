"""Finds records that are there already, set-wise, by the fields a resource or the user names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql

from pellucid.kernel.resources.declare import Resource


def column_of(model: type[models.Model], name: str) -> str:
    """The column compared for a field: its own, or one that stands for it (a model's `match_keys`: {"name": "company_key"})."""
    name = getattr(model, "match_keys", {}).get(name, name)
    return model._meta.get_field(name).attname


class Matcher:
    """Keys of records, and which living rows bear them. The first field that finds one decides."""

    def __init__(self, resource: type[Resource], names: Sequence[str]) -> None:
        self.model = resource.model
        self.derived = any(name in getattr(resource.model, "match_keys", {}) for name in names)
        self.columns = [column_of(resource.model, name) for name in names]

    def keys(self, record: Any) -> list[tuple[str, Any]]:
        """The keys a record has."""
        return [(c, v) for c in self.columns if (v := getattr(record, c)) not in (None, "")]

    def find(self, records: Sequence[Any]) -> dict[tuple[str, Any], list[int]]:
        """Ids of the living rows behind each key of these records."""
        out: dict[tuple[str, Any], list[int]] = {}
        for column in self.columns:
            values = list({v for r in records if (v := getattr(r, column)) not in (None, "")})
            if not values:
                continue
            text = isinstance(values[0], str)
            # the second test lets an index on filled values serve
            query = sql.SQL("SELECT id, {c} FROM {t} WHERE {c} = ANY(%s){filled} AND deleted_at IS NULL AND merged_into IS NULL").format(
                c=sql.Identifier(column), t=sql.Identifier(self.model._meta.db_table),
                filled=sql.SQL(" AND {} <> ''").format(sql.Identifier(column)) if text else sql.SQL(""))
            with connection.cursor() as cursor:
                cursor.execute(query, [values])
                for pk, value in cursor.fetchall():
                    out.setdefault((column, value), []).append(pk)
        return out
