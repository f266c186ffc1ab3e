"""The embedded server: shared, stopped by the last one out, and started again whatever state it was left in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pellucid.config.embedded import binaries
from pellucid.config.embedded.binaries import Unavailable
from pellucid.config.embedded.server import APPLICATION, OWNER, Server

HOLD = "import sys, time; from pathlib import Path; from pellucid.config.embedded.server import Server; "
HOLD += "Server(Path(sys.argv[1]), durable=False).start(); print('up', flush=True); sys.stdin.read()"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A home that the server's account can reach (pytest's own folders are private)."""
    path = Path(tempfile.mkdtemp(prefix="pellucid-embedded-"))
    path.chmod(0o711)
    yield path
    Server(path, durable=False).destroy()
    shutil.rmtree(path)


def _value(server: Server, query: str, user: str = OWNER) -> object:
    with psycopg.connect(**server.parameters(user=user), autocommit=True) as session:
        row = session.execute(query).fetchone()
        return row[0] if row else None


def _run(server: Server, statement: str, user: str = OWNER) -> None:
    with psycopg.connect(**server.parameters(user=user), autocommit=True) as session:
        session.execute(statement)


def _postmaster(server: Server) -> int:
    return int((server.data / "postmaster.pid").read_text().splitlines()[0])


def _hold(folder: Path) -> subprocess.Popen[str]:
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "up\n"
    return other


def test_from_nothing_with_two_roles(folder: Path) -> None:
    server = Server(folder, durable=False).start()
    try:
        assert _value(server, "SELECT current_setting('listen_addresses')") == ""
        assert _value(server, "SELECT current_setting('server_encoding')") == "UTF8"
        for user in (OWNER, APPLICATION):
            assert _value(server, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user", user) is False
        for name in ("pg_trgm", "btree_gist", "btree_gin"):
            _run(server, f"CREATE EXTENSION {name}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _run(server, "CREATE TABLE mine (id int)", APPLICATION)
        assert server.folder.stat().st_mode & 0o077 == 0
        assert server.socket_dir.stat().st_mode & 0o077 == 0
    finally:
        server.release()
    assert not server.answers()


def test_the_last_one_out_stops_it(folder: Path) -> None:
    server = Server(folder, durable=False).start()
    other = _hold(folder)
    server.release()
    assert server.answers(), "somebody else still uses it"
    other.communicate(timeout=20)
    assert not server.answers()


def test_a_killed_user_does_not_keep_it_alive(folder: Path) -> None:
    server = Server(folder, durable=False).start()
    other = _hold(folder)
    other.kill()
    other.wait()
    server.release()
    assert not server.answers()


def test_who_waits_for_those_just_leaving_stops_it(folder: Path) -> None:
    server, other = Server(folder, durable=False).start(), _hold(folder)
    threading.Timer(0.7, other.kill).start()  # it goes without a word, as what a killed web process had forked
    server.release(patience=20)
    other.wait()
    assert not server.answers() and not (server.data / "postmaster.pid").exists()


def test_a_busy_server_is_waited_for_and_not_started_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, asked = Server(folder, durable=False).start(), []
    try:

        def slow(self: Server) -> bool:
            asked.append(self)
            return len(asked) > 3

        monkeypatch.setattr(Server, "ready", slow)
        monkeypatch.setattr(Server, "_launch", lambda _self: pytest.fail("a second server was started beside a living one"))
        Server(folder, durable=False).start().release()
        assert len(asked) == 4
    finally:
        monkeypatch.undo()
        server.release()


def test_killed_server_comes_back_with_its_rows(folder: Path) -> None:
    server = Server(folder, durable=True).start()
    try:
        _run(server, "CREATE TABLE kept AS SELECT g FROM generate_series(1, 1000) g")
        os.kill(_postmaster(server), signal.SIGKILL)
        time.sleep(0.1)
        server.start()
        assert _value(server, "SELECT count(*) FROM kept") == 1000
    finally:
        server.release()


def test_number_of_another_program_in_the_pid_file(folder: Path) -> None:
    server = Server(folder, durable=False).start()
    file = server.data / "postmaster.pid"
    lines = file.read_text().splitlines()
    server.release()
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    if os.geteuid() == 0:
        shutil.chown(file, server.folder.owner())
    server.start()
    assert server.ready()
    server.release()


def test_an_interrupted_first_start_leaves_nothing_half_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(folder, durable=False)
    whole = server._call
    monkeypatch.setattr(server, "_call", lambda name, *rest, **more: 1 if name == "postgres" else whole(name, *rest, **more))
    with pytest.raises(Unavailable, match="could not be created"):
        server.start()
    assert not server.data.exists()
    monkeypatch.undo()
    assert server.start().ready()
    server.release()


def test_data_of_another_release_is_refused_with_a_sentence(folder: Path) -> None:
    server = Server(folder, durable=False).start()
    server.release()
    (server.data / "PG_VERSION").write_text("14\n")
    with pytest.raises(Unavailable, match="was made by PostgreSQL 14"):
        server.start()


def test_long_homes_get_a_short_socket() -> None:
    server = Server(Path("/tmp") / ("deep/" * 30), durable=False)
    assert len(str(server.socket_dir)) < 90


@pytest.mark.skipif(os.geteuid() != 0, reason="root only")
def test_root_in_a_private_place_is_told_where_to_go() -> None:
    private = Path(tempfile.mkdtemp(prefix="pellucid-private-"))
    try:
        with pytest.raises(Unavailable, match="PELLUCID_HOME"):
            Server(private / "home").start()
    finally:
        shutil.rmtree(private)


@pytest.mark.skipif(os.geteuid() != 0, reason="root only")
def test_programs_out_of_reach_are_copied_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "reachable", lambda path: not path.is_relative_to(binaries.packaged()))
    server = Server(folder, durable=False).start()
    try:
        assert server.program("postgres").is_relative_to(folder)
        assert _value(server, "SELECT 1") == 1
        assert binaries.usable(folder) == server.program("postgres").parent.parent
    finally:
        server.release()
