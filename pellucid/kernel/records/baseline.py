"""An empty database gets its tables as the models are now. Walking through every state they ever had renders each model hundreds of
times, which takes longer than all the rest of a first start."""

from __future__ import annotations

import zlib
from typing import Any

from django.apps import apps
from django.contrib.postgres.operations import CreateExtension
from django.db import transaction
from django.db.migrations.executor import MigrationExecutor

LOCK = zlib.crc32(b"pellucid baseline")


def build(connection: Any) -> bool:
    """Make all tables and put all migrations on record as applied, in one transaction; False and nothing done unless the database is empty.
    Steps of migrations that mend rows are left out: there are no rows."""
    if connection.introspection.table_names():
        return False
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])  # who starts at the same time finds the tables
        if connection.introspection.table_names():
            return False
        executor = MigrationExecutor(connection)
        ours = {app.label for app in apps.get_app_configs() if app.name.split(".")[0] == __name__.split(".")[0]}
        leaves = executor.loader.graph.leaf_nodes()
        executor.migrate([leaf for leaf in leaves if leaf[0] not in ours])  # a library's few steps as the library wrote them
        steps = [step for step, _ in executor.migration_plan(leaves, clean_start=True) if step.app_label in ours]
        with connection.schema_editor(atomic=False) as editor:
            for step in steps:
                for operation in step.operations:
                    if isinstance(operation, CreateExtension):
                        editor.execute(f"CREATE EXTENSION IF NOT EXISTS {editor.quote_name(operation.name)}")
            for model in apps.get_models():
                if model._meta.app_label in ours and model._meta.managed and not model._meta.proxy:
                    editor.create_model(model)
        for step in steps:
            executor.recorder.record_applied(step.app_label, step.name)
    return True
