"""The command `pellucid`: everything an installation is asked to do from a terminal."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from importlib import import_module

from pellucid import __version__
from pellucid.config.parts import installed
from pellucid.config.refusals import guarded
from pellucid.config.supervisor import end_with_parent
from pellucid.config.texts import _

EPILOG = """\
environment:
  PELLUCID_HOME            folder of the installation (root: /var/lib/pellucid, else ~/.local/share/pellucid)
  DATABASE_URL             PostgreSQL server to use instead of the embedded one: postgres://user:password@host/name
  PELLUCID_OWNER_URL       the same database as the role that owns the tables, when serving uses a lesser role
  PELLUCID_DB_ROLE         owner or app: which of the two roles this process uses
  PELLUCID_POOLER          1 behind pgbouncer in transaction mode
  PELLUCID_ENV             production: refuses sample secrets, the embedded server and plain http
  PELLUCID_ALLOW_EMBEDDED  1 allows the embedded server in production
  PELLUCID_SECRET_KEY      secret for signatures (else drawn once into PELLUCID_HOME/secret.key)
  PELLUCID_HOSTS           host names it answers to, separated by commas
  PELLUCID_ORIGINS         https origins trusted for forms behind a proxy
  PELLUCID_WEBHOOK_HOSTS   hosts of the own network that rules may post to
  PELLUCID_TRUSTED_PROXIES addresses of proxies whose X-Forwarded-For and -Proto count
  PELLUCID_HOST, _PORT, _WORKERS, _METRICS_PORT, _LOG=json, _LOG_LEVEL
"""


@dataclass(frozen=True)
class Command:
    """A word after `pellucid`, and the module that does it: `add_arguments(parser)` and `main(options) -> int`."""

    name: str
    module: str
    help: str
    role: str = "owner"  # database role when PELLUCID_DB_ROLE does not say
    django: bool = True  # set Django up before main()


COMMANDS = (
    Command("serve", "pellucid.config.serve", _("start everything: database, migrations, web pages, job worker"), django=False),
    Command("worker", "pellucid.kernel.jobs.worker", _("work off jobs, deliveries and schedules"), role="app"),
    Command("migrate", "pellucid.config.commands.migrate", _("bring the database's schema to this release")),
    Command("demo", "pellucid.config.demo", _("fill in the demo company")),
    Command("import", "pellucid.kernel.exchange.import_command", _("import a table file (xlsx, xls, csv)"), role="app"),
    Command("export", "pellucid.kernel.exchange.export_command", _("export a list (xlsx, csv)"), role="app"),
    Command("backup", "pellucid.config.backup.save", _("write one folder with everything and its checksums")),
    Command("restore", "pellucid.config.backup.restore", _("bring a backup back, or prove that it could be")),
    Command("token", "pellucid.kernel.access.token_command", _("create, list and revoke API tokens"), role="app"),
    Command("check", "pellucid.config.commands.check", _("tell whether this installation is sound")),
    Command("shell", "pellucid.config.commands.shell", _("an interactive Python with everything loaded")),
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pellucid",
        description="Pellucid 明澈: " + _("an enterprise CRM through which the business can be seen."),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"Pellucid {__version__}")
    words = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        words.add_parser(command.name, help=command.help, add_help=False)
    return parser


def _set_up_django() -> None:
    import django

    django.setup()


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")
    options, rest = _parser().parse_known_args(arguments)
    command = next(command for command in COMMANDS if command.name == options.command)
    parser = argparse.ArgumentParser(prog=f"pellucid {command.name}", description=command.help[:1].upper() + command.help[1:])
    if not installed(command.module):
        print(_("This installation has no part that can do '{name}'.", name=command.name), file=sys.stderr)
        return 2
    os.environ.setdefault("PELLUCID_DB_ROLE", command.role)
    os.environ.setdefault("PELLUCID_PROCESS", command.name)
    end_with_parent()
    return guarded(lambda: _run(command, parser, rest))


def _run(command: Command, parser: argparse.ArgumentParser, rest: list[str]) -> int:
    if command.django:
        _set_up_django()
    module = import_module(command.module)
    module.add_arguments(parser)
    return int(module.main(parser.parse_args(rest)) or 0)
