"""PostgreSQL's own programs and sessions for backup and restore."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from pellucid.config.embedded.binaries import Unavailable, packaged
from pellucid.config.embedded.server import shared
from pellucid.config.texts import _

SPEAKS_OF = re.compile(r'(?:dumping contents of|processing data for) table "([^"]+)"')


def parameters(dbname: str | None = None) -> dict[str, Any]:
    """How to reach the database as its owner."""
    found = connection.get_connection_params()
    names = ("host", "port", "user", "password", "sslmode", "sslrootcert", "dbname")
    wanted = {name: str(found[name]) for name in names if found.get(name)}
    return wanted | ({"dbname": dbname} if dbname else {})


def session(dbname: str | None = None) -> psycopg.Connection[Any]:
    """A session beside Django's."""
    return psycopg.connect(**parameters(dbname), application_name="pellucid-backup", autocommit=True)


def _major(program: Path) -> int:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20).stdout
    except OSError:
        return 0
    found = re.search(r"(\d+)(\.\d+)?", answer)
    return int(found[1]) if found else 0


@cache
def program(name: str) -> Path:
    """pg_dump or pg_restore at least as new as the server: the embedded one's, else from PATH, else the packaged one."""
    if settings.DATABASES["default"]["ENGINE"] == "pellucid.config.embedded":
        return shared(settings.PELLUCID_HOME, durable=settings.PELLUCID_DURABLE).program(name)
    with session() as asked:
        wanted = asked.info.server_version // 10000
    candidates = [Path(found)] if (found := shutil.which(name)) else []
    try:
        candidates.append(packaged() / "bin" / name)
    except Unavailable:
        pass
    for candidate in candidates:
        if _major(candidate) >= wanted:
            return candidate
    text = _("The server is PostgreSQL {release}: install a {name} of that release or a newer one (postgresql-client).")
    raise CommandError(text.format(release=wanted, name=name))


def run(name: str, arguments: list[str], dbname: str | None, table_begun: Callable[[str], None]) -> None:
    """Run a program that tells on standard error which table it is at."""
    reach = parameters(dbname)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    for key, variable in (("password", "PGPASSWORD"), ("sslmode", "PGSSLMODE"), ("sslrootcert", "PGSSLROOTCERT")):
        if key in reach:
            environment[variable] = reach.pop(key)
    at = [f"--{key.replace('user', 'username')}={value}" for key, value in reach.items()]
    command = [str(program(name)), "--no-password", "--verbose", *at, *arguments]
    told: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if found := SPEAKS_OF.search(line):
                table_begun(found[1])
            elif "error:" in line or "detail:" in line.lower() or "warning:" in line:
                told.append(line.strip())
    if running.returncode:
        raise CommandError("\n".join([_("{name} failed.", name=name), *told[-20:]]))
