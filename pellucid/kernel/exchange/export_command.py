# ruff: noqa: T201  a command speaks by printing
"""`pellucid export`: take a list out into a file from a terminal."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import parse_qsl

from django.utils import translation

from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.params import ListParams

from . import exporting
from .bar import Bar
from .import_command import somebody


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("resource", help="what to export: the key of a resource")
    parser.add_argument("file", help="where to: a name that ends in .xlsx or .csv")
    parser.add_argument("--as", dest="login", default="", help="login of the user who exports; the first administrator when left out")
    parser.add_argument("--filter", default="", help="the address of a list after the question mark: f.level=in:A&sort=name")
    parser.add_argument("--fields", default="", help="names of fields separated by commas, or “all”; the list's columns when left out")
    parser.add_argument("--reason", default="pellucid export", help="kept with the record of this export")


def main(options: argparse.Namespace) -> int:
    """Write the file; the exit code is 0 when it is whole."""
    path = Path(options.file)
    if options.resource not in registry or path.suffix not in (".xlsx", ".csv"):
        print(f"Name one of {', '.join(sorted(registry))}, and a file that ends in .xlsx or .csv.", file=sys.stderr)
        return 2
    part = path.with_name(path.name + ".part")
    with versions.using(versions.read()):
        try:
            actor = somebody(options.login)
            params = ListParams.parse(parse_qsl(options.filter))
            names = [] if options.fields in ("", "all") else options.fields.split(",")
            with translation.override(actor.language), Bar() as bar, part.open("wb") as file:
                total = exporting.size(registry[options.resource], actor, params)
                rows = exporting.take(registry[options.resource], actor, params, file, path.suffix[1:],  # type: ignore[arg-type]
                                      everything=options.fields == "all", names=names, reason=options.reason,
                                      told=lambda n: bar.draw(n, max(n, total)))
        except Failure as refusal:
            part.unlink(missing_ok=True)
            print(refusal.message or refusal, file=sys.stderr)
            return 1
    part.replace(path)
    print(f"{rows:,} rows -> {path}")
    return 0
