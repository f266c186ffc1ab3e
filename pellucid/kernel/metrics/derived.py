"""Indexes that figures are read from alone: what was in a stock on a day, and what the workbench counts by day at each visit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import Model

from pellucid.kernel.history.tracked import FAR
from pellucid.kernel.records.derived import Derived, derives

from .declare import Change, Dataset, Measure, changes, datasets, measures
from .paths import end, used, walk
from .rows import dim_of, lives

THERE = ("deleted_at", "merged_into", "owner", "unit")


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


@derives
def flows() -> Iterator[Derived]:
    """One index per dataset that is asked of all day, by its day, with what the usual figures are counted from; and one over each parent,
    by its id, with what says whether it is there and whose it is."""
    parents: dict[type[Model], None] = {}
    for ds in datasets.values():
        if ds.daily:
            table, column = ds.model._meta.db_table, end(ds.model, ds.axis).column
            where = [f'"{column}" IS NOT NULL', *([f"recorded_to = '{FAR}'"] if ds.is_history else [])]
            sql = f"({column}) INCLUDE ({listed(ds.model, counted_from(ds), column)}) WHERE {' AND '.join(where)}"
            yield _index(f"{table}_day", table, sql, f"metrics:day:{ds.name}")
            if ds.scope:
                parents[walk(ds.model, ds.scope)[-1].field.related_model] = None
    for model in parents:
        table = model._meta.db_table
        yield _index(f"{table}_there", table, f"(id) INCLUDE ({listed(model, THERE, 'id')})", f"metrics:there:{table}")


def _index(name: str, table: str, rest: str, known_as: str) -> Derived:
    return Derived(known_as, f"CREATE INDEX {name} ON public.{table} {rest}", f"DROP INDEX IF EXISTS public.{name}", concurrently=True)


def counted_from(ds: Dataset) -> list[str]:
    """The columns of the rows themselves that the figures named as daily read: lives, conditions, values, who and where."""
    found = [m for m in measures.values() if isinstance(m, Measure) and m.name in ds.daily]
    paths = [path for life in (*lives(ds), *([("valid_from", "valid_to")] if ds.is_history else [])) for path in life]
    paths += [ds.scope] if ds.scope and not ds.is_history else []
    paths += [path for m in found for thing in (m.where, m.expr) for path in used(thing)]
    paths += [d.expr for name in ("owner", "unit") if (d := ds.dim(name)) and isinstance(d.expr, str)]
    return [*(("id",) if ds.is_history else THERE), *paths]


def listed(model: type[Model], paths: Iterable[str], besides: str) -> str:
    """The columns of a model behind those paths that end in it, as SQL, each once."""
    columns = {f.name: f.column for f in model._meta.local_concrete_fields}
    names = dict.fromkeys(columns[p] for p in paths if p in columns)
    return ", ".join(f'"{c}"' for c in names if c != besides)


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
