"""The indexes that declared sorts need, as derived database objects.

Per sort one global and one unit index, for the default sort an owner index too; no branch index. All are partial on
living rows: smaller than with the two columns inside, and still index-only. The global index carries unit_id, so that
walking it past other units' rows reads no heap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from psycopg import sql

from .query import SortKey

if TYPE_CHECKING:
    from pellucid.kernel.records.derived import Derived

ALIVE = sql.SQL("deleted_at IS NULL AND merged_into IS NULL")
# Enough to know the rows of every unit and of most owners; the planner lives on these.
STATISTICS = {"unit_id": 1000, "owner_id": 1000}


def derived_indexes(table: str, sorts: Iterable[SortKey], owned: bool) -> list[Derived]:
    """What `records.derived` keeps in step for one listed table. A root is `owned`; a child has global indexes only."""
    from pellucid.kernel.records.derived import Derived

    return [Derived(name, text, undo, concurrently) for name, text, undo, concurrently in index_sql(table, sorts, owned)]


def index_sql(table: str, sorts: Iterable[SortKey], owned: bool) -> list[tuple[str, str, str, bool]]:
    """(name, sql, undo, concurrently) of every object."""
    out = []
    for sort in sorts:
        if not sort.indexed:
            continue
        column = (
            sql.Identifier(sort.column)
            if isinstance(sort.column, str)
            else sql.SQL("({})").format(sort.of(sql.Identifier(table)))
        )
        word = sql.SQL("DESC" if sort.desc else "ASC")
        order = sql.SQL("{k} {d}, id {d}").format(k=column, d=word)
        kinds = {"all": (order, sql.SQL(" INCLUDE (unit_id)" if owned else ""))}
        if owned:
            kinds["unit"] = (sql.SQL("unit_id, ") + order, sql.SQL(""))
            if sort.default:
                kinds["owner"] = (sql.SQL("owner_id, ") + order, sql.SQL(""))
        for kind, (keys, include) in kinds.items():
            name = index_name(table, sort.name, kind)
            text = sql.SQL("CREATE INDEX {} ON {} ({}){} WHERE {}").format(
                sql.Identifier(name), sql.Identifier(table), keys, include, ALIVE
            )
            out.append(
                (
                    name,
                    text.as_string(None),
                    sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(name)).as_string(None),
                    True,
                )
            )
    if owned:
        out.append(_statistics(table))
    return out


def board_index(table: str, field: str, sort: SortKey, more: Iterable[str]) -> Derived:
    """The index a board lives on: the first cards of each column in order, and counts and sums, without reading a row."""
    from pellucid.kernel.records.derived import Derived

    name = index_name(table, field, "board")
    word = sql.SQL("DESC" if sort.desc else "ASC")
    key = sql.Identifier(sort.column) if isinstance(sort.column, str) else sort.of(sql.Identifier(table))
    keyed = {field, sort.column, "id"}
    carried = [sql.Identifier(c) for c in dict.fromkeys(more) if c not in keyed]
    include = sql.SQL(" INCLUDE ({})").format(sql.SQL(", ").join(carried)) if carried else sql.SQL("")
    text = sql.SQL("CREATE INDEX {} ON {} ({}, {k} {d}, id {d}){i} WHERE {a}").format(
        sql.Identifier(name), sql.Identifier(table), sql.Identifier(field), k=key, d=word, i=include, a=ALIVE
    )
    return Derived(name, text.as_string(None), sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier(name)).as_string(None), True)


def index_name(table: str, sort: str, kind: str) -> str:
    """At most 63 bytes, and the same for ever."""
    name = f"{table}_by_{sort}_{kind}"
    if len(name) <= 63:
        return name
    return f"{name[:54]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _statistics(table: str) -> tuple[str, str, str, bool]:
    def alter(targets: dict[str, int]) -> str:
        changes = sql.SQL(", ").join(
            sql.SQL("ALTER {} SET STATISTICS {}").format(sql.Identifier(column), sql.Literal(target))
            for column, target in targets.items()
        )
        return sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table), changes).as_string(None)

    return index_name(table, "scope", "statistics"), alter(STATISTICS), alter(dict.fromkeys(STATISTICS, -1)), False
