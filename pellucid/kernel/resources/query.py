"""From a declaration, a reader and an address to the list engine's query: columns, joins, conditions, order, scope."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.access.scopes import Scope
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.models import root_model
from pellucid.kernel.records.spec import Show, Spec

from .columns import ALIAS, Column, columns_of
from .declare import Resource, Sort
from .fields import masked, readable, specs
from .lists import conditions as on
from .lists.query import Condition, ListQuery, SortKey, Via
from .params import Filter, ListParams

TextSearch = Callable[[type[Resource], str, Actor], Condition]
text_search: list[TextSearch] = []  # set by the search part: how q= becomes a condition
SQL_TYPES = {
    "bigint": "bigint",
    "integer": "integer",
    "smallint": "smallint",
    "date": "date",
    "timestamp with time zone": "timestamptz",
    "boolean": "boolean",
    "text": "text",
}


def sort_of(resource: type[Resource], name: str, may: dict[str, Spec]) -> tuple[SortKey, bool]:
    """(key, declared) for `name`, `-name` or "" (the default). Invalid for a field one may not read."""
    wanted, flipped = name.lstrip("-"), name.startswith("-")
    if not resource.sorts:
        return SortKey("id", "id", "bigint", True, default=False, indexed=True), True
    if not wanted:
        return declared_sort(resource, resource.sorts[0], False), True
    for sort in resource.sorts:
        if wanted in (sort.name, sort.shows or sort.name):
            return declared_sort(resource, sort, flipped), True
    spec = may.get(wanted)
    if spec is None or spec.kind.family == "array":
        raise Invalid({"sort": [_("There is no field “%(name)s” to sort by.") % {"name": wanted}]})
    if spec.custom:
        text = sql.SQL("({}.extra ->> {}){}").format(
            sql.Identifier(ALIAS), sql.Literal(spec.name), sql.SQL("::numeric" if spec.kind.family == "number" else "")
        )
        return SortKey(
            wanted, text, "numeric" if spec.kind.family == "number" else "text", flipped, nullable=True, indexed=False
        ), False
    return SortKey(wanted, spec.column, type_of(resource, spec), flipped, nullable=True, indexed=False), False


def declared_sort(resource: type[Resource], sort: Sort, flipped: bool) -> SortKey:
    """A declared order, or its reverse."""
    field = next(f for f in resource.model._meta.fields if f.column == sort.column or f.name == sort.column)
    return SortKey(sort.name, str(field.column), sql_type(field), sort.desc != flipped, default=sort is resource.sorts[0])


def sql_type(field: Any) -> str:
    """PostgreSQL type of a column, without its length."""
    from django.db import connection

    kept = (field.rel_db_type(connection) if field.is_relation else field.db_type(connection)) or "text"
    kept = kept.split("(")[0]
    return SQL_TYPES.get(kept, {"varchar": "text", "numeric": "numeric"}.get(kept, "text"))


def type_of(resource: type[Resource], spec: Spec) -> str:
    """PostgreSQL type of a spec's column."""
    return spec.options.get("sql") or sql_type(resource.model._meta.get_field(spec.name))


def conditions(
    resource: type[Resource], filters: Sequence[Filter], actor: Actor, show: Show, beside: Mapping[str, Spec] | None = None
) -> list[Condition]:
    """The filters as conditions. A field the reader may not read, or does not exist, is the same error. `beside` are values that
    stand in a row beside the record's; their type is in their options ("sql")."""
    may = {**readable(resource.key(), actor), **(beside or {})}
    groups: dict[int, list[Condition]] = {}
    for f in filters:
        spec = may.get(f.name)
        if spec is None:
            raise Invalid({f.name: [_("There is no field “%(name)s” to filter by.") % {"name": f.name}]})
        if masked(resource.key(), f.name, actor) and f.op not in ("eq", "empty", "filled"):
            raise Invalid(
                {f.name: [_("“%(name)s” is masked for you: only an exact value can be searched.") % {"name": spec.label}]}
            )
        try:
            groups.setdefault(f.group, []).append(condition(resource, spec, f, show))
        except BadValue as bad:
            raise Invalid({f.name: [str(bad)]}) from bad
    out = groups.pop(0, [])
    return out + [on.any_condition(group) for group in groups.values()]


