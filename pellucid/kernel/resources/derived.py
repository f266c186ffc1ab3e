"""What a resource needs in the database: its sort indexes, its number sequence, the copied sort key of its shares."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.records.derived import Derived, derives
from pellucid.kernel.records.models import OwnedRecord
from pellucid.kernel.records.numbers import sequence

from .declare import registry
from .fields import model_specs
from .lists.indexes import board_index, derived_indexes
from .query import declared_sort

SHARE_KEY = """
CREATE OR REPLACE FUNCTION public.{table}_share_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.access_share SET sort_key = NEW.{column} WHERE resource = '{key}' AND record_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER {table}_share_key AFTER UPDATE OF {column} ON public.{table} FOR EACH ROW WHEN (OLD.{column} IS DISTINCT FROM NEW.{column})
 EXECUTE FUNCTION public.{table}_share_key();
"""


@derives
def of_resources() -> Iterator[Derived]:
    """Indexes, sequences and triggers that follow from the declarations."""
    for key, resource in registry.items():
        table = resource.model._meta.db_table
        owned = issubclass(resource.model, OwnedRecord)
        yield from derived_indexes(table, [declared_sort(resource, s, False) for s in resource.sorts], owned)
        if resource.board and resource.sorts:
            board, known = resource.board, model_specs(key)
            carried = [n for s in board.sums for n in (s.column, s.weight) if n]
            columns = ["unit_id", "owner_id"] * owned + [known[n].column for n in carried]
            foot = known.get(board.foot)
            columns += [foot.companion] if foot is not None and foot.companion and foot.kind.family != "moment" else []
            yield board_index(table, known[board.field].column, declared_sort(resource, resource.sorts[0], False), columns)
        if resource.number:
            yield Derived(
                f"resources:number:{key}",
                f"CREATE SEQUENCE IF NOT EXISTS {sequence(key)} AS bigint CACHE 20;",
                undo=f"DROP SEQUENCE IF EXISTS {sequence(key)};",
            )
        if owned and resource.sorts:
            column = declared_sort(resource, resource.sorts[0], False).column
            yield Derived(
                f"resources:share:{key}",
                SHARE_KEY.format(table=table, column=column, key=key),
                undo=f"DROP TRIGGER IF EXISTS {table}_share_key ON public.{table}; DROP FUNCTION IF EXISTS public.{table}_share_key();",
            )
        yield Derived(
            f"resources:extra:{key}",
            f"CREATE INDEX IF NOT EXISTS {table}_extra ON public.{table} USING gin (extra jsonb_path_ops);",
            undo=f"DROP INDEX IF EXISTS public.{table}_extra;",
            concurrently=True,
        )
