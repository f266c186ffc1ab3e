"""What an import needs of the database: names and keys of records are looked up by the thousand."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models

from pellucid.kernel.records.derived import Derived, derives
from pellucid.kernel.resources.declare import registry

from .matching import column_of


def looked_up(key: str) -> set[str]:
    """Columns by which records of a resource are found: what links name it by, and what tells whether a row is there already."""
    resource = registry[key]
    named = any(f.related_model is resource.model and f.name not in ("created_by", "deleted_by", resource.model.scope_via)
                for other in registry.values() for f in other.model._meta.fields)
    columns = {column_of(resource.model, name) for name in resource.match} | ({resource.title} if named else set())
    indexed = {index.fields[0] for index in resource.model._meta.indexes if index.fields}
    text = {f.attname for f in resource.model._meta.fields if isinstance(f, models.CharField)}
    return (columns & text) - indexed


@derives
def lookups() -> Iterator[Derived]:
    """An index per column by its bytes: equality is all that is asked. A tree keeps what many rows share once (leads without an address for
    e-mail, instalments of one name); a hash would put them all into one bucket and walk through it with every row that is written."""
    for key in registry:
        table = registry[key].model._meta.db_table
        for column in sorted(looked_up(key)):
            name = f"{table}_{column}_lookup"
            made = f'CREATE INDEX IF NOT EXISTS {name} ON public.{table} USING btree ("{column}" text_pattern_ops);'
            yield Derived(f"exchange:lookup:{table}:{column}", made,
                          undo=f"DROP INDEX IF EXISTS public.{name};", concurrently=True)
