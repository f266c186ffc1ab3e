"""`pellucid migrate`."""

from __future__ import annotations

import argparse

from django.core.management import call_command

from pellucid.config.texts import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", action="store_true", help=_("show what would be done, and do nothing"))
    parser.add_argument("--check", action="store_true", help=_("exit with 1 when something is to be done"))
    parser.add_argument("--quiet", action="store_true", help=_("say nothing"))


def main(options: argparse.Namespace) -> int:
    """Migrate, then create or replace the database objects that follow from declarations."""
    verbosity = 0 if options.quiet else 1
    call_command("migrate", plan=options.plan, check_unapplied=options.check, interactive=False, verbosity=verbosity)
    return 0
