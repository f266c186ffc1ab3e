"""Indexes over the periods that changes are asked of: what was in the stock on a day is read from the index alone."""

from __future__ import annotations

from collections.abc import Iterator

from pellucid.kernel.history.tracked import FAR
from pellucid.kernel.records.derived import Derived, derives

from .declare import Change, changes, datasets
from .paths import end, used
from .rows import dim_of


@derives
def stocks() -> Iterator[Derived]:
    """One index per change, over the periods of its stock as they are believed, by the end and the beginning of each."""
    for change in changes.values():
        if (condition := plain_condition(change)) is not None:
            table = datasets[change.dataset].model._meta.db_table
            name = f"{table}_stock"[:63]
            columns = ", ".join(f'"{c}"' for c in columns_of(change))
            where = " AND ".join([f"recorded_to = '{FAR}'", *condition])
            sql = f"CREATE INDEX {name} ON public.{table} (valid_to, valid_from) INCLUDE ({columns}) WHERE {where}"
            yield Derived(f"metrics:stock:{change.code}", sql, f"DROP INDEX IF EXISTS public.{name}", concurrently=True)


def plain_condition(change: Change) -> list[str] | None:
    """When a period is in the stock, as SQL; None when it is more than equations with texts."""
    found = []
    for child in change.counted.children:
        if change.counted.negated or not isinstance(child, tuple) or not isinstance(child[1], str) or "__" in child[0]:
            return None
        column = end(datasets[change.dataset].model, child[0]).column
        found.append("\"{}\" = '{}'".format(column, str(child[1]).replace("'", "''")))
    return found


def columns_of(change: Change) -> list[str]:
    """What the parts are worked out from, of the period itself."""
    ds = datasets[change.dataset]
    place = dim_of(ds, change.place).expr
    paths = ["id", place, *used(change.counted), change.line, change.value, change.factor]
    return list(dict.fromkeys(end(ds.model, p).column for p in paths if isinstance(p, str) and p and "__" not in p))
