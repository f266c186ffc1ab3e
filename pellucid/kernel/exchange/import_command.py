# ruff: noqa: T201  a command speaks by printing
"""`pellucid import`: bring a table file in from a terminal, as the wizard does it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from django.utils import translation

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure, Invalid
from pellucid.kernel.resources.declare import registry

from . import failures, reporting, running, undoing
from .bar import Bar
from .mapping import Plan, shipped
from .models import ImportRun
from .readers import Unreadable
from .remembered import named
from .running import ENDS, Alone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", help="table file: .xlsx, .xls, .csv, .tsv, .vcf")
    parser.add_argument("--resource", default="", help="key of the resource that the rows become (a shipped mapping says so itself)")
    parser.add_argument("--mapping", default="", help="name of a shipped or kept mapping, or a .json file; guessed from the headings when left out")
    parser.add_argument("--as", dest="login", default="", help="login of the user who imports; the first administrator when left out")
    parser.add_argument("--policy", choices=ImportRun.Policy.values, default="", help="what happens to a row that is there already (default: skip)")
    parser.add_argument("--match", default="", help="fields that tell whether a row is there already, separated by commas")
    parser.add_argument("--sheet", default="", help="sheet of a workbook")
    parser.add_argument("--encoding", default="", help="encoding of a text file; found when left out")
    parser.add_argument("--delimiter", default="", help="delimiter of a text file; found when left out")
    parser.add_argument("--check", action="store_true", help="say what would happen, and change nothing")
    parser.add_argument("--failed", default="", metavar="FILE", help="write the faulty rows with their reasons into this .xlsx file")
    parser.add_argument("--resume", type=int, default=0, metavar="N", help="go on with import number N where it was interrupted")
    parser.add_argument("--undo", type=int, default=0, metavar="N", help="take import number N back")


def main(options: argparse.Namespace) -> int:
    """Import; the exit code is 0 when no row failed, 3 when some did, 1 when the file or the mapping cannot be used."""
    with versions.using(versions.read()):
        try:
            actor = somebody(options.login)
            with translation.override(actor.language):
                return _work(options, actor)
        except (Failure, Unreadable) as refusal:
            print(getattr(refusal, "message", "") or refusal, file=sys.stderr)
            return 1


def somebody(login: str) -> Actor:
    """The user a command acts as."""
    if login:
        user = User.objects.filter(username__iexact=login, is_active=True).first()
    else:
        user = User.objects.filter(is_active=True, grants__role__code="admin").order_by("pk").first()
    if user is None:
        raise Invalid(f"There is no active user “{login}”." if login else "There is no administrator; name a user with --as LOGIN.")
    return Actor.of(user, "import")


def _work(options: argparse.Namespace, actor: Actor) -> int:
    if options.undo:
        run = running.run_of(options.undo, actor)
        undoing.undo(run, actor)
        print(f"Import {run.pk} is taken back; {undoing.stayed(run).count()} rows stay, changed since.")
        return 0
    run = running.run_of(options.resume, actor) if options.resume else _prepared(options, actor)
    if options.check:
        return _checked(run, actor, options.failed)
    print(f"Import {run.pk}: {run.file_name} -> {run.resource}, as {directory.user_name(actor.user_id)}")
    with Bar() as bar:
        done = running.carry_out(run, Alone(actor, bar.draw))
    print(", ".join(f"{name} {getattr(done, name):,}" for name in ("rows", *ENDS)))
    for number, reason in list(failures.failed_lines(done))[:10]:
        print(f"  row {number}: {reason}", file=sys.stderr)
    if options.failed and done.failed:
        with Path(options.failed).open("wb") as file, running.rows_of(done) as rows:
            failures.write(done, failures.failed_lines(done), rows, file)
    return 3 if done.failed else 0


def _prepared(options: argparse.Namespace, actor: Actor) -> ImportRun:
    if not options.file:
        raise Invalid("Name the file to import.")
    key, stored = options.resource, None
    path = Path(options.mapping)
    if options.mapping and path.suffix == ".json" and path.is_file():
        stored = json.loads(path.read_text(encoding="utf-8"))
    elif options.mapping and (found := shipped(options.mapping)):
        stored = found[1]
    key = key or (stored or {}).get("resource", "")
    if key not in registry:
        raise Invalid(f"--resource: one of {', '.join(sorted(k for k, r in registry.items() if r.importable))}.")
    plan = Plan.from_json(stored) if stored else named(key, actor, options.mapping) if options.mapping else None
    if options.mapping and plan is None:
        raise Invalid(f"There is no mapping “{options.mapping}”.")
    with Path(options.file).open("rb") as file:
        run, book, guesses = running.open_file(registry[key], actor, file, options.file, sheet=options.sheet, encoding=options.encoding,
                                               delimiter=options.delimiter.replace("\\t", "\t"))
    for warned in book.warnings:
        print(warned.message, file=sys.stderr)
    if plan is None:
        print("  " + ", ".join(f"{g.column} -> {g.field}" for g in guesses if g.field), file=sys.stderr)
    policy = options.policy or (stored or {}).get("policy", "")
    return running.settle(run, actor, plan or running.run_plan(run), policy, options.match.split(",") if options.match else None)


def _checked(run: ImportRun, actor: Actor, failed: str) -> int:
    with Bar() as bar:
        found = reporting.report(run, actor, told=lambda n: bar.draw(n, max(n, run.rows_about)))
    print(", ".join(f"{name} {found[name]:,}" for name in ("rows", *ENDS)))
    for row in [r for r in found["shown"] if r["state"] == "failed"]:
        print(f"  row {row['number']}: {row['text']}", file=sys.stderr)
    if failed and found["failed"]:
        with Path(failed).open("wb") as file, running.rows_of(run) as rows:
            lines = ((line.number, line.reason) for part in running.check(run, actor) for line in part if line.state == "failed")
            failures.write(run, lines, rows, file)
    return 3 if found["failed"] else 0