def condition(resource: type[Resource], spec: Spec, f: Filter, show: Show) -> Condition:
    """One filter as a condition on the list's alias. Raises BadValue."""
    kind = spec.kind
    if f.op not in kind.operators:
        raise BadValue(_("“%(op)s” is not a way to filter “%(name)s”.") % {"op": f.op, "name": spec.label})
    if f.op == "below" and kind.key == "term":
        under = terms.within(spec.dictionary, (kind.operand(spec, raw, show) for raw in f.operands))
        f = replace(f, op="in", operands=tuple(str(pk) for pk in sorted(under)))
    if spec.custom:
        return custom_condition(spec, f, show)
    column, family = spec.column, kind.family
    if f.op in ("empty", "filled"):
        if family == "array":
            return Condition(sql.SQL("{} {} '{{}}'").format(on.column(ALIAS, column), sql.SQL("=" if f.op == "empty" else "<>")))
        return on.empty(ALIAS, column, f.op == "empty", blank=family == "text" or spec.empty == "")
    if f.op == "me":
        return on.equals(ALIAS, column, show.user_id, indexed=column == "owner_id")
    values = [kind.operand(spec, raw, show) for raw in f.operands]
    if not values:
        raise BadValue(_("A value is missing."))
    indexed = column in ("owner_id", "unit_id") or any(s.column == spec.name for s in resource.sorts)
    match f.op:
        case "in":
            return on.any_of(ALIAS, column, values, type=type_of(resource, spec), indexed=indexed)
        case "below":
            units = sorted({u for v in values for u in tree().below(v)})
            return on.any_of(ALIAS, column, units, type="bigint", indexed=True)
        case "notin":
            return on.none_of(ALIAS, column, values, type=type_of(resource, spec))
        case "any" | "all":
            op = sql.SQL("&&" if f.op == "any" else "@>")
            return Condition(sql.SQL("{} {} %s::bigint[]").format(on.column(ALIAS, column), op), (values,), None, True)
        case "none":
            return Condition(sql.SQL("NOT {} && %s::bigint[]").format(on.column(ALIAS, column)), (values,))
        case "is":
            return on.equals(ALIAS, column, values[0])
        case "contains":
            return on.contains(ALIAS, column, str(values[0]))
        case "starts":
            return Condition(sql.SQL("starts_with({}, %s)").format(on.column(ALIAS, column)), (str(values[0]),))
        case "ends":
            return Condition(
                sql.SQL("right({}, %s) = %s").format(on.column(ALIAS, column)), (len(str(values[0])), str(values[0]))
            )
        case "eq" if family != "moment":
            return on.equals(ALIAS, column, values[0])
        case "ne":
            return on.none_of(ALIAS, column, values[:1], type=type_of(resource, spec))
    low, high = bounds(spec, f, values, show)
    return ordered(resource, spec, low, high) or on.between(ALIAS, column, low, high, indexed=indexed)


def ordered(resource: type[Resource], spec: Spec, low: Any, high: Any) -> Condition | None:
    """A range of a field that may be empty, as the same range of the key it is sorted by: a list in that order begins where the range does."""
    sort = next((s for s in resource.sorts if (s.shows or s.name) == spec.name and s.column != spec.column), None)
    key: Any = resource.model._meta.get_field(sort.column) if sort else None
    made = getattr(key, "expression", None)  # of a generated field
    if not isinstance(made, Coalesce):
        return None
    value, instead = made.get_source_expressions()
    if getattr(value, "name", "") != spec.name:
        return None
    empty = instead.value  # where the empty ones stand: before all others, or behind them
    if (low is None or low <= empty) and (high is None or empty < high):
        if low is not None and high is not None:
            return None
        step = dt.timedelta.resolution if isinstance(empty, dt.datetime) else dt.timedelta(days=1)
        low, high = (empty + step, high) if low is None else (low, empty)
    return on.between(ALIAS, str(key.column), low, high, indexed=True)


def bounds(spec: Spec, f: Filter, values: list[Any], show: Show) -> tuple[Any, Any]:
    """Half-open bounds of a comparison; days become the moments they begin and end in the company's zone where the field is a moment."""
    if spec.kind.family != "moment":
        step = next_number(values[-1])
        return {"gte": (values[0], None), "lte": (None, step), "between": (values[0], step)}[f.op]
    if f.op == "within" or isinstance(values[0], str):
        first, last = days.relative(str(values[0]), show.today) or (None, None)
    else:
        first = values[0] if f.op in ("eq", "gte", "between") else None
        last = values[-1] + dt.timedelta(days=1) if f.op in ("eq", "lte", "between") else None
    if spec.kind.key == "datetime":
        first, last = (days.start_of(d) if d else None for d in (first, last))
    return first, last


def next_number(value: Any) -> Any:
    """The smallest number above: for an inclusive upper bound."""
    return value + 1 if isinstance(value, int) else value.next_plus() if hasattr(value, "next_plus") else value


