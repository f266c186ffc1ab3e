# ruff: noqa: S608  every name in this SQL comes from a declaration, none from a user
"""Database objects that follow from declarations: triggers, functions, span tables, indexes. Migrations do not know them;
they are brought in line after `migrate` by fingerprint (docs/adr/0001-derived-database-objects.md)."""

from __future__ import annotations

import hashlib
import inspect
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connections, transaction
from psycopg import errors

STATE_TABLE = "derived_object"
LOCK = 0x70656C6C  # "pell": one pass at a time in a database
BIG = 10_000  # estimated rows above which an index is built without stopping writers
PATIENCE = "4s"  # how long one object waits for a busy table before it lets the others pass
TRIES = 8

CREATE_STATE = f"""\
CREATE TABLE IF NOT EXISTS public.{STATE_TABLE} (
  name text PRIMARY KEY,
  fingerprint text NOT NULL,
  undo text NOT NULL,
  place integer NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)"""

INDEX = re.compile(r'CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:IF\s+NOT\s+EXISTS\s+)?"?(\w+)"?\s+ON\s+(?:ONLY\s+)?([\w."]+)', re.I)
TRIGGER = re.compile(r'CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+"?(\w+)"?\s.*?\sON\s+([\w."]+)', re.I | re.S)


@dataclass(frozen=True)
class Derived:
    """One object, or a few that stand and fall together.

    A changed `sql` runs after the `undo` of the version before it (its own, if none is on record), in one transaction: `undo`
    does not mind what is missing (IF EXISTS), and without `undo` the sql is repeatable.
    `concurrently`: the sql is one CREATE INDEX, built without blocking writers when its table is big. `read_only` names tables
    and `callable` names functions with their argument types: what the application role may read but not write, and may call.
    """

    name: str
    sql: str
    undo: str = ""
    concurrently: bool = False
    read_only: tuple[str, ...] = ()
    callable: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@dataclass
class Report:
    """What a pass changed."""

    made: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


Say = Callable[[str], None]
Source = Callable[..., Iterable[Derived]]
_sources: dict[str, Source] = {}


def derives(source: Source) -> Source:
    """Register a function yielding `Derived`; it may take the connection. Earlier registered, earlier made and later dropped."""
    _sources[f"{source.__module__}.{source.__qualname__}"] = source
    return source


def declared(connection: Any) -> list[Derived]:
    """Every object that follows from the declarations of the installed apps."""
    found: dict[str, Derived] = {}
    for source in _sources.values():
        for item in source(connection) if inspect.signature(source).parameters else source():
            if item.name in found:
                raise ImproperlyConfigured(f"two derived database objects are named {item.name}")
            found[item.name] = item
    return list(found.values())


def pending(connection: Any, items: list[Derived] | None = None) -> tuple[list[Derived], list[tuple[str, str]]]:
    """What is to be made, and (name, undo) of what is to be dropped, latest first."""
    items = declared(connection) if items is None else items
    state = _state(connection)
    lost = _lost(connection, [item for item in items if item.name in state])
    make = [item for item in items if item.name in lost or state.get(item.name, ("",))[0] != item.fingerprint]
    names = {item.name for item in items}
    return make, [(name, undo) for name, (_, undo) in reversed(state.items()) if name not in names]


def sync(connection: Any = None, say: Say = lambda line: None, verbose: bool = False) -> Report:
    """Bring the database in line with the declarations. Repeatable; processes that start together wait for each other."""
    connection = connection or connections["default"]
    items, report = declared(connection), Report()
    make, drop = pending(connection, items)
    if make or drop or _grants_missing(connection, items):
        with _alone(connection, say):
            _run(connection, CREATE_STATE)
            make, drop = pending(connection, items)  # the process before us may have done it all
            if make or drop:
                say(f"Derived database objects: {len(make)} to make, {len(drop)} to drop, {len(items)} declared")
            for name, undo in drop:
                _apply(connection, name, undo, None, say, verbose)
                report.dropped.append(name)
            places = {item.name: place for place, item in enumerate(items)}
            for item in make:
                _make(connection, item, places[item.name], say, verbose)
                report.made.append(item.name)
            _grant(connection, items, say)
    return report


def _state(connection: Any) -> dict[str, tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"public.{STATE_TABLE}"])
        if not cursor.fetchone()[0]:
            return {}
        cursor.execute(f"SELECT name, fingerprint, undo FROM public.{STATE_TABLE} ORDER BY place, name")
        return {name: (fingerprint, undo) for name, fingerprint, undo in cursor.fetchall()}


