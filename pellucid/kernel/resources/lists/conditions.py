"""Filters as SQL conditions. Values travel as parameters, names through psycopg.sql only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from .query import Condition


def column(alias: str, name: str) -> sql.Composable:
    return sql.Identifier(alias, name)


def equals(alias: str, name: str, value: Any, *, indexed: bool = False) -> Condition:
    return Condition(sql.SQL("{} = %s").format(column(alias, name)), (value,), None, indexed, (name, (value,)))


def any_of(alias: str, name: str, values: Sequence[Any], *, type: str, indexed: bool = False) -> Condition:
    """One of the values; of none nothing. `type` is the column's SQL type (for the array)."""
    chosen = tuple(dict.fromkeys(values))
    if not chosen:
        return Condition(sql.SQL("false"), (), 0.0)
    if len(chosen) == 1:
        return equals(alias, name, chosen[0], indexed=indexed)
    text = sql.SQL("{} = ANY(%s::{}[])").format(column(alias, name), sql.SQL(_known(type)))
    return Condition(text, (list(chosen),), None, indexed, (name, chosen))


def none_of(alias: str, name: str, values: Sequence[Any], *, type: str) -> Condition:
    """None of the values; an empty field is none of them."""
    text = sql.SQL("({} = ANY(%s::{}[])) IS NOT TRUE").format(column(alias, name), sql.SQL(_known(type)))
    return Condition(text, (list(values),))


def between(alias: str, name: str, low: Any = None, high: Any = None, *, indexed: bool = False) -> Condition:
    """Half open: low <= field < high; either end may be missing."""
    tests = [("{} >= %s", low), ("{} < %s", high)]
    parts = [sql.SQL(text).format(column(alias, name)) for text, value in tests if value is not None]  # type: ignore[arg-type]
    params = tuple(value for _, value in tests if value is not None)
    text = sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
    return Condition(text, params, None if parts else 1.0, indexed, None, name if parts else "")


def empty(alias: str, name: str, yes: bool = True, *, blank: bool = False) -> Condition:
    """Without a value (`blank`: an empty text counts as none), or with one."""
    test = sql.SQL("({0} IS NULL OR {0} = '')" if blank else "{0} IS NULL").format(column(alias, name))
    return Condition(test if yes else sql.SQL("({}) IS NOT TRUE").format(test))


def contains(alias: str, name: str, text: str) -> Condition:
    """Holds the text, whatever its case; % and _ are ordinary characters."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Condition(sql.SQL("{} ILIKE %s").format(column(alias, name)), (f"%{escaped}%",))


def holds(alias: str, name: str, value: dict[str, Any], *, indexed: bool = True) -> Condition:
    """JSONB containment (custom fields in `extra`)."""
    return Condition(sql.SQL("{} @> %s").format(column(alias, name)), (Jsonb(value),), None, indexed)


def any_condition(conditions: Sequence[Condition]) -> Condition:
    """At least one of the conditions; of none nothing."""
    if not conditions:
        return Condition(sql.SQL("false"), (), 0.0)
    text = sql.SQL("({})").format(sql.SQL(" OR ").join(sql.SQL("({})").format(c.sql) for c in conditions))
    return Condition(text, tuple(p for c in conditions for p in c.params), None, all(c.indexed for c in conditions))


TYPES = frozenset({"bigint", "integer", "smallint", "text", "varchar", "numeric", "date", "timestamptz", "boolean", "uuid"})


def _known(type: str) -> str:
    if type not in TYPES:
        raise ValueError(f"no such type in a list filter: {type!r}")
    return type