def custom_condition(spec: Spec, f: Filter, show: Show) -> Condition:
    """A filter on a custom field: containment where the index helps, text comparison elsewhere."""
    field = sql.SQL("({}.extra ->> {})").format(sql.Identifier(ALIAS), sql.Literal(spec.name))
    if f.op in ("empty", "filled"):
        there = sql.SQL("({}.extra ? {})").format(sql.Identifier(ALIAS), sql.Literal(spec.name))
        return Condition(there if f.op == "filled" else sql.SQL("NOT {}").format(there))
    values = [spec.kind.operand(spec, raw, show) for raw in f.operands] or ([show.user_id] if f.op == "me" else [])
    if not values:
        raise BadValue(_("A value is missing."))
    if f.op in ("in", "is", "any", "all", "me") or f.op == "eq" and spec.kind.family == "text":
        found = [on.holds(ALIAS, "extra", {spec.name: [v] if spec.kind.family == "array" else v}) for v in values]
        if f.op != "all":
            return on.any_condition(found)
        return Condition(sql.SQL(" AND ").join(c.sql for c in found), tuple(p for c in found for p in c.params), None, True)
    if f.op in ("notin", "none"):
        parts = [on.holds(ALIAS, "extra", {spec.name: [v] if spec.kind.family == "array" else v}) for v in values]
        return Condition(
            sql.SQL("NOT ({})").format(sql.SQL(" OR ").join(c.sql for c in parts)), tuple(p for c in parts for p in c.params)
        )
    if f.op in ("contains", "starts", "ne"):
        text = str(values[0]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        pattern = {"contains": f"%{text}%", "starts": f"{text}%", "ne": text}[f.op]
        return Condition(sql.SQL("{} {} %s").format(field, sql.SQL("NOT ILIKE" if f.op == "ne" else "ILIKE")), (pattern,))
    low, high = (
        bounds(spec, f, values, show) if f.op != "eq" or spec.kind.family == "moment" else (values[0], next_number(values[0]))
    )
    cast = sql.SQL("numeric") if spec.kind.family == "number" else sql.SQL("text")
    typed = sql.SQL("{}::{}").format(field, cast)
    tests = [(t, v if spec.kind.family == "number" else v.isoformat()) for t, v in ((">=", low), ("<", high)) if v is not None]
    return Condition(
        sql.SQL(" AND ").join(sql.SQL("{} {} %s").format(typed, sql.SQL(t)) for t, _v in tests), tuple(v for _t, v in tests)
    )


@dataclass(slots=True)
class Listing:
    """A list ready to be read."""

    query: ListQuery
    columns: list[Column]
    declared: bool
    params: ListParams


def listing(
    resource: type[Resource],
    actor: Actor,
    params: ListParams,
    show: Show,
    names: Sequence[str] = (),
    *,
    verb: str = "view",
    also: Sequence[Condition] = (),
    labels: bool = True,
) -> Listing:
    """The query of a list for this reader; `labels` adds the names of linked records. Forbidden without the right, Invalid for
    fields he may not read."""
    key = resource.key()
    if not actor.may(key, verb):
        raise Forbidden(
            f"{key}.{verb}", _("You have no right to see %(what)s.") % {"what": resource.model._meta.verbose_name_plural}
        )
    may = readable(key, actor)
    chosen = [resource.title, *(n for n in (names or params.columns or resource.columns) if n != resource.title)]
    parts, columns = columns_of(key, chosen, actor, labels)
    sort, declared = sort_of(resource, params.sort, may)
    where = [*conditions(resource, params.filters, actor, show), *also]
    if params.q and text_search:
        where.append(text_search[0](resource, params.q, actor))
    scope = actor.rights.scope(key, verb) if actor.rights is not None else Scope(0, all=True)
    scope, narrowed = narrow(scope, params.unit)
    if narrowed is not None:
        where.append(narrowed)
    after, before = decode(params.after, sort), decode(params.before, sort)
    root, child = root_model(resource.model), getattr(resource.model, "scope_via", "")
    via = Via(root._meta.db_table, str(resource.model._meta.get_field(child).column)) if child else None
    query = ListQuery(
        resource=root._meta.model_name or "",
        table=resource.model._meta.db_table,
        columns=parts,
        sort=sort,
        scope=scope,
        where=tuple(where),
        via=via,
        limit=params.size + 1,
        bin=params.bin,
        offset=0 if after or before else (params.page - 1) * params.size,
        after=after,
        before=before,
    )
    return Listing(query, columns, declared, params)


def narrow(scope: Scope, unit: int | None) -> tuple[Scope, Condition | None]:
    """The scope within a unit chosen in the top bar."""
    if unit is None or unit not in tree():
        return scope, None
    below = tree().below(unit)
    if scope.all:
        return Scope(scope.user, units=below), None
    if scope.parts == ("units",):
        return Scope(scope.user, units=scope.units & below), None
    return scope, on.any_of(ALIAS, "unit_id", sorted(below), type="bigint", indexed=True)


def encode(key: Any, id_: int) -> str:
    """A row's place in the order, for `after` and `before`."""
    return json.dumps(
        [key.isoformat() if hasattr(key, "isoformat") else key if key is None else str(key), id_], ensure_ascii=False
    )


def decode(text: str, sort: SortKey) -> tuple[Any, int] | None:
    """The place a cursor names; None for nonsense."""
    if not text:
        return None
    try:
        key, id_ = json.loads(text)
        return (key, int(id_)) if key is None or isinstance(key, str) else None
    except (ValueError, TypeError):
        return None


def every(key: str) -> list[str]:
    """Names of all fields a list may show."""
    return list(specs(key))
