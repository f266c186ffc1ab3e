"""`pellucid shell`."""

from __future__ import annotations

import argparse

from django.core.management import call_command

from pellucid.config.texts import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", dest="code", help=_("run this code and leave"))


def main(options: argparse.Namespace) -> int:
    """Open Django's shell on this installation."""
    call_command("shell", command=options.code)
    return 0
