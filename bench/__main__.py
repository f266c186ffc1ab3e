"""`python -m bench [section ...]`: measures on this machine and keeps the figures in docs/figures.md."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import time
from pathlib import Path

from bench import machine, report
from bench.lists import Lists
from bench.papers import Papers
from bench.product.mass import Mass
from bench.product.section import Money, Pages
from bench.section import Options, Section
from pellucid.config.embedded.server import Server

HOME = Path(tempfile.gettempdir()) / f"pellucid-bench-{os.getuid()}"
SECTIONS: dict[str, type[Section]] = {"lists": Lists, "pages": Pages, "money": Money, "mass": Mass, "papers": Papers}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Pellucid on this machine.")
    parser.add_argument("sections", nargs="*", help=f"what to measure ({', '.join(SECTIONS)}); everything when none is named")
    parser.add_argument("--rows", type=int, action="append", default=[], help="rows in the world; may be given several times")
    parser.add_argument("--busy", action="store_true", help="measure although the machine is busy (and say so in the figures)")
    parser.add_argument("--rebuild", action="store_true", help="build the worlds anew")
    parser.add_argument("--fit", action="store_true", help="also print the planner constants that fit this machine best")
    parser.add_argument("--no-write", action="store_true", help="print only; leave docs/figures.md alone")
    given = parser.parse_args()
    unknown = set(given.sections) - SECTIONS.keys()
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    load = machine.busy_cores()
    if load > machine.QUIET_CORES and not given.busy:
        print(f"{load:.1f} cores are busy already: wait for a quiet machine, or say --busy to measure anyway.", file=sys.stderr)
        return 1
    server = Server(HOME).start()
    for name in given.sections or SECTIONS:
        section, started = SECTIONS[name](), time.monotonic()
        text = section.run(server, Options(tuple(given.rows), given.rebuild, given.fit))
        how = f"`python -m bench {name}`, {dt.date.today()}, {os.cpu_count()} cores, {load:.1f} of them busy with other work before;"
        text = f"{how} {time.monotonic() - started:.0f} s in all.\n\n{text}"
        print(f"## {section.heading}\n\n{text}", flush=True)
        if not given.no_write:
            report.write(section.heading, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
