"""`pellucid check`."""

from __future__ import annotations

import argparse

from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.db import connection

from pellucid.config.health import readiness
from pellucid.config.texts import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--code-only", action="store_true", help=_("check declarations and settings, not the database"))


def main(options: argparse.Namespace) -> int:
    """Print what is wrong, and answer 0 when nothing is."""
    found = run_checks(include_deployment_checks=settings.PRODUCTION)
    serious = [message for message in found if message.level >= WARNING and not message.is_silenced()]
    for message in serious:
        print(message)
    if options.code_only:
        return 1 if serious else 0
    parts = readiness()
    for name, state in parts.items():
        print(f"{name:12} {state}")
    with connection.cursor() as cursor:
        size_sql = "pg_size_pretty(pg_database_size(current_database()))"
        cursor.execute(f"SELECT current_setting('server_version'), current_user, {size_sql}")
        version, user, size = cursor.fetchone()
    print(f"{'postgresql':12} {version}, role {user}, {size}")
    print(f"{'home':12} {settings.PELLUCID_HOME}")
    return 1 if serious or any(state != "ok" for state in parts.values()) else 0
