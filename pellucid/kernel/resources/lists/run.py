"""Running a list: rows, counts, sums and neighbours over Django's own connection, with prepared statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from pellucid.kernel.access.scopes import MAX_BIT

from . import plan as planner
from .plan import EACH, FENCE, LATERAL, SORT, TEST, WALK, Facts
from .query import ListQuery
from .sql import Composer, Step, renumber, scope_params, verbatim
from .stats import Stats, selectivity, table_stats

COUNT_LIMIT = 10_001
POSITION_LIMIT = 1_001
# With a filter the order must be made to come from the unit indexes: PostgreSQL takes bitmaps inside the LATERAL.
# Three messages with a prepared statement (0.2 ms) cost less than one that is planned anew (0.3-1.2 ms).
ORDERED = "SET LOCAL enable_sort = off; SET LOCAL enable_incremental_sort = off; SET LOCAL plan_cache_mode = force_generic_plan"
RELEASED = "SET LOCAL enable_sort = on; SET LOCAL enable_incremental_sort = on; SET LOCAL plan_cache_mode = auto"


# ------------------------------------------------------------------------------------------------ texts
_pieces: dict[int, tuple[sql.Composable, str]] = {}
_texts: dict[tuple[Any, ...], str] = {}


def joined(parts: tuple[sql.Composable, ...], joiner: str) -> str:
    """The text of columns or joins. Each one's is remembered by its identity; it is held, so the id stays its own."""
    texts = []
    for part in parts:
        kept = _pieces.get(id(part))
        if kept is None:
            if len(_pieces) > 5000:
                _pieces.clear()
            kept = _pieces[id(part)] = (part, verbatim(part).as_string(None))
        texts.append(kept[1])
    return joiner.join(texts)


def _text(key: tuple[Any, ...], build: Any) -> str:
    text = _texts.get(key)
    if text is None:
        if len(_texts) > 1000:
            _texts.clear()
        text = _texts[key] = build().as_string(None)
    return text


def _shape(query: ListQuery, filters: str) -> tuple[Any, ...]:
    """Everything that changes the text of a list, and nothing that is only a value."""
    sort = query.sort
    column = sort.column if isinstance(sort.column, str) else sort.column.as_string(None)
    cursor = query.after or query.before
    scope = query.scope
    return (
        query.resource, query.table, query.alias, filters, query.via, query.limit, query.offset, query.bin,
        (column, sort.type, sort.desc, sort.nullable),
        (query.before is not None, cursor is not None, cursor is not None and cursor[0] is None),
        (scope.parts, scope.share_level, _form(scope.units), _form(scope.shares_of), tuple((part.column, _form(part.ids)) for part in scope.by)),
    )  # fmt: skip


def _form(ids: frozenset[int]) -> tuple[bool, bool]:
    """How a test against these ids is written."""
    return len(ids) == 1, bool(ids) and max(ids) < MAX_BIT


def filters_of(query: ListQuery) -> tuple[str, dict[str, Any]]:
    if not query.where:
        return "true", {}
    params = [param for condition in query.where for param in condition.params]
    return renumber([c.sql.as_string(None) for c in query.where]), {f"f{i}": param for i, param in enumerate(params)}


def values_of(query: ListQuery, filters: dict[str, Any]) -> dict[str, Any]:
    values = scope_params(query.scope, query.resource) | filters
    cursor = query.after or query.before
    if cursor is not None:
        values["ak"], values["ai"] = cursor
    return values


# ------------------------------------------------------------------------------------------------ planning
def raw_of(connection: Any) -> psycopg.Connection[Any]:
    """psycopg's connection of a Django connection (or itself)."""
    if hasattr(connection, "ensure_connection"):
        connection.ensure_connection()
        return connection.connection
    return connection


@dataclass(frozen=True, slots=True)
class Known:
    """Statistics for one query: of its table, of its root, and what its filters leave, of the rows and of the order."""

    table: Stats
    root: Stats
    share: float
    by_index: float | None
    span: float