def _lost(connection: Any, items: list[Derived]) -> set[str]:
    """Objects on record whose triggers or indexes are gone, as after a table was made anew, or were left half built."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal")
        triggers = set(cursor.fetchall())
        cursor.execute("SELECT relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid")
        indexes = {name for (name,) in cursor.fetchall()}
    lost = set()
    for item in items:
        wanted = {(name, _bare(table)) for name, table in TRIGGER.findall(item.sql)}
        if not wanted <= triggers or any(name not in indexes for name, _ in INDEX.findall(item.sql)):
            lost.add(item.name)
    return lost


def _bare(table: str) -> str:
    return table.replace('"', "").split(".")[-1]


@contextmanager
def _alone(connection: Any, say: Say) -> Iterator[None]:
    """Hold the pass's lock. Asked for again and again: who waits inside a statement keeps CREATE INDEX CONCURRENTLY waiting."""
    told = False
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if cursor.fetchone()[0]:
                break
            if not told:
                say("Derived database objects: another process is at work on them, waiting")
                told = True
            time.sleep(0.1)
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _run(connection: Any, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _make(connection: Any, item: Derived, place: int, say: Say, verbose: bool) -> None:
    index = INDEX.search(item.sql) if item.concurrently else None
    if index and not connection.in_atomic_block and _estimate(connection, index[2]) > BIG:
        started = time.perf_counter()
        say(f"  building {item.name} on a big table; its users go on working")
        _run(connection, f'DROP INDEX CONCURRENTLY IF EXISTS "{index[1]}"')
        _run(connection, re.sub(r"(?i)\bINDEX\b(\s+IF\s+NOT\s+EXISTS)?", "INDEX CONCURRENTLY", item.sql, count=1))
        _remember(connection, item, place)
        say(f"  made {item.name} in {time.perf_counter() - started:.1f} s")
        return
    before = _state(connection).get(item.name, ("", item.undo))[1]
    _apply(connection, item.name, before, (item, place), say, verbose)


def _apply(connection: Any, name: str, undo: str, new: tuple[Derived, int] | None, say: Say, verbose: bool) -> None:
    """Undo the old version and make the new one, all or nothing; a busy table is tried again, so that nobody queues behind us."""
    started = time.perf_counter()
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic(using=connection.alias):
                _run(connection, f"SET LOCAL lock_timeout = '{PATIENCE}'; SET LOCAL synchronous_commit = off")
                if undo:
                    _run(connection, undo)
                if new:
                    _run(connection, new[0].sql)
                    _remember(connection, *new)
                else:
                    with connection.cursor() as cursor:
                        cursor.execute(f"DELETE FROM public.{STATE_TABLE} WHERE name = %s", [name])
            break
        except OperationalError as error:
            busy = isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected)
            if not busy or attempt == TRIES or connection.in_atomic_block:
                raise
            say(f"  {name}: its table is busy, trying again ({attempt} of {TRIES})")
            time.sleep(0.5 * attempt)
    took = time.perf_counter() - started
    if verbose or took > 1:
        say(f"  {'made' if new else 'dropped'} {name} in {took:.2f} s")


def _remember(connection: Any, item: Derived, place: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO public.{STATE_TABLE} (name, fingerprint, undo, place) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, undo = excluded.undo, place = excluded.place,"
            " applied_at = now()",
            [item.name, item.fingerprint, item.undo, place],
        )


def _estimate(connection: Any, table: str) -> int:
    """Rows of a table as the statistics have it; before the first ANALYZE from its size."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN reltuples >= 0 THEN reltuples ELSE pg_relation_size(oid) / 100 END"
            " FROM pg_class WHERE oid = to_regclass(%s)",
            [table],
        )
        row = cursor.fetchone()
        return int(row[0]) if row else 0


# -- what the application role may do


def _grants(items: list[Derived]) -> tuple[set[str], list[str]]:
    read_only = {STATE_TABLE, "django_migrations", *(table for item in items for table in item.read_only)}
    return read_only, [signature for item in items for signature in item.callable]


def _grants_missing(connection: Any, items: list[Derived]) -> bool:
    """Is there a table it may not read, or may write though it should not, or a function opened to it that it may not call?"""
    role = getattr(settings, "PELLUCID_APP_ROLE", "")
    if not role:
        return False
    read_only, functions = _grants(items)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if not cursor.fetchone():
            cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
            return cursor.fetchone()[0]
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND pg_has_role(current_user, c.relowner, 'USAGE') AND (NOT has_table_privilege(%s, c.oid, 'SELECT')"
            " OR has_table_privilege(%s, c.oid, 'UPDATE') = (relname = ANY (%s))))"
            " OR EXISTS (SELECT FROM unnest(%s::text[]) f WHERE NOT has_function_privilege(%s, to_regprocedure(f), 'EXECUTE'))",
            [role, role, list(read_only), functions, role],
        )
        return cursor.fetchone()[0]


def _grant(connection: Any, items: list[Derived], say: Say) -> None:
    """The application reads and writes the business tables, only reads the past, and calls the functions opened to it."""
    role = getattr(settings, "PELLUCID_APP_ROLE", "")
    if not role:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        there = cursor.fetchone() is not None
        cursor.execute("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
        if not there and not cursor.fetchone()[0]:
            say(f"  the role {role} does not exist and this role may not create it: CREATE ROLE {role} LOGIN, then migrate again")
            return
        read_only, functions = _grants(items)
        here = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        cursor.execute(f"SELECT relname FROM pg_class WHERE {here} AND relname = ANY (%s)", [list(read_only)])
        kept = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('public', 'information_schema')"
            " AND pg_has_role(current_user, nspowner, 'USAGE')"
        )
        schemas = [name for (name,) in cursor.fetchall()]
    name = f'"{role}"'
    lines = [f"GRANT USAGE ON SCHEMA public TO {name}", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"]
    if not there:
        create = f"CREATE ROLE {name} LOGIN"  # another database of this server may just be making it
        lines.insert(0, f"DO $$ BEGIN {create}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
    lines += [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
        *(f'REVOKE INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public."{table}" FROM {name}' for table in kept),
        *(f"GRANT USAGE ON SCHEMA {schema} TO {name}" for schema in schemas),
        *(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {name}" for schema in schemas),
        *(f"GRANT EXECUTE ON FUNCTION {signature} TO {name}" for signature in functions),
    ]
    with transaction.atomic(using=connection.alias):
        _run(connection, ";\n".join(lines))
