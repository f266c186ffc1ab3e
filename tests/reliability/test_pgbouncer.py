"""Behind a real pooler: pgbouncer in transaction mode with two sessions for everybody. Where it is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from pellucid.config import environment
from pellucid.kernel.access.sessions import issue_token
from tests.api.conftest import Caller
from tests.reliability.test_pooler import walk

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
SESSIONS, CLIENTS, CALLS = 2, 8, 12


def a_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def bouncer(monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """Django's connection led through pgbouncer; yields pgbouncer's own console."""
    if not os.access(PROGRAM, os.X_OK):
        pytest.skip("pgbouncer is not installed")
    given, port = connection.get_connection_params(), a_port()
    there = " ".join(f"{key}={given[key]}" for key in ("host", "port", "user", "password") if given.get(key))
    with tempfile.TemporaryDirectory() as place:  # not pytest's: the folders above its own are closed to others
        folder = Path(place)
        (folder / "users").write_text(f'"{given["user"]}" "{given.get("password") or ""}"\n"console" ""\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = {there}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"auth_file = {folder / 'users'}\nadmin_users = console\npool_mode = transaction\ndefault_pool_size = {SESSIONS}\n"
            f"max_client_conn = 100\nignore_startup_parameters = extra_float_digits\nlogfile = {folder / 'log'}\n"
        )
        command = [PROGRAM, str(folder / "pgbouncer.ini")]
        if os.getuid() == 0:  # it refuses root: as who may reach the server's socket
            owner = Path(given["host"]).stat().st_uid if str(given.get("host", "")).startswith("/") else 0
            somebody = pwd.getpwuid(owner or pwd.getpwnam("nobody").pw_uid)
            for path in (folder, *folder.iterdir()):
                os.chown(path, somebody.pw_uid, somebody.pw_gid)
            command = ["setpriv", f"--reuid={somebody.pw_uid}", f"--regid={somebody.pw_gid}", "--clear-groups", *command]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield from led_through(port, monkeypatch, process)
        finally:
            process.terminate()
            process.wait(10)


def led_through(port: int, monkeypatch: pytest.MonkeyPatch, process: subprocess.Popen) -> Iterator[psycopg.Connection]:
    """Put the pooler between; afterwards everything is as it was."""
    deadline = time.monotonic() + 20
    while True:
        assert process.poll() is None and time.monotonic() < deadline, "pgbouncer did not start"
        try:
            console = psycopg.connect(host="127.0.0.1", port=port, user="console", dbname="pgbouncer", autocommit=True, prepare_threshold=None)
            break
        except psycopg.OperationalError:
            time.sleep(0.1)
    monkeypatch.setenv("PELLUCID_POOLER", "1")
    wanted, name = environment.database(), connection.settings_dict["NAME"]
    connection.close()
    kept = dict(connection.settings_dict)
    user = connection.get_connection_params()["user"]
    connection.settings_dict.update(ENGINE="django.db.backends.postgresql", HOST="127.0.0.1", PORT=str(port), USER=user, PASSWORD="",
                                    OPTIONS=wanted["OPTIONS"], DISABLE_SERVER_SIDE_CURSORS=True, NAME=name)
    plain = connections.create_connection("default")
    mine = connections["default"]
    connections["default"] = plain
    try:
        yield console
    finally:
        console.close()
        plain.close()
        connections["default"] = mine
        connection.settings_dict.update(kept)


def transactions(console: psycopg.Connection) -> int:
    """How many transactions went through the pooler so far."""
    with psycopg.ClientCursor(console) as cursor:
        rows = cursor.execute("SHOW STATS").fetchall()
        at = [d.name for d in cursor.description or ()].index("total_xact_count")
    return sum(int(row[at]) for row in rows)


def test_everything_works_with_two_sessions_for_everybody(world: Any, bouncer: psycopg.Connection) -> None:
    before, calls = transactions(bouncer), 0
    for what, call in walk(world):
        status = call()
        assert status < 400, (what, status)
        calls += 1
    assert calls > 80 and transactions(bouncer) - before > calls

    token = issue_token(world.users["sam"], "test", ["write"], None)[1]

    def client(n: int) -> list[int]:
        try:
            api = Caller(token)
            made = api("POST", "customers", {"name": f"客户{n}有限公司"})
            found = [made.status_code]
            for turn in range(CALLS):
                found.append(api("PATCH", f"customers/{made.data['id']}", {"address": f"{turn} 号", "version": turn + 1}).status_code)
                found.append(api("GET", f"customers/{made.data['id']}").status_code)
            return found
        finally:
            connection.close()

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(client, range(CLIENTS)))
    assert all(found == [201] + [200] * 2 * CALLS for found in answers)
    with connection.cursor() as cursor:  # each change was told to be its own actor's, whichever session carried it
        cursor.execute("SELECT count(*) FROM history.audit WHERE tbl = 'customers_customer' AND actor = %s",
                       [world.users["sam"].pk])
        assert cursor.fetchone()[0] >= CLIENTS * (CALLS + 1)
