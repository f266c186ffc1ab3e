"""Brings the database up to this release before serving: migrations, and the demo company at the very first start; an older one
gets the steps this release adds."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from pellucid.config.parts import installed
from pellucid.config.refusals import guarded
from pellucid.config.supervisor import end_with_parent
from pellucid.config.texts import _

DEMO = "pellucid.config.demo"


def _fresh() -> bool:
    return "django_migrations" not in connection.introspection.table_names()


def _seed() -> None:
    """Ask the demo's command for its default company; it may be asked again after an interrupted start."""
    demo = import_module(DEMO)
    parser = argparse.ArgumentParser()
    demo.add_arguments(parser)
    demo.main(parser.parse_args([]))


def prepare(demo: bool, migrate: bool) -> list[str]:
    """Do it, and answer what a person should read: who may sign in, or how to begin."""
    pending = Path(settings.PELLUCID_HOME) / "demo.pending"  # stays when the first start is interrupted
    fresh = _fresh()
    if fresh and demo and installed(DEMO):
        pending.parent.mkdir(parents=True, exist_ok=True)
        pending.touch()
    if migrate:
        if fresh:
            print(_("Preparing the database ..."), flush=True)
        call_command("migrate", verbosity=0, interactive=False)
    if demo and (pending.exists() or (installed(DEMO) and import_module(DEMO).outgrown())):
        print(_("Filling in the demo company ..."), flush=True)
        _seed()
        pending.unlink(missing_ok=True)
    if (path := _setup_path()) is not None:
        return [_("Nobody administers this installation yet. Set it up within a day at:"), path]
    logins = getattr(import_module(DEMO), "logins", None) if installed(DEMO) else None
    return list(logins()) if logins else []


def _setup_path() -> str | None:
    """The path of the page that sets an installation up which has no administrator; it works once."""
    from pellucid.kernel.resources.admin import identity  # needs Django set up

    return identity.setup_link() if identity.setup_needed() else None


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")
    parser = argparse.ArgumentParser()
    parser.add_argument("--no-demo", action="store_true")
    parser.add_argument("--no-migrate", action="store_true")
    parser.add_argument("--answer", type=Path, required=True, help="file for the lines to show")
    options = parser.parse_args()
    end_with_parent()
    return guarded(lambda: _write_answer(options))


def _write_answer(options: argparse.Namespace) -> int:
    django.setup()
    options.answer.write_text(json.dumps(prepare(demo=not options.no_demo, migrate=not options.no_migrate)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
