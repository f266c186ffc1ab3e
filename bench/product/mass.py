"""A million rows in, a million rows out: how long, and how much memory the process holds at most."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psycopg
from psycopg import sql

from bench import report
from bench.product.section import child, company, database
from bench.section import Options, Section
from pellucid.config.embedded.server import SUPERUSER, Server

LIMIT = 512
COPY = "bench_product_mass"


class Mass(Section):
    heading = "A million rows in and out"

    def run(self, server: Server, options: Options) -> str:
        rows = options.rows[0] if options.rows else 1_000_000
        company(server, 100_000, options.rebuild)
        lines = []
        with psycopg.connect(**server.parameters("postgres", SUPERUSER), autocommit=True) as admin:
            gone = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(COPY))
            admin.execute(gone)
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(COPY), sql.Identifier(database(100_000))))
            try:
                for what in ("bring", "take"):
                    answer = server.folder.parent / f"mass-{what}.txt"
                    child(server, COPY, what, rows, role="app", BENCH_ANSWER=str(answer))
                    lines.append(tuple(answer.read_text().split("\t")))
            finally:
                admin.execute(gone)
        return report.table(("what", "wall", "rows a second", f"memory at most (budget {LIMIT} MB)"), lines)


def main(what: str, rows: int) -> None:
    """One of the two, in a process of its own."""
    from bench.product.calls import application  # noqa: F401  loads the product
    from pellucid.kernel.access.actor import Actor
    from pellucid.kernel.access.models import User
    from pellucid.kernel.records import versions

    actor = Actor.of(User.objects.get(username="sales_manager.all"), "web")
    started = time.monotonic()
    with versions.using(versions.read()), tempfile.TemporaryFile() as file:
        done = (bring if what == "bring" else take)(actor, file, rows)
    seconds, held = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    name = f"{'import of a CSV file' if what == 'bring' else 'export to xlsx'}: {done:,} customers"
    memory = f"{held:.0f} MB" if held <= LIMIT else f"**{held:.0f} MB**"
    Path(os.environ["BENCH_ANSWER"]).write_text("\t".join((name, f"{seconds:.0f} s", f"{done / seconds:,.0f}", memory)))


def bring(actor: object, file: BinaryIO, rows: int) -> int:
    """Import new customers."""
    from pellucid.kernel.exchange import running
    from pellucid.kernel.resources.declare import registry

    file.write("名称,电话,地址,级别,网址,员工人数\n".encode())
    for n in range(rows):
        line = f"宁波恒鼎{n}机械有限公司,0574-{60000000 + n},宁波市北仑区{n}号,B 类 · 重点客户,https://c{n}.example.com,{10 + n % 1990}\n"
        file.write(line.encode())
    file.seek(0)
    found, _book, _guesses = running.open_file(registry["customer"], actor, file, "customers.csv")
    running.settle(found, actor, running.run_plan(found))
    done = running.carry_out(found, running.Alone(actor))
    return int(done.imported)


def take(actor: object, file: BinaryIO, rows: int) -> int:
    """Export the list."""
    from bench.product.long import Enough
    from pellucid.kernel.exchange import exporting
    from pellucid.kernel.resources.declare import registry
    from pellucid.kernel.resources.params import ListParams

    written = 0

    def told(so_far: int) -> None:
        nonlocal written
        written = so_far
        if so_far >= rows:
            raise Enough

    with suppress(Enough):
        exporting.take(registry["customer"], actor, ListParams(), file, told=told)
    return written
