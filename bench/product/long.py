"""What takes seconds: an import, an export, and the server itself under eight clients."""

from __future__ import annotations

import csv
import http.client
import io
import os
import random
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bench import report
from bench.product.calls import CSRF, Caller, cost, part
from pellucid.kernel.exchange import exporting, running, undoing
from pellucid.kernel.records import versions
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.params import ListParams

if TYPE_CHECKING:
    from bench.product.measure import Bench

CLIENTS, SECONDS = 8, 12
IMPORTED, EXPORTED = 10_000, 100_000


class Enough(Exception):
    """So many rows were written."""


def run(bench: Bench) -> str:
    caller = next(c for c in bench.callers if c.scope == "all")
    lines = []
    for name, budget, work in (("import of 10,000 rows with history", 4, bring), ("export of 100,000 rows (xlsx)", 15, take)):
        taken = cost(lambda work=work: work(bench, caller))
        seconds = taken.wall[0] / 1000
        leave_as_found(bench, caller)
        text = f"**{seconds:.1f}**" if seconds > budget else f"{seconds:.1f}"
        lines.append((name, f"{budget} s", f"{text} s", f"{taken.mine[0] / 1000:.1f} + {taken.theirs[0] / 1000:.1f} s"))
        print(f"    {name}: {seconds:.1f} s", flush=True)
    rate, walls, held = served(caller)
    lines.append(("list, 8 clients, 2 web processes", ">= 150 pages/s", f"{rate:.0f} pages/s" if rate >= 150 else f"**{rate:.0f} pages/s**",
                  f"p50 {part(walls, 0.5):.0f} ms, p95 {part(walls, 0.95):.0f} ms"))
    resident = f"resident, shared pages counted each time: {held['resident']:.0f} MB"
    lines.append(("memory of web and worker after it", "350 MB", f"{held['proportional']:.0f} MB", resident))
    lines.append(("this process, after all of it", "", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most", ""))
    return report.table(("what", "budget", "wall", "CPU, or more"), lines)


def bring(bench: Bench, caller: Caller) -> None:
    """Import a sheet of new customers."""
    r, mark = random.Random(), random.randrange(10**6)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["名称", "电话", "地址", "级别", "网址", "员工人数"])
    for n in range(IMPORTED):
        name = f"宁波{r.choice('恒鼎锐宏瑞嘉华盛')}{r.choice('砺达泰信晟锐科拓')}{mark}{n}机械有限公司"
        rows.writerow([name, f"0574-{60000000 + n}", f"宁波市北仑区{n}号", "B 类 · 重点客户", f"https://c{n}.example.com", r.randrange(10, 2000)])
    actor = bench.actor(caller)
    with versions.using(versions.read()):
        found, _, _ = running.open_file(registry["customer"], actor, io.BytesIO(out.getvalue().encode()), "customers.csv")
        running.settle(found, actor, running.run_plan(found))
    done = running.carry_out(found, running.Alone(actor))
    bench.imported = found
    if done.imported != IMPORTED:
        raise RuntimeError(f"imported {done.imported}, updated {done.updated}, skipped {done.skipped}, failed {done.failed}")


def leave_as_found(bench: Bench, caller: Caller) -> None:
    """Take back what was brought in: the next run shall find the company as this one did."""
    if bench.imported is not None:
        undoing.take_back(bench.imported, running.Alone(bench.actor(caller)))
        bench.imported = None


def take(bench: Bench, caller: Caller) -> None:
    """Export the list."""

    def told(rows: int) -> None:
        if rows >= EXPORTED:
            raise Enough

    with versions.using(versions.read()), tempfile.TemporaryFile() as file, suppress(Enough):
        exporting.take(registry["customer"], bench.actor(caller), ListParams(), file, told=told)


# ------------------------------------------------------------------------------------------------ over HTTP
def served(caller: Caller) -> tuple[float, list[float], dict[str, float]]:
    """Pages a second of the list for eight clients, their wall milliseconds, and the memory of all processes afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = [sys.executable, "-m", "pellucid.config.webserver", "--host", "127.0.0.1", "--port", str(port), "--workers", "2"]
    with process(web) as server, process([sys.executable, "-m", "pellucid", "worker"]) as worker:
        deadline = time.monotonic() + 60
        while not alive(port):
            if time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.2)
        load(caller, port, 2)
        walls = load(caller, port, SECONDS)
        tree = [*family(server.pid), *family(worker.pid)]
        held = {"proportional": sum(memory(p, "Pss") for p in tree), "resident": sum(memory(p, "Rss") for p in tree)}
    return len(walls) / SECONDS, walls, held


@contextmanager
def process(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(command, stdin=subprocess.DEVNULL, env=os.environ | {"PELLUCID_PARENT": str(os.getpid())})
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def alive(port: int) -> bool:
    with suppress(OSError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    return False


def load(caller: Caller, port: int, seconds: float) -> list[float]:
    """Eight clients, each asking for the list again as soon as it has it."""
    walls: list[float] = []
    cookies = f"pellucid={caller.session}; csrftoken={CSRF}"
    wanted = f"GET /customers/ HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nAccept-Language: zh-CN\r\n\r\n".encode()
    until = time.perf_counter() + seconds

    def client() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
            file = line.makefile("rb")
            while (start := time.perf_counter()) < until:
                line.sendall(wanted)
                status, length = file.readline(), 0
                if b" 200 " not in status:
                    raise RuntimeError(f"the list answered {status!r}")
                while (header := file.readline().strip().lower()):
                    if header.startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                file.read(length)
                walls.append((time.perf_counter() - start) * 1000)

    clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return walls


def family(pid: int) -> list[int]:
    """A process and everything it started."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in task.read_text().split()]
    return found


def memory(pid: int, what: str) -> float:
    """Megabytes a process holds: Rss, or Pss with shared pages divided among those who share them."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(f"{what}:"):
                return int(line.split()[1]) / 1024
    return 0.0
