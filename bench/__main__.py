"""`python -m bench`: builds a world, measures, prints, and with --write keeps the figures in docs/figures.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import lists, machine, report, standalone
from pellucid.config.embedded.server import Server

ROWS = (100_000, 1_000_000)
HOME = Path(tempfile.gettempdir()) / f"pellucid-bench-{os.getuid()}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Pellucid on this machine.")
    parser.add_argument("--rows", type=int, action="append", help="customers in the world (may be given several times)")
    parser.add_argument("--busy", action="store_true", help="measure although the machine is busy")
    parser.add_argument("--rebuild", action="store_true", help="build the worlds anew")
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/figures.md")
    parser.add_argument("--fit", action="store_true", help="also print constants fitted to this machine")
    options = parser.parse_args()
    try:
        load = machine.busy_cores() if options.busy else machine.require_quiet()
    except machine.Busy as busy:
        print(busy, file=sys.stderr)
        return 1
    server = Server(HOME).start()
    parts = []
    for rows in options.rows or ROWS:
        with world_of(server, rows, options.rebuild) as connection:
            text, cases = measure(connection, rows, load)
            parts.append(text)
            print(text, flush=True)
            if options.fit:
                print(lists.fit(cases))
    if options.write:
        report.write("List planner", INTRO + "\n" + "\n".join(parts))
    return 0


INTRO = """`python -m bench --write`. CPU milliseconds from the scheduler's counters, best of three warm runs, 51 rows of 12 columns.
Pairs are Python + database. A plan that was expected to take over 150 ms, or took over 250, counts as 250.
"""


def world_of(server: Server, rows: int, rebuild: bool) -> psycopg.Connection[Any]:
    """A session in the world with so many rows, building it where it is missing."""
    name = f"bench_lists_{rows}"
    # pg_stats hides other owners' columns, so the world belongs to whom we measure as.
    with psycopg.connect(**server.parameters("postgres", "postgres"), autocommit=True) as admin:
        there = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if there and rebuild:
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        if not there or rebuild:
            draft = f"{name}_draft"
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(draft)))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
            started = time.monotonic()
            with psycopg.connect(**server.parameters(draft, "postgres"), autocommit=True) as connection:
                standalone.build(connection, rows)
            admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
            print(f"built {rows:,} rows in {time.monotonic() - started:.0f} s", flush=True)
    return psycopg.connect(**server.parameters(name, "postgres"), autocommit=True)


def measure(connection: psycopg.Connection[Any], rows: int, load: float) -> tuple[str, list[lists.Case]]:
    bench = lists.Bench(standalone.opened(connection))
    reference = machine.reference_loop()
    kinds = list(bench.six_kinds())
    cases = list(bench.grid())
    sizes = connection.execute(
        "SELECT pg_size_pretty(pg_relation_size('account')), pg_size_pretty(pg_indexes_size('account')),"
        " pg_size_pretty(pg_relation_size('account_by_contact_all')), pg_size_pretty(pg_relation_size('account_by_contact_unit'))"
    ).fetchone()
    assert sizes is not None
    head = (
        f"### {rows:,} rows\n\n{dt.date.today()}, {platform.python_version()}, {os.cpu_count()} cores ({load:.1f} busy before),"
        f" reference loop {reference:.1f} ms before, {machine.reference_loop():.1f} after."
        f" Table {sizes[0]}, all indexes {sizes[1]}, one global {sizes[2]}, one unit {sizes[3]}.\n"
    )
    grid = [
        (c.scope, c.filter, c.sort, c.page, c.plan, f"{c.mine:.1f} + {c.theirs:.1f}", f"{c.others['plain']:.1f}", f"{c.best:.1f}")
        for c in cases
        if c.page == "page 1" and c.sort == "contact"
    ]
    text = "\n".join([
        head,
        report.table(("scope", "filter", "plan", "page 1", "count", "count and sum"), kinds),
        f"{len(cases)} cases (units only), database ms:\n",
        report.table(("", "p50", "p90", "max", "over 2 x the best by 1 ms"), lists.summary(cases)),
        report.table(("units", "filter", "sort", "page", "plan", "ms", "plain query", "best of all"), grid),
    ])  # fmt: skip
    return text, cases


if __name__ == "__main__":
    sys.exit(main())