def known_of(connection: psycopg.Connection[Any], query: ListQuery, stats: Stats | None) -> Known:
    table = stats or table_stats(connection, query.table)
    root = table if query.via is None or stats is not None else table_stats(connection, query.via.table)
    return Known(table, root, *selectivity(connection, query, table))


def facts(query: ListQuery, known: Known, part: str) -> Facts:
    """What the planner is told about one part of the scope."""
    scale = known.table.total / max(known.root.total, 1.0) if query.via else 1.0
    sizes = () if part == "all" else tuple(size * scale for size in known.root.sizes(sorted(query.scope.units)))
    return Facts(
        known.table.total,
        sizes,
        query.offset + query.limit,
        known.share,
        known.by_index,
        bool(query.where),
        part == "all",
        query.via is not None,
        known.table.pages,
        known.span,
    )


def steps(query: ListQuery, known: Known, force: str | None = None) -> tuple[Step, ...]:
    """How every part of the scope will be read."""
    n = query.offset + query.limit
    sort = query.sort
    key = (
        query.table, query.via, query.scope, n, known.share, known.by_index, known.span, bool(query.where), force,
        (sort.indexed, sort.nullable, sort.default, sort.type, query.bin),
    )  # fmt: skip
    return known.root.concluded(key, lambda: _steps(query, known, force))


def _steps(query: ListQuery, known: Known, force: str | None) -> tuple[Step, ...]:
    out = []
    walkable = query.sort.indexed and not query.sort.nullable and not query.bin
    for part in query.scope.parts:
        if part in ("all", "units"):
            told = facts(query, known, part)
            chosen = planner.choose(told) if walkable else SORT
            if walkable and force in planner.estimate(told):
                chosen = force or chosen
            bound = planner.walk_bound(told) if chosen == WALK else 0
            # A bound as large as the table bounds nothing, and unfiltered rows of everything are simply the index.
            if bound > told.total or (part == "all" and not query.where and query.via is None):
                bound = 0
            out.append(Step(part, chosen, bound, way_of(told) if chosen == SORT else ""))
        elif part == "own":
            indexed = walkable and query.sort.default and query.via is None
            out.append(Step(part, WALK) if indexed and force != SORT else Step(part, SORT, 0, own_way(query, known)))
        elif part == "shared":
            # A share row holds a copy of the default key, if that is a moment.
            copied = walkable and query.sort.default and query.sort.type == "timestamptz" and query.via is None and force != SORT
            out.append(Step(part, WALK if copied and (known.share >= 0.02 or force == WALK) else SORT))
        else:
            out.append(Step(part, SORT))
    return tuple(out)


def way_of(told: Facts, limit: int | None = None) -> str:
    ways = planner.collect(told, limit)
    # Unit after unit pays only where reading stops, and only the unit index has that order.
    if limit is None or told.whole or told.through_root or len(told.sizes) < 2:
        del ways[EACH]
    return TEST if told.whole else min(ways, key=ways.__getitem__)


def own_way(query: ListQuery, known: Known) -> str:
    """Few own rows are read whole, whatever the filter's index promises."""
    if query.via is not None or known.by_index is None:
        return ""
    return FENCE if known.table.owned_by(query.scope.user) < known.by_index * known.table.total else ""


# ------------------------------------------------------------------------------------------------ execution
def _fetch(raw: psycopg.Connection[Any], text: str, values: dict[str, Any], ordered: bool, prepare: bool | None) -> list[Any]:
    cursor = psycopg.Cursor(raw)
    if not ordered:
        return cursor.execute(text, values, prepare=prepare).fetchall()  # type: ignore[arg-type]
    if raw.info.transaction_status == TransactionStatus.IDLE:
        cursor.execute(f"BEGIN READ ONLY; {ORDERED}")  # type: ignore[arg-type]
        try:
            return cursor.execute(text, values, prepare=prepare).fetchall()  # type: ignore[arg-type]
        finally:
            # Not ROLLBACK: on that psycopg gives up all prepared statements of the connection.
            psycopg.Cursor(raw).execute("COMMIT")
    cursor.execute(ORDERED)  # type: ignore[arg-type]
    rows = cursor.execute(text, values, prepare=prepare).fetchall()  # type: ignore[arg-type]
    psycopg.Cursor(raw).execute(RELEASED)  # type: ignore[arg-type]
    return rows


