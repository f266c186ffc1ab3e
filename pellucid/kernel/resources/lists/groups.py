"""A board's columns: what is in each, and the first cards of each, in a fixed number of statements however many rows there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql

from . import conditions as on
from .query import Condition, ListQuery
from .run import facts, filters_of, joined, known_of, own_way, raw_of, rows, values_of, way_of
from .sql import Composer

# Columns with fewer rows than this are read whole and ranked; of larger ones the index gives the first.
FEW = 1000
S, Name = sql.SQL, sql.Identifier


@dataclass(frozen=True, slots=True)
class Group:
    """One value's rows within reach: how many, the sums, and how many are late, due today, later and without a moment."""

    value: Any
    count: int
    sums: tuple[Any, ...] = ()
    moments: tuple[int, ...] = field(default=(0, 0, 0, 0))


def _ways(query: ListQuery, known: Any) -> dict[str, str]:
    ways = {part: way_of(facts(query, known, part)) for part in query.scope.parts if part in ("all", "units")}
    if query.scope.own and not query.scope.all:
        ways["own"] = own_way(query, known)
    return ways


def groups(
    connection: Any,
    query: ListQuery,
    by: sql.Composable,
    sums: Sequence[sql.Composable] = (),
    moment: tuple[sql.Composable, dt.datetime, dt.datetime] | None = None,
) -> dict[Any, Group]:
    """Exact figures by value, in one statement. `moment`: a column, now, and the moment today ends."""
    if not query.scope.parts:
        return {}
    raw = raw_of(connection)
    filters, values = filters_of(query)
    read = [by, *sums, *([moment[0]] if moment else [])]
    figures = [S("s0"), S("count(*)"), *(S("sum({})").format(Name(f"s{i}")) for i in range(1, len(sums) + 1))]
    if moment:
        at = Name(f"s{len(sums) + 1}")
        tests = ("{0} < %(m_now)s", "{0} >= %(m_now)s AND {0} < %(m_end)s", "{0} >= %(m_end)s", "{0} IS NULL")
        figures += [S("count(*) FILTER (WHERE {})").format(S(test).format(at)) for test in tests]
        values = values | {"m_now": moment[1], "m_end": moment[2]}
    composer = Composer(query, filters)
    text = composer.aggregate(S(", ").join(figures), read, None, _ways(query, known_of(raw, query, None))) + S(" GROUP BY s0")
    found = psycopg.Cursor(raw).execute(text.as_string(None), values_of(query, values), prepare=False).fetchall()  # type: ignore[arg-type]
    n = 2 + len(sums)
    return {row[0]: Group(row[0], row[1], tuple(row[2:n]), tuple(row[n:]) or (0, 0, 0, 0)) for row in found}


def others(query: ListQuery, column: str, values: Sequence[Any], type: str, *, empty: bool) -> Condition:
    """Rows with any other value than these (`empty`: or with none). The values there are come from hopping along the index that a board
    has, so that rows with these values are not even looked at."""
    c, row = Name(column), Name("t")
    alive = S("{0}.deleted_at IS NULL AND {0}.merged_into IS NULL").format(row)
    first = S("SELECT t.{c} FROM {table} t WHERE {alive}{beyond} ORDER BY t.{c} LIMIT 1")
    there = S("WITH RECURSIVE v(g) AS (({first}) UNION ALL SELECT ({next}) FROM v WHERE v.g IS NOT NULL) SELECT g FROM v").format(
        first=first.format(c=c, table=Name(query.table), alive=alive, beyond=S("")),
        next=first.format(c=c, table=Name(query.table), alive=alive, beyond=S(" AND t.{} > v.g").format(c)),
    )
    text = S("{here} = ANY(ARRAY({there} WHERE g <> ALL(%s::{type}[])))").format(here=Name(query.alias, column), there=there, type=S(on._known(type)))
    found = Condition(text, (list(values),), None, True)
    return on.any_condition([found, on.empty(query.alias, column)]) if empty else found


