"""Test databases: one migrated template per state of the schema's sources, cloned in a moment for each test process.

A template whose migrations are all still there as they were is brought up to date instead of beginning from nothing."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import re
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from pellucid.config.embedded.binaries import Unavailable
from pellucid.config.embedded.server import shared

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = re.compile(r"(^|/)(migrations|models|history|derived|resources|lifecycles|seeds)(\.py$|/)")
DERIVES = re.compile(r"@derives|Derived\(")
EMPTY = f"test_run_{os.getpid()}"
PEOPLED, DEMO, COMMITTED = f"{EMPTY}_peopled", f"{EMPTY}_demo", f"{EMPTY}_committed"
RANGES = itertools.count(10**6, 10**6)
LOCK = zlib.crc32(b"pellucid test templates")


def folders() -> set[Path]:
    """Those of our own apps that are installed."""
    return {Path(app.path) for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT) and ".venv" not in Path(app.path).parts}


def fingerprint() -> str:
    """Changes when a migration, a model, or anything derived from a declaration changes."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}{','.join(sorted(app.name for app in apps.get_app_configs()))}".encode())
    for file in sorted({*(ROOT / "pellucid").rglob("*.py"), *(f for folder in folders() for f in folder.rglob("*.py"))}):
        path, text = file.relative_to(ROOT).as_posix(), file.read_bytes()
        if SCHEMA.search(path) or DERIVES.search(text.decode()):
            digest.update(path.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[:16]


def administer(dbname: str = "postgres") -> psycopg.Connection:
    """A session of the owner outside Django, for creating and dropping databases."""
    try:
        parameters = connection.get_connection_params()
    except Unavailable:  # the tests' server writes carelessly and may not survive the machine's crash: begin anew
        shared(settings.PELLUCID_HOME, durable=False).destroy()
        parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password") if parameters.get(key)}
    return psycopg.connect(**wanted, dbname=dbname, autocommit=True)


def _names(session: psycopg.Connection) -> set[str]:
    return {row[0] for row in session.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_%'")}


def _drop(session: psycopg.Connection, name: str) -> None:
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    for left in reversed(range(60)):
        try:
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                session.execute(statement)
            return
        except psycopg.errors.InsufficientPrivilege:  # the server itself is tidying up in there, and nobody but it may end that: it is soon done
            if not left:
                raise
            time.sleep(0.5)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sweep(session: psycopg.Connection, keep: str) -> None:
    """Drop clones whose process is gone, unfinished templates, and all but the newest three templates."""
    names = _names(session)
    for name in names:
        owner = re.fullmatch(r"test_run_(\d+)(_\w+)?", name)
        if (owner and not _alive(int(owner[1]))) or name.startswith("test_draft_"):
            _drop(session, name)
    rows = session.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'test\\_template\\_%%' AND datname <> %s ORDER BY oid DESC", [keep]
    )
    for (name,) in list(rows)[2:]:
        _drop(session, name)


@contextlib.contextmanager
def _exclusive(session: psycopg.Connection) -> Iterator[None]:
    """One process at a time looks at templates; a crashed one's lock ends with its session."""
    session.execute("SELECT pg_advisory_lock(%s)", [LOCK])
    try:
        yield
    finally:
        session.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def migrations() -> dict[str, str]:
    """Every migration of what is installed with a sum of its text."""
    files = sorted(f for folder in folders() for f in folder.glob("migrations/0*.py"))
    return {f.relative_to(ROOT).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest()[:12] for f in files}


def _older(session: psycopg.Connection) -> str:
    """The newest template that only lacks migrations; template0 if there is none."""
    known, found = migrations(), session.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE 'test\\_template\\_%' ORDER BY oid DESC"
    )  # fmt: skip
    return next((name for name, said in found if said and json.loads(said).items() <= known.items()), "template0")


def _make(session: psycopg.Connection, name: str, base: str) -> None:
    draft = f"test_draft_{os.getpid()}"
    _drop(session, draft)
    session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(draft), sql.Identifier(base)))
    use(draft)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
    session.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(draft), sql.Literal(json.dumps(migrations()))))
    session.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))


def template() -> str:
    """Name of the migrated template database; made when the schema's sources changed."""
    name, fresh = f"test_template_{fingerprint()}", os.environ.get("PELLUCID_FRESH_TEMPLATE") == "1"
    with administer() as session, _exclusive(session):
        if fresh or name not in _names(session):
            _drop(session, name)
            try:
                _make(session, name, "template0" if fresh else _older(session))
            except Exception:  # what an older state cannot become is made from nothing; a real fault shows there, too
                _make(session, name, "template0")
            _sweep(session, keep=name)
    return name


def use(name: str) -> None:
    """Point Django's connection at this database."""
    connection.close()
    connection.settings_dict["NAME"] = name


def clone(source: str, name: str) -> None:
    """A fresh copy of the template under this name, replacing an older one."""
    with administer() as session, _exclusive(session):  # a template cannot be copied by two at once while one is connected
        _drop(session, name)
        session.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(name), sql.Identifier(source))
        )


def renumber() -> None:
    """Let what changes in this clone get counters that no other clone has: the process keeps what it read in memory by them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('records_version_n', %s)", [next(RANGES)])


def remove(name: str) -> None:
    """Drop this clone."""
    with administer() as session:
        _drop(session, name)
