"""The columns of lists and record pages: what is selected for a field, and where its value stands in the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import prepared
from pellucid.kernel.records.spec import Spec

from .declare import Resource, registry
from .fields import from_extra, masked, readable, value_of
from .lists.run import joined

ALIAS = "c"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list: its spec, where its values begin in the row, and how many they are."""

    spec: Spec
    start: int
    width: int
    hidden: bool = False  # shown masked

    def pick(self, row: Sequence[Any]) -> Any:
        """The value (or tuple of values) of this column in a row."""
        first = from_extra(self.spec, row[self.start]) if self.spec.custom else row[self.start]
        if self.hidden:
            return self.spec.kind.mask(self.spec, first)
        return first if self.width == 1 else (first, *row[self.start + 1 : self.start + self.width])


def table_of(key: str) -> str:
    """The table of a resource."""
    return registry[key].model._meta.db_table


def kept_value(spec: Spec) -> sql.Composable:
    """A custom field's value out of `extra`, as a value of PostgreSQL: ids and flags as such, the rest as text."""
    text = sql.SQL("({}.extra ->> {})").format(sql.Identifier(ALIAS), sql.Literal(spec.name))
    if spec.kind.family == "array":
        return sql.SQL("ARRAY(SELECT jsonb_array_elements_text({}.extra -> {})::bigint)").format(sql.Identifier(ALIAS), sql.Literal(spec.name))
    if spec.kind.family == "flag":
        return sql.SQL("{}::boolean").format(text)
    return sql.SQL("{}::bigint").format(text) if spec.kind.key in ("term", "link", "user") else text


def expressions(key: str, spec: Spec, labels: bool = True) -> list[sql.Composable]:
    """What a list selects for a field; without `labels` the value alone."""
    base: sql.Composable
    if spec.custom:
        base = kept_value(spec)
    else:
        base = sql.Identifier(ALIAS, spec.column)
    out: list[sql.Composable] = [base]
    if not labels:
        return out
    if spec.kind.key == "link" and spec.target in registry:
        target = registry[spec.target]
        out.append(title_sql(target, base))
    if spec.companion:
        out.append(sql.Identifier(ALIAS, spec.companion))
    return out


def title_sql(target: type[Resource], pk: sql.Composable) -> sql.Composable:
    """What a linked record is called."""
    return sql.SQL("(SELECT t.{} FROM {} t WHERE t.id = {})").format(
        sql.Identifier(target.title), sql.Identifier(target.model._meta.db_table), pk
    )


def row_of(record: Any, columns: Sequence[Column]) -> tuple[Any, ...]:
    """The row a list would give of these columns for a record in hand: only what its links are called is asked for, and only of those it has."""
    out: list[Any] = [record.pk, record.version]
    links: list[tuple[int, type[Resource], int]] = []
    for column in columns:
        spec = column.spec
        value = record.extra.get(spec.name, [] if spec.kind.family == "array" else None) if spec.custom else value_of(record, spec)
        out.append(value)
        if spec.kind.key == "link" and spec.target in registry:
            if value is not None:
                links.append((len(out), registry[spec.target], value))
            out.append(None)
        if spec.companion:
            out.append(getattr(record, spec.companion))
    if links:
        text = sql.SQL("SELECT {}").format(sql.SQL(", ").join(title_sql(target, sql.Placeholder()) for _at, target, _pk in links))
        found = prepared.ask(text, [pk for _at, _target, pk in links]).fetchone() or ()
        for (at, _target, _pk), title in zip(links, found, strict=True):
            out[at] = title
    return tuple(out)


_columns: dict[tuple[Any, ...], tuple[tuple[sql.Composable, ...], tuple[tuple[int, int], ...]]] = {}


def columns_of(
    key: str, names: Sequence[str], actor: Actor, labels: bool = True
) -> tuple[tuple[sql.Composable, ...], list[Column]]:
    """(expressions, columns) for the readable ones of these names; the row's id and version come first."""
    may = readable(key, actor)
    shown = [may[n] for n in names if n in may]
    stamp = (key, labels, *((s.name, s.column, s.kind.key, s.target, s.companion) for s in shown))
    kept = _columns.get(stamp)
    if kept is None:
        parts: list[sql.Composable] = [sql.Identifier(ALIAS, "id"), sql.Identifier(ALIAS, "version")]
        places = []
        for spec in shown:
            found = expressions(key, spec, labels)
            places.append((len(parts), len(found)))
            parts += found
        if len(_columns) > 1000:
            _columns.clear()
        kept = _columns[stamp] = (tuple(parts), tuple(places))
    return kept[0], [
        Column(spec, start, width, masked(key, spec.name, actor)) for spec, (start, width) in zip(shown, kept[1], strict=True)
    ]


def rows_of(resource: type[Resource], ids: Sequence[int], names: Sequence[str], actor: Actor) -> tuple[list[Column], dict[int, tuple[Any, ...]]]:
    """(columns, rows by id) of records that were found within the reader's reach just now; the title comes first."""
    chosen = [resource.title, *(name for name in names if name != resource.title)]
    parts, columns = columns_of(resource.key(), chosen, actor)
    text = f'SELECT {joined(parts, ", ")} FROM "{resource.model._meta.db_table}" {ALIAS} WHERE {ALIAS}.id = ANY(%s::bigint[])'  # noqa: S608
    return columns, {row[0]: row for row in prepared.ask(text, [list(ids)])}