def rows(connection: Any, query: ListQuery, *, stats: Stats | None = None, force: str | None = None) -> list[tuple[Any, ...]]:
    """One page of the list in display order; `columns` and nothing else. `force` names a plan (tests, measurements)."""
    if not query.scope.parts:
        return []
    raw = raw_of(connection)
    known = known_of(raw, query, stats)
    chosen = steps(query, known, force)
    found, short = _page(raw, query, chosen, known)
    if short:
        again = tuple(Step(s.part, SORT, 0, way_of(facts(query, known, s.part))) if s.bound else s for s in chosen)
        found, _ = _page(raw, query, again, known)
    return found


def _page(
    raw: psycopg.Connection[Any], query: ListQuery, chosen: tuple[Step, ...], known: Known
) -> tuple[list[tuple[Any, ...]], bool]:
    """The rows, and whether a bounded walk ended before it had enough."""
    filters, filter_values = filters_of(query)
    columns, joins = joined(query.columns, ", "), joined(query.joins, " ")
    text = _text(
        (_shape(query, filters), columns, joins, chosen),
        lambda: Composer(query, filters).page(chosen, sql.SQL(columns), sql.SQL(f" {joins}")),  # type: ignore[arg-type]
    )
    values = values_of(query, filter_values)
    n = query.offset + query.limit
    plans = {step.plan for step in chosen}
    if LATERAL in plans:
        values["quotas"] = known.root.concluded((query.scope.units, n), lambda: _quotas(query, known, n))
    ordered = LATERAL in plans and bool(query.where)
    stable = SORT not in plans and not query.offset and (ordered or not query.where or all(step.bound for step in chosen))
    found = _fetch(raw, text, values, ordered, (None if query.where else True) if stable else False)
    bounded = [step for step in chosen if step.bound]
    if not bounded:
        return found, False
    if len(chosen) == 1:
        return found, len(found) < query.limit
    short = not found or found[0][-1] < n
    return [row[:-1] for row in found], short


def _quotas(query: ListQuery, known: Known, n: int) -> str:
    sizes = known.root.sizes(sorted(query.scope.units))
    return "{" + ",".join(map(str, planner.fair_shares(sizes, n))) + "}"


# ------------------------------------------------------------------------------------------------ counts and sums
@dataclass(frozen=True, slots=True)
class Totals:
    """`count` and `sums` when `exact`; otherwise there are more rows than the limit and `sums` is None."""

    count: int
    exact: bool
    sums: tuple[Any, ...] | None


def _aggregate(
    raw: psycopg.Connection[Any],
    query: ListQuery,
    sums: tuple[sql.Composable, ...],
    limit: int | None,
    known: Known,
    beyond: bool = False,
) -> tuple[Any, ...]:
    ways = {part: way_of(facts(query, known, part), limit) for part in query.scope.parts if part in ("all", "units")}
    if query.scope.own and not query.scope.all:
        ways["own"] = own_way(query, known)
    filters, filter_values = filters_of(query)
    figures = sql.SQL(", ").join(
        [sql.SQL("count(*)"), *(sql.SQL("sum({})").format(sql.Identifier(f"s{i}")) for i in range(len(sums)))]
    )
    composer = Composer(query, filters)
    text = composer.aggregate(figures, sums, limit, ways, beyond).as_string(None)
    values = values_of(query, filter_values)
    found = psycopg.Cursor(raw).execute(text, values, prepare=False).fetchone()  # type: ignore[arg-type]
    assert found is not None
    return found


