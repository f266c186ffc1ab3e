"""What a list asks for, as data: no Django, no connection, no SQL text of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from pellucid.kernel.access.scopes import Scope


@dataclass(frozen=True, slots=True)
class SortKey:
    """An order: key column, then id in the same direction.

    `indexed`: declared, so its global and unit indexes exist (such a key is NOT NULL). `default`: the resource's first
    sort, which also has the owner index and, if a timestamptz, the copy in the share row. `nullable`: empty keys come last both ways.
    An expression is an SQL with {} for the row, SQL("({}.extra ->> 'x_size')"), or, never indexed, composed on the alias.
    """

    name: str
    column: str | sql.Composable
    type: str = "timestamptz"
    desc: bool = True
    nullable: bool = False
    default: bool = False
    indexed: bool = True

    def of(self, row: sql.Composable) -> sql.Composable:
        """The key of a row."""
        if isinstance(self.column, str):
            return sql.SQL("{}.{}").format(row, sql.Identifier(self.column))
        return self.column.format(row) if isinstance(self.column, sql.SQL) else self.column


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter on the list's alias. `sql` carries %s for each of `params`.

    `selectivity` None means: ask the statistics, first by `hint` (column, values), else by PostgreSQL's own estimate.
    `indexed`: an index finds the matching rows without reading the others.
    `stretch`: the column whose order has the matching rows side by side, as a range has them.
    """

    sql: sql.Composable
    params: tuple[Any, ...] = ()
    selectivity: float | None = None
    indexed: bool = False
    hint: tuple[str, tuple[Any, ...]] | None = None
    stretch: str = ""


@dataclass(frozen=True, slots=True)
class Via:
    """The owned root a child is read through. A child whose root is deleted or missing is not in any list."""

    table: str
    fk: str
    alias: str = "root"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One list. `columns` and `joins` may use `alias` freely; conditions see only `alias`.

    `resource` is the key of the owned root (its shares). `after` and `before` are (key, id) of a row; rows always come
    in display order. `bin` shows deleted rows instead of living ones. Build each column once and reuse it: its
    text is remembered by identity.
    """

    resource: str
    table: str
    columns: tuple[sql.Composable, ...]
    sort: SortKey
    scope: Scope
    where: tuple[Condition, ...] = ()
    via: Via | None = None
    joins: tuple[sql.Composable, ...] = ()
    alias: str = "c"
    limit: int = 51
    offset: int = 0
    after: tuple[Any, int] | None = None
    before: tuple[Any, int] | None = None
    bin: bool = False
