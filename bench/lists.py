"""Section "List planner": six kinds of scope x filters x sorts at two sizes, on tables of its own."""

from __future__ import annotations

import platform
import time
from typing import Any

import psycopg
from psycopg import sql

from bench import machine, planner, report, standalone
from bench.section import Options, Section
from pellucid.config.embedded.server import Server
from pellucid.config.environment import LEAN

INTRO = """CPU milliseconds from the scheduler's counters, best of three warm runs, 51 rows of 12 columns; pairs are Python + database.
Counts are bounded at 10,001. A plan that was expected to take over 150 ms, or took over 250, counts as 250.
"plain" is the query as one would write it (WHERE unit_id = ANY, ORDER BY, LIMIT), on the same indexes.
"""


class Lists(Section):
    heading = "List planner"
    sizes = (100_000, 1_000_000)

    def run(self, server: Server, options: Options) -> str:
        parts = [INTRO]
        for rows in options.rows or self.sizes:
            with world_of(server, rows, options.rebuild) as connection:
                parts.append(measure(connection, rows, options.fit))
        return "\n".join(parts)


def world_of(server: Server, rows: int, rebuild: bool) -> psycopg.Connection[Any]:
    """A session in the world with so many rows, built where it is missing."""
    name = f"bench_lists_{rows}"
    with psycopg.connect(**server.parameters("postgres", "postgres"), autocommit=True) as admin:
        there = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if rebuild or not there:
            draft = f"{name}_draft"
            for old in (name, draft):
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
            started = time.monotonic()
            with psycopg.connect(**server.parameters(draft, "postgres"), autocommit=True) as connection:
                standalone.build(connection, rows)
            admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
            print(f"built {rows:,} rows in {time.monotonic() - started:.0f} s", flush=True)
    connection = psycopg.connect(**server.parameters(name, "postgres"), autocommit=True)
    for setting, value in LEAN.items():  # as a serving process has it; and the work of parallel workers would not be counted
        connection.execute("SELECT set_config(%s, %s, false)", (setting, value))
    return connection


def measure(connection: psycopg.Connection[Any], rows: int, fit: bool) -> str:
    bench = planner.Bench(standalone.opened(connection))
    before = machine.reference_loop()
    kinds = list(bench.six_kinds())
    cases = list(bench.grid())
    if fit:
        print(planner.fit(cases))
    sizes = connection.execute(
        "SELECT pg_size_pretty(pg_relation_size('account')), pg_size_pretty(pg_indexes_size('account')),"
        " pg_size_pretty(pg_relation_size('account_by_contact_all')), pg_size_pretty(pg_relation_size('account_by_contact_unit')),"
        " current_setting('server_version')"
    ).fetchone()
    assert sizes is not None
    head = (
        f"### {rows:,} rows\n\nPython {platform.python_version()}, PostgreSQL {sizes[4].split()[0]}; reference loop {before:.1f} ms before,"
        f" {machine.reference_loop():.1f} after. Table {sizes[0]}, its indexes {sizes[1]}: one global {sizes[2]}, one unit {sizes[3]}.\n"
    )
    grid = [
        (c.scope, c.filter, c.plan, f"{c.mine:.1f} + {c.theirs:.1f}", f"{c.others['plain']:.1f}", f"{c.best:.1f}")
        for c in cases
        if c.page == "page 1" and c.sort == "contact"
    ]
    parts = [
        head,
        report.table(("scope", "filter", "plan", "page 1", "count", "count and sum"), kinds),
        f"{len(cases)} cases of units x filter x sort x (page 1, page 20 by offset, far page by key), database ms:\n",
        report.table(("", "p50", "p90", "max", "over 2 x the best by 1 ms"), planner.summary(cases)),
        "Page 1 by last contact:\n",
        report.table(("units", "filter", "plan", "ms", "plain", "best of all"), grid),
    ]
    return "\n".join(parts)