def tops(
    connection: Any, query: ListQuery, column: str, type: str, counts: Mapping[Any, int], limit: int, *, few: int = FEW
) -> dict[Any, list[tuple[Any, ...]]]:
    """The first `limit` rows of every value in `counts` (value -> how many there are), in the list's order; columns as the query has them."""
    there = {value: n for value, n in counts.items() if n}
    out: dict[Any, list[tuple[Any, ...]]] = {value: [] for value in counts}
    if not query.scope.parts or not there:
        return out
    small = [value for value, n in there.items() if n < few and value is not None]
    large = [value for value in there if value is not None and value not in small]
    raw = raw_of(connection)
    if small:
        _ranked(raw, query, column, type, small, limit, out)
    if large and query.sort.default and query.via is None:
        _walked(raw, query, column, type, large, limit, out)
    else:
        for value in large:
            out[value] = of_value(raw, query, column, value, limit)
    if None in there:
        out[None] = of_value(raw, query, column, None, limit)
    return out


def of_value(connection: Any, query: ListQuery, column: str, value: Any, limit: int) -> list[tuple[Any, ...]]:
    """The next rows of one value; None stands for the rows without one."""
    test = on.empty(query.alias, column) if value is None else on.equals(query.alias, column, value, indexed=True)
    return rows(connection, replace(query, where=(*query.where, test), limit=limit))


def _ranked(
    raw: psycopg.Connection[Any], query: ListQuery, column: str, type: str, values: list[Any], limit: int, out: dict[Any, list[Any]]
) -> None:
    """Collects what is there once, and ranks it by value."""
    narrowed = replace(query, where=(*query.where, on.any_of(query.alias, column, values, type=type, indexed=True)))
    filters, params = filters_of(narrowed)
    c = Composer(narrowed, filters)
    figures = S("s0 AS g, s1 AS k, s2 AS id, row_number() OVER (PARTITION BY s0 ORDER BY {}) AS r").format(c.by(S("s1"), S("s2")))
    read = [Name(query.alias, column), query.sort.of(Name(query.alias)), Name(query.alias, "id")]
    inner = c.aggregate(figures, read, None, _ways(narrowed, known_of(raw, narrowed, None)))
    text = S("SELECT t.g, {cols} FROM ({inner}) t JOIN {table} ON {id} = t.id{joins} WHERE t.r <= {n} ORDER BY {by}").format(
        cols=S(joined(query.columns, ", ")), inner=inner, table=c.table, id=c.id, joins=S(" " + joined(query.joins, " ")),  # type: ignore[arg-type]
        n=sql.Literal(limit), by=c.by(S("t.k"), S("t.id"), c.show),
    )  # fmt: skip
    for row in psycopg.Cursor(raw).execute(text.as_string(None), values_of(narrowed, params), prepare=False):  # type: ignore[arg-type]
        out[row[0]].append(row[1:])


def _walked(
    raw: psycopg.Connection[Any], query: ListQuery, column: str, type: str, values: list[Any], limit: int, out: dict[Any, list[Any]]
) -> None:
    """Along the board's index, value by value, until enough are found."""
    filters, params = filters_of(query)
    c = Composer(query, filters)
    scope = S(" OR ").join(S("({})").format(c.part(part, by_bits=True)) for part in query.scope.parts)
    first = S("SELECT {c}.* FROM {t} WHERE {g} = v.g AND {a} AND {f} AND ({s}) ORDER BY {by} LIMIT {n}").format(
        c=c.c, t=c.table, g=Name(query.alias, column), a=c.alive(), f=c.filters, s=scope, by=c.by(c.key, c.id), n=sql.Literal(limit)
    )
    text = S("SELECT v.g, {cols} FROM unnest(%(groups)s::{type}[]) v(g) CROSS JOIN LATERAL ({first}) {c}{joins} ORDER BY {by}").format(
        cols=S(joined(query.columns, ", ")), type=S(on._known(type)), first=first, c=c.c, joins=S(" " + joined(query.joins, " ")),  # type: ignore[arg-type]
        by=c.by(c.key, c.id, c.show),
    )  # fmt: skip
    for row in psycopg.Cursor(raw).execute(text.as_string(None), values_of(query, params) | {"groups": values}, prepare=False):  # type: ignore[arg-type]
        out[row[0]].append(row[1:])

