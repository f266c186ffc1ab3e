"""Queries that pages ask at every visit: written with the ORM, turned into SQL once, prepared by the database.

Building the SQL of a QuerySet costs more than running it. `rows(shape, build, *values)` builds it once per shape, with stand-ins for
the values, and afterwards only puts the values in. What cannot be put in later is built each time, as ever.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection, models
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable, get_related_populators
from psycopg import Cursor, RawCursor
from psycopg.sql import Composable

MOST = 1000
Build = Callable[..., models.QuerySet[Any]]
_STAND_INS: dict[type, Callable[[int], Any]] = {
    int: lambda n: -2_000_000_000 - n,
    str: lambda n: f"\x01{n}",
    dt.datetime: lambda n: dt.datetime(1, 1, 3, microsecond=n, tzinfo=dt.UTC),
}


@dataclass(frozen=True, slots=True)
class Written:
    """The SQL of a QuerySet with `%s` for its values."""

    text: str
    params: tuple[tuple[bool, Any], ...]
    made: Callable[[Any], Any]
    convert: Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """SQL with numbered places, so that the driver need not read it again, and how a row becomes what the QuerySet would give."""

    text: bytes
    params: tuple[tuple[bool, Any], ...]  # (is it the n-th value?, n or the constant)
    made: Callable[[Any], Any]
    convert: Callable[[Any], Any] | None

    def run(self, values: tuple[Any, ...]) -> list[Any]:
        connection.ensure_connection()
        sent = [values[what] if given else what for given, what in self.params]
        with connection.wrap_database_errors:
            found: Any = RawCursor(connection.connection).execute(self.text, sent).fetchall()
        return [self.made(row) for row in (self.convert(found) if self.convert else found)]


_prepared: dict[Hashable, Prepared | None] = {}


def rows(shape: Hashable, build: Build, *values: Any) -> list[Any]:
    """What `build(*values)` gives. The SQL is kept under the shape: it must name all that changes the query, but not the values."""
    key = (shape, tuple(map(type, values)))
    if key not in _prepared:
        if len(_prepared) >= MOST:
            _prepared.clear()
        _prepared[key] = _prepare(build, values)
    known = _prepared[key]
    if known is None or any(v is None for v in values):
        return list(build(*values))
    return known.run(values)


def counts(shape: Hashable, build: Callable[..., Sequence[models.QuerySet[Any, Any]]], *values: Any) -> list[int]:
    """How many rows each of the queries that `build(*values)` gives would have, in one statement."""
    key = ("counts", shape, tuple(map(type, values)))
    if key not in _prepared:
        if len(_prepared) >= MOST:
            _prepared.clear()
        parts = [_written(lambda *given, at=at: build(*given)[at], values) for at in range(len(build(*values)))]
        _prepared[key] = _counting([part for part in parts if part is not None]) if all(parts) else None
    known = _prepared[key]
    if known is None:
        return [len(query) for query in build(*values)]
    return list(known.run(values)[0])


def _counting(parts: list[Written]) -> Prepared:
    """Queries side by side, each as the number of its rows."""
    text = ", ".join(f"(SELECT count(*) FROM ({part.text}) q)" for part in parts)  # noqa: S608  values travel as parameters
    return _numbered(Written(f"SELECT {text}", tuple(param for part in parts for param in part.params), tuple, None))


def once(record: models.Model, name: str, read: Callable[[], Any]) -> Any:
    """What was read for a record in hand is not read a second time for the same page."""
    held = record.__dict__.setdefault("_read", {})
    if name not in held:
        held[name] = read()
    return held[name]


def ask(text: str | Composable, values: Sequence[Any] | Mapping[str, Any] = ()) -> Cursor[Any]:
    """A statement of one's own on the same connection, prepared by the database after a few turns."""
    connection.ensure_connection()
    with connection.wrap_database_errors:  # who looks out for a database that is gone knows Django's words for it
        return Cursor(connection.connection).execute(text, values)  # type: ignore[arg-type]


