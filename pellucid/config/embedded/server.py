"""Starts, shares and stops the embedded PostgreSQL server.

What is true is whether the socket answers. Every user of the server holds a shared lock, which the kernel releases even
after kill -9; the last one out stops the server. It listens on a private Unix socket only.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pellucid.config.embedded.binaries import Unavailable, reachable, unprivileged, usable
from pellucid.config.texts import _

SUPERUSER, OWNER, APPLICATION, DATABASE = "postgres", "pellucid", "pellucid_app", "pellucid"
SLOWEST = 300  # seconds that a living server may take until it answers
SOCKET = ".s.PGSQL.5432"
LONGEST_LOG = 20 * 2**20  # a longer one is put aside at the next start, the one before it is dropped

# Run once in single-user mode before the cluster gets its name: an interrupted start leaves no half-made one.
ROLES = f"""\
CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE NOSUPERUSER;
CREATE ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
GRANT {APPLICATION} TO {OWNER} WITH ADMIN OPTION;
GRANT pg_signal_backend, pg_monitor TO {OWNER};
CREATE DATABASE {DATABASE} OWNER {OWNER};
"""


def _megabytes_of_memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):
        return 2048


def configuration(socket_dir: Path, durable: bool) -> str:
    """The server's settings, written before every start so that a new release brings its own."""
    memory = _megabytes_of_memory()
    values = {
        "listen_addresses": "''",
        "unix_socket_directories": "'" + str(socket_dir).replace("'", "''") + "'",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 8, 64), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 256)}MB",
        "work_mem": f"{min(max(memory // 256, 4), 32)}MB",
        "maintenance_work_mem": f"{min(max(memory // 16, 32), 512)}MB",
        # whole pages go into the log once after each checkpoint: the fewer the better, and to squeeze them (pglz) would burn
        # more than all else of a small write
        "checkpoint_timeout": "'15min'",
        "max_wal_size": "2GB",
        "wal_compression": "off",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "log_min_duration_statement": "500",
        "idle_in_transaction_session_timeout": "'10min'",
        "default_text_search_config": "'pg_catalog.simple'",
    }
    if not durable:  # tests: nothing in there outlives a crash, and nobody would miss it
        values |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "256MB", "max_wal_size": "256MB"}
        values |= {"log_min_duration_statement": "-1", "max_connections": "200", "autovacuum_naptime": "'5min'"}
    return "".join(f"{name} = {value}\n" for name, value in values.items())


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Signals that this process answers by an exception are answered after the block."""
    before: dict[int, Any] = {}
    heard: list[int] = []
    if threading.current_thread() is threading.main_thread():
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        before = {number: answer for number, answer in before.items() if callable(answer)}
    for number in before:
        signal.signal(number, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        for number, answer in before.items():
            signal.signal(number, answer)
    for number in heard:
        signal.raise_signal(number)


class Server:
    """One PostgreSQL cluster below a folder; any number of processes may hold it at the same time."""

    def __init__(self, home: Path, durable: bool = True):
        self.durable = durable
        self.folder = home / "postgres"
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.programs: Path | None = None
        self._held: int | None = None
        self._account = unprivileged()
        run = self.folder / "run"
        if len(str(run / SOCKET)) > 100:  # a socket's path holds 108 bytes
            base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
            run = base / ("pellucid-" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:12])
        self.socket_dir = run

    # -- questions

    def answers(self) -> bool:
        """Does somebody listen on the socket?"""
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self.socket_dir / SOCKET))
            except OSError:
                return False
        return True

    def ready(self) -> bool:
        """Would the server accept a session now (it does not while it recovers)?"""
        return self.answers() and self._call("pg_isready", "-q", "-h", str(self.socket_dir), "-t", "2") == 0

    def parameters(self, dbname: str = DATABASE, user: str = OWNER) -> dict[str, str]:
        """What psycopg.connect() needs."""
        return {"host": str(self.socket_dir), "user": user, "dbname": dbname}

    def program(self, name: str) -> Path:
        """Path of one of PostgreSQL's programs, pg_dump for example."""
        if self.programs is None:
            self.programs = usable(self.folder.parent)
        return self.programs / "bin" / name

    # -- start and stop

    def start(self) -> Server:
        """Make the server answer, whatever state it was left in; cheap when this process already holds it."""
        if self._held is not None and self.answers():
            return self
        self._prepare_folders()
        with self._alone():
            self._hold()
            if not self.ready() and not self._comes():
                if not self.data.exists():
                    self._create_cluster()
                self._check_version()
                self._launch()
        return self

    def _comes(self) -> bool:
        """Whether a server that listens but does not answer yet, because it recovers or the machine is busy, comes to it: no reason for another."""
        deadline = time.monotonic() + SLOWEST
        while self.answers() and time.monotonic() < deadline:
            if self.ready():
                return True
            time.sleep(0.5)
        return False

    def release(self, patience: float = 0) -> None:
        """Let go of the server; the last one out stops it, and waits so many seconds for others who are just leaving."""
        if self._held is None:
            return
        held, self._held = self._held, None
        if not self.folder.exists():
            os.close(held)
            return
        with self._alone():
            alone = self._last(held, patience)
            os.close(held)
            if not alone:
                return  # somebody else still uses it
            self._drop_stale_pid()
            if self.answers() or self._pid_file.exists():  # one that is still starting does not answer yet
                self._control("stop", "-m", "fast", "-t", "60")

    @staticmethod
    def _last(held: int, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.1)
            else:
                return True

    def destroy(self) -> None:
        """Stop the server and remove its data (tests' homes only)."""
        self.release()
        with contextlib.suppress(subprocess.SubprocessError, OSError):
            self._control("stop", "-m", "immediate", "-t", "20")
        shutil.rmtree(self.data, ignore_errors=True)

    # -- inside

    def _prepare_folders(self) -> None:
        if self._account is not None and not reachable(self.folder):
            raise Unavailable(
                _(
                    "Running as root, the database server works as '{account}', which cannot reach {folder}. "
                    "Set PELLUCID_HOME to a folder it can, for example /var/lib/pellucid.",
                    account=self._account.pw_name,
                    folder=self.folder.parent,
                )
            )
        self.folder.parent.mkdir(mode=0o711 if self._account else 0o700, parents=True, exist_ok=True)
        for folder in (self.folder, self.socket_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid != (self._account.pw_uid if self._account else os.geteuid()):
                if self._account is None:
                    text = _("{folder} belongs to another user. Set PELLUCID_HOME to a folder of your own.", folder=folder)
                    raise Unavailable(text)
                os.chown(folder, self._account.pw_uid, self._account.pw_gid)

    def _hold(self) -> None:
        if self._held is None:
            self._held = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)  # forked workers share it
            fcntl.flock(self._held, fcntl.LOCK_SH)
            atexit.register(self._at_exit, os.getpid())

    def _at_exit(self, pid: int) -> None:
        if os.getpid() != pid:
            return  # a forked child leaves by ending
        if "django.db" in sys.modules:
            from django.db import connections

            connections.close_all()
        self.release()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self.folder / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _call(self, name: str, *arguments: str, stdin: str | None = None, timeout: float = 330) -> int:
        # Never pipes for output: the daemon would inherit them and the read would hang.
        program = self.program(name)
        identity: dict[str, Any] = {}
        if self._account is not None:
            identity = {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        running: subprocess.Popen[bytes] | None = None
        try:
            with open(self.folder / "control.log", "ab") as out, _undisturbed():  # else a program might begin that we never hear of
                running = subprocess.Popen(
                    [str(program), *arguments],
                    stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                    stdout=out,
                    stderr=out,
                    cwd=self.folder,
                    env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                    **identity,
                )
            running.communicate(None if stdin is None else stdin.encode(), timeout)
        except BaseException:
            if running is not None:
                self._finish(running)
            raise
        return running.returncode

    def _finish(self, running: subprocess.Popen[bytes]) -> None:
        """Let an interrupted program come to its end: a killed pg_ctl would leave behind a server that nobody knows of."""
        if running.stdin is not None:
            with contextlib.suppress(OSError):
                running.stdin.close()
        for insist in (lambda: None, lambda: running.send_signal(signal.SIGINT), running.kill):
            insist()
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(5)
                return

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def _control(self, verb: str, *arguments: str) -> int:
        return self._call("pg_ctl", verb, "-D", str(self.data), "-w", *arguments)

    def _create_cluster(self) -> None:
        for rest in self.folder.glob("draft-*"):
            shutil.rmtree(rest, ignore_errors=True)
        draft = self.folder / f"draft-{os.getpid()}-{time.time_ns()}"
        # The ctype is a UTF-8 one because pg_trgm asks libc: with ctype C it drops every Chinese character.
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8")
        made = self._call(
            "initdb", "-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", *locale, "--no-instructions",
            *(() if self.durable else ("--no-sync",)),
        )  # fmt: skip
        if made == 0:
            made = self._call("postgres", "--single", "-D", str(draft), "postgres", stdin=ROLES)
        if made != 0:
            raise Unavailable(_("The embedded database could not be created; see {log}.", log=self.folder / "control.log"))
        with open(draft / "postgresql.conf", "a") as file:
            file.write("\ninclude_if_exists = 'pellucid.conf'\n")
        draft.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        control = self.program("postgres").parent.parent / "include" / "pg_config.h"
        with contextlib.suppress(OSError):
            for line in control.read_text().splitlines():
                if line.startswith("#define PG_MAJORVERSION "):
                    installed = line.split('"')[1]
                    if installed != made_by:
                        raise Unavailable(
                            _(
                                "{folder} was made by PostgreSQL {made_by}, but {installed} is installed. Back up with the old "
                                "release (pellucid backup), move the folder away, and restore with the new one.",
                                folder=self.data,
                                made_by=made_by,
                                installed=installed,
                            )
                        )

    def _launch(self) -> None:
        config = self.data / "pellucid.conf"
        config.write_text(configuration(self.socket_dir, self.durable))
        config.chmod(0o644)
        self._drop_stale_pid()
        for grown in (self.log, self.folder / "control.log"):
            with contextlib.suppress(OSError):
                if grown.stat().st_size > LONGEST_LOG:
                    grown.replace(grown.with_suffix(".log.1"))
        for pause in (0.5, 1, 2, 4, 8):  # children of a killed server hold its shared memory for a moment
            if self._control("start", "-t", "300", "-l", str(self.log)) == 0 or self.ready():
                return
            time.sleep(pause)
        raise Unavailable(_("The embedded database did not start; see {log}.", log=self.log))

    def _drop_stale_pid(self) -> None:
        """After a restart of the machine another program may have the old server's number."""
        file = self._pid_file
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(file.read_text().splitlines()[0])
            command = Path(f"/proc/{pid}/cmdline")
            if Path("/proc/self").exists() and (not command.exists() or b"postgres" not in command.read_bytes()):
                file.unlink()


_shared: dict[Path, Server] = {}


def shared(home: Path, durable: bool = True) -> Server:
    """The one Server object of this process for a home."""
    return _shared.setdefault(home, Server(home, durable))
