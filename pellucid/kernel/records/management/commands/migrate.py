"""`migrate`, then the database objects that follow from declarations, then the rows the program relies on."""

from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from pellucid.kernel.records import baseline, derived, seeds


class Command(Migrate):
    """Brings tables and what follows from declarations up to date, in tests and in production alike."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate; when nothing is left to apply, synchronise the derived objects too."""
        connection = connections[options["database"]]
        asks_only = options.get("plan") or options.get("check_unapplied") or options.get("list")
        if not asks_only and not options.get("app_label") and not options.get("fake"):
            baseline.build(connection)
        super().handle(*args, **options)
        if asks_only:
            return
        executor = MigrationExecutor(connection)
        say = self.stdout.write if options["verbosity"] else (lambda line: None)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            say("Derived database objects: left as they are until every migration is applied")
            return
        derived.sync(connection, say, verbose=options["verbosity"] > 1)
        seeds.run_all()
