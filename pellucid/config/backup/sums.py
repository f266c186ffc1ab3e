"""Rows and a content sum of every table, the same for the same rows in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from pellucid.config.texts import _

TABLES = """
    SELECT n.nspname, c.relname, c.oid::bigint, pg_table_size(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1, 2
"""
# A row's text depends on these; both sides of a comparison fix them.
FIXED = {"timezone": "UTC", "datestyle": "ISO", "extra_float_digits": "1", "bytea_output": "hex", "intervalstyle": "iso_8601"}
# The alias is no column's name: a column would win over it.
SUM = """
    SELECT count(*), coalesce(sum(('x' || left(h, 16))::bit(64)::bigint::numeric), 0),
           coalesce(sum(('x' || right(h, 16))::bit(64)::bigint::numeric), 0)
    FROM (SELECT md5(whole_row_::text) AS h FROM ONLY {table} whole_row_) rows
"""


def tables(session: psycopg.Connection[Any]) -> list[tuple[str, int]]:
    """Every table with its size in bytes."""
    return [(f"{schema}.{table}", size) for schema, table, _, size in session.execute(TABLES).fetchall()]


def table_sums(session: psycopg.Connection[Any], done: Callable[[int], None]) -> dict[str, dict[str, Any]]:
    """Rows and sum per table, as this session's transaction sees them; `done(bytes)` is called after each."""
    for name, value in FIXED.items():
        session.execute("SELECT set_config(%s, %s, true)", [name, value])
    session.execute("SELECT set_config('statement_timeout', '0', true)")
    found = {}
    for name, size in tables(session):
        schema, table = name.split(".", 1)
        query = sql.SQL(SUM).format(table=sql.Identifier(schema, table))
        rows, left, right = session.execute(query).fetchone() or (0, 0, 0)
        found[name] = {"rows": rows, "md5": f"{int(left) % 2**64:016x}{int(right) % 2**64:016x}"}
        done(size)
    return found


def difference(saved: dict[str, dict[str, Any]], found: dict[str, dict[str, Any]]) -> list[str]:
    """What differs, in words; empty when all is equal."""
    told = [_("{name} is missing", name=name) for name in sorted(saved.keys() - found.keys())]
    told += [_("{name} was not in the backup", name=name) for name in sorted(found.keys() - saved.keys())]
    for name in sorted(saved.keys() & found.keys()):
        was, now = saved[name], found[name]
        if was["rows"] != now["rows"]:
            told.append(_("{name}: {saved} rows saved, {found} found", name=name, saved=was["rows"], found=now["rows"]))
        elif was["md5"] != now["md5"]:
            told.append(_("{name}: the contents differ", name=name))
    return told