def insert(record: models.Model) -> None:
    """Write a new record as `save()` does, by a statement the database keeps."""
    meta = record._meta
    fields = [f for f in meta.local_concrete_fields if not f.generated and not f.primary_key]
    back = [f for f in meta.local_concrete_fields if f.generated or f.primary_key]
    places, names, given = ", ".join(["%s"] * len(fields)), _names(fields), _names(back)
    values = [f.get_db_prep_save(f.pre_save(record, add=True), connection) for f in fields]
    text = f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({places}) RETURNING {given}'  # noqa: S608  names of ours
    found = ask(text, values).fetchall()[0]
    for field, value in zip(back, found, strict=True):
        setattr(record, field.attname, value)
    record._state.adding, record._state.db = False, connection.alias


def _names(fields: Sequence[models.Field[Any, Any]]) -> str:
    return ", ".join(f'"{f.column}"' for f in fields)


def _prepare(build: Build, values: tuple[Any, ...]) -> Prepared | None:
    """The query ready to be asked; None when it has to be built anew each time."""
    written = _written(build, values)
    return None if written is None else _numbered(written)


def _numbered(written: Written) -> Prepared:
    """`%s` becomes `$1`, `$2` ...; a set of ids named several times travels once."""
    places: dict[Hashable, int] = {}
    sent: list[tuple[bool, Any]] = []
    given = iter(written.params)

    def number(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%"
        param = next(given)
        # anything else may be of another type at its other place
        known: Hashable = tuple(param[1]) if isinstance(param[1], list) else object()
        if known not in places:
            sent.append(param)
            places[known] = len(sent)
        return f"${places[known]}"

    text = re.sub("%([%s])", number, written.text)
    return Prepared(text.encode(), tuple(sent), written.made, written.convert)


def _written(build: Build, values: tuple[Any, ...]) -> Written | None:
    """The query with stand-ins; None when they cannot be told apart in its SQL."""
    if not all(type(v) in _STAND_INS for v in values):
        return None
    stand_ins = [_STAND_INS[type(v)](n) for n, v in enumerate(values)]
    try:
        query = build(*stand_ins)
        compiler = query.query.get_compiler(using=query.db)
        text, params = compiler.as_sql()
    except (EmptyResultSet, FullResultSet, TypeError, ValueError):
        return None
    places = {(type(s), s): n for n, s in enumerate(stand_ins)}
    found = [_place(p, places) for p in params]
    if {n for given, n in found if given} != set(range(len(values))):
        return None
    made = _maker(query, compiler)
    if made is None:
        return None
    converters = compiler.get_converters([column for column, _text, _alias in compiler.select])
    convert = (lambda found: compiler.apply_converters(found, converters)) if converters else None
    return Written(text, tuple(found), made, convert)


def _place(param: Any, places: dict[tuple[type, Any], int]) -> tuple[bool, Any]:
    for kind in _STAND_INS:
        if isinstance(param, kind) and (kind, param) in places:
            return True, places[kind, param]
    return False, param


def _maker(query: Any, compiler: Any) -> Callable[[Any], Any] | None:
    """From a row to an instance, a tuple or a value; None for what else a QuerySet may give."""
    kind = query._iterable_class
    if kind is FlatValuesListIterable:
        return lambda row: row[0]
    if kind is ValuesListIterable:
        return tuple
    if kind is not ModelIterable or query._prefetch_related_lookups or compiler.annotation_col_map:
        return None
    info, select, db = compiler.klass_info, compiler.select, query.db
    first, last = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, _text, _alias in select[first:last]]
    related = get_related_populators(info, select, db, query._fetch_mode)

    def made(row: Any) -> Any:
        found = info["model"].from_db(db, names, row[first:last], fetch_mode=query._fetch_mode)
        for populator in related:
            populator.populate(row, found)
        return found

    return made