def count(connection: Any, query: ListQuery, limit: int = COUNT_LIMIT, *, stats: Stats | None = None) -> tuple[int, bool]:
    """How many rows, and whether that is exact. Above the limit an estimate; `limit` itself where none can be trusted."""
    if not query.scope.parts:
        return 0, True
    raw = raw_of(connection)
    known = known_of(raw, query, stats)
    (found,) = _aggregate(raw, query, (), limit, known)
    if found < limit:
        return found, True
    # An OR with shares or own rows is estimated 10 to 100 times off; one part alone is not.
    alone = query.scope.parts in (("all",), ("units",)) and not query.bin
    return (max(_estimated(query, known), limit) if alone else limit), False


def _estimated(query: ListQuery, known: Known) -> int:
    return round(facts(query, known, query.scope.parts[0]).rows * known.share)


def estimate_count(connection: Any, query: ListQuery, *, stats: Stats | None = None) -> int | None:
    """About how many rows, without reading one; None where the estimate would be worthless."""
    if not query.scope.parts:
        return 0
    if query.scope.parts not in (("all",), ("units",)) or query.bin:
        return None
    return _estimated(query, known_of(raw_of(connection), query, stats))


def totals(
    connection: Any,
    query: ListQuery,
    sums: Sequence[sql.Composable],
    limit: int | None = COUNT_LIMIT,
    *,
    stats: Stats | None = None,
) -> Totals:
    """Count and sums over the whole list: exact, or no sums when it has `limit` rows or more (None: however many)."""
    if not query.scope.parts:
        return Totals(0, True, tuple(None for _ in sums))
    raw = raw_of(connection)
    found = _aggregate(raw, query, tuple(sums), limit, known_of(raw, query, stats))
    if limit is not None and found[0] >= limit:
        return Totals(found[0], False, None)
    return Totals(found[0], True, found[1:])


# ------------------------------------------------------------------------------------------------ record pager
@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids before and after a record in its list; `position` (from 1) is None far down or outside the list."""

    previous: int | None
    next: int | None
    position: int | None


def neighbours(connection: Any, query: ListQuery, id: int, *, stats: Stats | None = None) -> Neighbours:
    """Where a record stands in its list. One that no longer meets the filters still has neighbours, but no position."""
    nowhere = Neighbours(None, None, None)
    if not query.scope.parts:
        return nowhere
    raw = raw_of(connection)
    alone = replace(query, columns=_only_id(query.alias), joins=(), offset=0, after=None, before=None)
    composer = Composer(alone, "true")
    key_text = sql.SQL("SELECT {}::text FROM {} WHERE {} = %s AND {}").format(
        composer.key, composer.table, composer.id, composer.alive()
    )
    here = psycopg.Cursor(raw).execute(key_text, (id,)).fetchone()
    if here is None:
        return nowhere
    at = (here[0], id)
    previous = rows(raw, replace(alone, before=at, limit=1), stats=stats)
    following = rows(raw, replace(alone, after=at, limit=1), stats=stats)
    known = known_of(raw, query, stats)
    (before,) = _aggregate(raw, replace(alone, before=at), (), POSITION_LIMIT, known, beyond=True)
    inside = _holds(raw, alone, id)
    return Neighbours(
        previous[0][0] if previous else None,
        following[0][0] if following else None,
        before + 1 if inside and before < POSITION_LIMIT else None,
    )


@lru_cache(maxsize=64)
def _only_id(alias: str) -> tuple[sql.Composable, ...]:
    return (sql.SQL("{}.id").format(sql.Identifier(alias)),)


def _holds(raw: psycopg.Connection[Any], query: ListQuery, id: int) -> bool:
    """Is the record in the list?"""
    filters, values = filters_of(query)
    composer = Composer(query, filters)
    join, _ = composer.root()
    tests = sql.SQL(" OR ").join(sql.SQL("({})").format(composer.part(part)) for part in query.scope.parts)
    text = sql.SQL("SELECT 1 FROM {}{} WHERE {} = %(id)s AND {} AND {} AND ({})").format(
        composer.table, join, composer.id, composer.alive(), composer.filters, tests
    )
    return psycopg.Cursor(raw).execute(text, values_of(query, values) | {"id": id}).fetchone() is not None
