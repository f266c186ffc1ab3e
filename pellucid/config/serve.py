"""`pellucid serve`: from an empty folder to a page that answers, and everything stopped again with one Ctrl-C."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

from pellucid.config import environment, metrics
from pellucid.config.embedded.server import Server, shared
from pellucid.config.home import home
from pellucid.config.parts import installed
from pellucid.config.refusals import Refused
from pellucid.config.supervisor import PARENT, Child, Supervisor
from pellucid.config.texts import _

WORKER = "pellucid.kernel.jobs.worker"
LEAVING = 10  # seconds that what the children started may take to be gone, so that the database server is not left to nobody


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default=os.environ.get("PELLUCID_HOST", "127.0.0.1"), help=_("address to listen on"))
    parser.add_argument("--port", type=int, default=None, help=_("port to listen on (PELLUCID_PORT, else 8000)"))
    parser.add_argument("--workers", type=int, default=None, help=_("web processes (PELLUCID_WORKERS, else one per core)"))
    parser.add_argument("--no-demo", action="store_true", help=_("start empty: no demo company at the first start"))
    parser.add_argument("--no-worker", action="store_true", help=_("no job worker here: it runs elsewhere (pellucid worker)"))
    parser.add_argument("--no-migrate", action="store_true", help=_("leave the database's schema as it is"))


def _number(name: str, default: int) -> int:
    value = os.environ.get(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise Refused(_("{name} is not a number: {value}", name=name, value=repr(value))) from None


def check_port(host: str, port: int, patience: float = 3.0) -> None:
    """Refuse a taken port with a sentence; a server that is just being stopped gets a moment to leave."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + patience
    while True:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
                return
            except PermissionError:
                raise Refused(_("Port {port} needs rights this user lacks. Choose another one: PELLUCID_PORT=8080", port=port)) from None
            except (OSError, OverflowError) as error:
                if time.monotonic() > deadline:
                    reason = getattr(error, "strerror", None) or str(error)
                    text = _("Port {port} on {host} cannot be used: {reason}. Choose another one, for example PELLUCID_PORT={next}")
                    raise Refused(text.format(port=port, host=host, reason=reason, next=port + 1)) from None
        time.sleep(0.2)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(options: argparse.Namespace) -> list[str]:
    """Migrate and seed in a process of the owner role, so that this one stays small. Answers the lines to show."""
    command = [sys.executable, "-m", "pellucid.config.prepare"]
    command += ["--no-demo"] * bool(options.no_demo or environment.production()) + ["--no-migrate"] * bool(options.no_migrate)
    answer = home() / f".prepared-{os.getpid()}.json"
    command += ["--answer", str(answer)]
    owner = {"PELLUCID_DB_ROLE": "owner", "PELLUCID_PROCESS": "prepare", PARENT: str(os.getpid())}
    code = subprocess.run(command, env=os.environ | owner).returncode
    try:
        lines: list[str] = json.loads(answer.read_text())
    except (OSError, ValueError):
        lines = []
    finally:
        answer.unlink(missing_ok=True)
    if code:
        raise Refused(_("The database could not be prepared; the reason stands above."))
    return lines


def _announce(host: str, port: int, lines: list[str], supervisor: Supervisor, started: float) -> None:
    """Say where to go once the first page can be answered."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    while not supervisor.stopping.wait(0.1):
        connection = http.client.HTTPConnection(shown, port, timeout=5)
        try:
            connection.request("GET", "/livez")
            if connection.getresponse().status == 200:
                break
        except OSError:
            continue
        finally:
            connection.close()
    else:
        return
    address = f"http://{'localhost' if shown == '127.0.0.1' else shown}:{port}/"
    ready = _("ready after {seconds} s", seconds=f"{time.monotonic() - started:.1f}")
    print(f"\n  Pellucid 明澈  {address}   ({ready})", flush=True)
    for line in lines:
        print(f"  {address.rstrip('/')}{line}" if line.startswith("/link/") else f"  {line}", flush=True)
    print(f"  {_('Stop with Ctrl-C.')}\n", flush=True)


def main(options: argparse.Namespace) -> int:
    """Serve until told to stop."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # until the supervisor takes over: leave in good order
    port = options.port if options.port is not None else _number("PELLUCID_PORT", 8000)
    workers = options.workers or _number("PELLUCID_WORKERS", _cores())
    environment.database(), environment.key()  # refuses what may not be before anything is started
    check_port(options.host, port)
    if options.host not in {"127.0.0.1", "localhost", "::1"} and not environment.production():
        os.environ.setdefault("PELLUCID_HOSTS", "*")  # a trial opened to the network on purpose
    server: Server | None = None
    if not os.environ.get("DATABASE_URL"):
        server = shared(home(), environment.durable()).start()
    lines = _prepare(options)
    if metrics_port := _number("PELLUCID_METRICS_PORT", 0):
        metrics_host = os.environ.get("PELLUCID_METRICS_HOST", "127.0.0.1")
        check_port(metrics_host, metrics_port)
        metrics.open_folder(home() / "metrics")
        metrics.serve(metrics_port, metrics_host)
    if shutil.disk_usage(home()).free < 500 * 2**20:
        lines.append(_("Less than 500 MB are free on the disk of the data folder."))
    role = {"PELLUCID_DB_ROLE": "app"}
    web = ["-m", "pellucid.config.webserver", "--host", options.host, "--port", str(port), "--workers", str(workers)]
    children = [Child("web", [sys.executable, *web], role)]
    if not options.no_worker and installed(WORKER):
        limit = os.environ.get("PELLUCID_WORKER_STATEMENT_TIMEOUT", "600")
        worker = [sys.executable, "-m", "pellucid", "worker"]
        children.append(Child("worker", worker, role | {"PELLUCID_STATEMENT_TIMEOUT": limit}))

    def look_after_database() -> None:
        if server is not None and not server.answers():
            server.start()

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    supervisor = Supervisor(children, say, each_second=look_after_database)
    supervisor.handle_signals()
    threading.Thread(target=_announce, args=(options.host, port, lines, supervisor, started), daemon=True).start()
    code = supervisor.run()
    if server is not None:
        server.release(patience=LEAVING)
    return code
