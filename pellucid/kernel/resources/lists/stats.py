"""What PostgreSQL knows about a table, kept per process for a minute: rows, rows per unit, frequencies of values."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection, sql

from .query import Condition, ListQuery

KEEP_SECONDS = 60.0
# Without statistics (a table never analysed) a filter, a unit or an owner is taken to have this share.
UNKNOWN = 0.1


@dataclass(frozen=True, slots=True)
class ColumnStats:
    nulls: float
    distinct: float
    common: dict[str, float]  # value, or element of an array -> share of the rows

    def frequency(self, value: Any) -> float:
        """The share of rows with this value; a rare one shares what the common ones leave."""
        known = self.common.get(_text(value))
        if known is not None:
            return known
        rest = max(1.0 - self.nulls - sum(self.common.values()), 0.0)
        return rest / max(self.distinct - len(self.common), 1.0)


@dataclass(frozen=True, slots=True)
class Stats:
    """Statistics of one table."""

    total: float
    columns: dict[str, ColumnStats] = field(default_factory=dict)
    pages: float = 1.0
    units: dict[int, float] | None = None  # rows per unit, given by a caller who knows better (tests)
    # What was concluded from these statistics; it lives as long as they do.
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def concluded(self, key: Any, conclude: Callable[[], Any]) -> Any:
        """The conclusion kept under this key, drawn once."""
        if key not in self.memo:
            if len(self.memo) > 5000:
                self.memo.clear()
            self.memo[key] = conclude()
        return self.memo[key]

    def sizes(self, units: Iterable[int]) -> tuple[float, ...]:
        if self.units is not None:
            return tuple(self.units.get(unit, 1.0) for unit in units)
        column = self.columns.get("unit_id")
        if column is None:
            return tuple(self.total * UNKNOWN for _ in units)
        return tuple(column.frequency(unit) * self.total for unit in units)

    def owned_by(self, user: int) -> float:
        """About how many rows this person owns."""
        column = self.columns.get("owner_id")
        return self.total * UNKNOWN if column is None else column.frequency(user) * self.total

    def hinted(self, condition: Condition) -> float | None:
        """Selectivity of a simple filter; None when only PostgreSQL can tell."""
        if condition.selectivity is not None:
            return condition.selectivity
        if condition.hint is None:
            return None
        column = self.columns.get(condition.hint[0])
        if column is None:
            return None
        return min(sum(column.frequency(value) for value in condition.hint[1]), 1.0)


class _Kept:
    """Answers by key for a minute; two threads may compute the same one, which does no harm."""

    def __init__(self, most: int) -> None:
        self.most, self.lock, self.held = most, threading.Lock(), {}  # type: ignore[var-annotated]

    def get(self, key: Any) -> Any:
        at, value = self.held.get(key, (0.0, None))
        return value if time.monotonic() - at < KEEP_SECONDS else None

    def put(self, key: Any, value: Any) -> Any:
        with self.lock:
            if len(self.held) >= self.most:
                self.held.clear()
            self.held[key] = (time.monotonic(), value)
        return value


_tables = _Kept(500)
_shares = _Kept(5000)

# With pg_stats' own joins the planner needs longer than the answer; the two questions are cheaper apart.
# The density of the last ANALYZE on the size of now, as PostgreSQL's planner does; 40 rows a page where there was none.
_SIZE = """SELECT CASE WHEN relpages > 0 AND reltuples >= 0 THEN reltuples / relpages ELSE 40 END * pages, pages
 FROM pg_class, LATERAL (SELECT pg_relation_size(oid) / current_setting('block_size')::float8 AS pages) size
 WHERE oid = to_regclass(%s)"""
# Of an array its elements count (their frequencies are followed by three of another meaning).
_COLUMNS = """SELECT attname, null_frac, n_distinct, coalesce(elems, most_common_vals::text::text[]),
  CASE WHEN elems IS NULL THEN most_common_freqs ELSE most_common_elem_freqs[:cardinality(elems)] END
 FROM pg_stats, LATERAL (SELECT most_common_elems::text::text[] AS elems) e
 WHERE (schemaname, tablename) = (SELECT relnamespace::regnamespace::name, relname FROM pg_class WHERE oid = to_regclass(%s))"""


def table_stats(connection: Connection[Any], table: str) -> Stats:
    """Statistics of a table, at most a minute old."""
    key = (connection.info.host, connection.info.port, connection.info.dbname, table)
    kept = _tables.get(key)
    return kept if kept is not None else _tables.put(key, read_stats(connection, table))


def read_stats(connection: Connection[Any], table: str) -> Stats:
    with connection.cursor() as cursor:
        quoted = sql.Identifier(table).as_string(None)
        found = cursor.execute(_SIZE, (quoted,)).fetchone()
        if found is None:
            raise LookupError(f"no table {table!r}")
        total, pages = found
        columns = {}
        for name, nulls, distinct, values, frequencies in cursor.execute(_COLUMNS, (quoted,)):
            count = distinct if distinct >= 0 else -distinct * total
            columns[name] = ColumnStats(nulls, count, dict(zip(values or (), frequencies or (), strict=True)))
    return Stats(float(total), columns, float(pages))


def selectivity(connection: Connection[Any], query: ListQuery, stats: Stats) -> tuple[float, float | None, float]:
    """The share of rows the filters leave; the share an index on one of them would find (None without one); the share of the sort's
    order that the filters on its own column leave."""
    if not query.where:
        return 1.0, None, 1.0
    share, by_index, span = 1.0, None, 1.0
    for condition in query.where:
        own = stats.hinted(condition)
        if own is None:
            own = _asked(connection, query, condition, stats)
        share *= own
        if condition.stretch == query.sort.column:
            span *= own
        if condition.indexed:
            by_index = own if by_index is None else min(by_index, own)
    return share, by_index, span


def _asked(connection: Connection[Any], query: ListQuery, condition: Condition, stats: Stats) -> float:
    """PostgreSQL's own estimate: right for ranges, patterns and JSON, and about 0.2 ms once a minute."""
    if not stats.total:
        return UNKNOWN
    text = condition.sql.as_string(None)
    key = (connection.info.dbname, query.table, text, repr(condition.params))
    kept = _shares.get(key)
    if kept is not None:
        return kept
    question = sql.SQL("EXPLAIN (FORMAT JSON) SELECT 1 FROM {} {} WHERE {}").format(
        sql.Identifier(query.table), sql.Identifier(query.alias), condition.sql
    )
    return _shares.put(key, min(_planned_rows(connection, question, condition.params) / stats.total, 1.0))


def _planned_rows(connection: Connection[Any], question: sql.Composed, params: Sequence[Any]) -> float:
    with connection.cursor() as cursor:
        found = cursor.execute(question, tuple(params), prepare=False).fetchone()
    assert found is not None
    return float(found[0][0]["Plan"]["Plan Rows"])


def forget() -> None:
    """Drops what is kept (after loading much, and between tests)."""
    _tables.held.clear()
    _shares.held.clear()


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)
