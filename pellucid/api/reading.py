"""Reading: lists, totals, one record, its history, its state on a past day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import msgspec
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import fetch, show_for
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.whole import is_whole, whole
from pellucid.kernel.resources.columns import ALIAS, Column
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import masked, readable, specs
from pellucid.kernel.resources.lists import run as lists
from pellucid.kernel.resources.lists.query import Condition
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import Listing, encode, listing

from .answers import answer

PLAIN = frozenset({"text", "longtext", "integer", "bool", "user", "unit", "url", "choice", "level", "step"})


def field_names(resource: type[Resource], known: dict[str, Spec] | None = None) -> list[str]:
    """Everything the API shows of a resource: what its declaration names, its stamps, its custom fields."""
    known = specs(resource.key()) if known is None else known
    named = [
        resource.title,
        *resource.columns,
        *resource.more,
        *(f for s in resource.sections for f in s.fields),
        *resource.form,
        "created_at",
        "updated_at",
    ]
    return [n for n in dict.fromkeys([*named, *(n for n, s in known.items() if s.custom)]) if n in known]


def chosen(resource: type[Resource], request: HttpRequest, actor: Actor) -> list[str]:
    """The fields asked for by ?fields=, else all of them that the actor may read. An unknown one is an error."""
    may = readable(resource.key(), actor)
    shown = [n for n in field_names(resource) if n in may]
    asked = [n for n in request.GET.get("fields", "").split(",") if n]
    if unknown := [n for n in asked if n not in shown and n not in ("id", "version")]:
        raise Invalid({"fields": [_("There is no field “%(name)s”.") % {"name": n} for n in unknown]})
    return [n for n in asked if n in shown] or shown


@lru_cache(maxsize=512)
def row_type(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """A struct with these fields: encodes three times faster than a dict."""
    return msgspec.defstruct("Row", [(n, Any) for n in names], gc=False)


def reader(column: Column) -> Callable[[Any], Any]:
    """How a column's value is read off a row for JSON."""
    spec, kind = column.spec, column.spec.kind
    if not spec.custom and not column.hidden and kind.key in PLAIN and column.width == 1:
        start = column.start
        return lambda row: row[start]
    return lambda row: kind.json(spec, column.pick(row)) if not column.hidden else column.pick(row)


def items(found: Listing, rows: list[tuple[Any, ...]], wanted: set[str] | None = None) -> list[msgspec.Struct]:
    """Rows as structs: id, version, then the columns."""
    columns = [c for c in found.columns if wanted is None or c.spec.name in wanted]
    struct = row_type(("id", "version", *(c.spec.name for c in columns)))
    readers = [reader(c) for c in columns]
    return [struct(row[0], row[1], *[read(row) for read in readers]) for row in rows]


def params_of(request: HttpRequest) -> ListParams:
    """The list state of a call: as a page's address has it, without views and columns."""
    return replace(ListParams.parse(request.GET.items()), view="", columns=())


def index(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse:
    """GET a list: {"items": [...], "next": cursor or null, "previous": cursor or null}."""
    params = params_of(request)
    if "size" in request.GET:
        size = whole(request.GET["size"], 200)
        if not size:
            raise Invalid({"size": [_("Between 1 and 200.")]})
        params = replace(params, size=size)
    names = chosen(resource, request, actor)
    found = listing(resource, actor, params, show_for(actor, request.zone), names, labels=False)  # type: ignore[attr-defined]
    query = replace(found.query, columns=(*found.query.columns, key_of(found)))
    rows = lists.rows(connection, query)
    backwards = query.before is not None
    more = len(rows) > params.size
    rows = (rows[-params.size :] if backwards else rows[: params.size]) if more else rows
    first = rows and (bool(query.after) or params.page > 1 or (backwards and more))
    last = rows and (more or backwards)
    return answer(
        {
            "items": items(found, rows, set(names)),
            "next": encode(rows[-1][-1], rows[-1][0]) if last else None,
            "previous": encode(rows[0][-1], rows[0][0]) if first else None,
        }
    )


def key_of(found: Listing) -> sql.Composable:
    """The sort key as text, for cursors."""
    column = found.query.sort.column
    return sql.SQL("({})::text").format(sql.Identifier(ALIAS, column) if isinstance(column, str) else column)


def totals(request: HttpRequest, actor: Actor, resource: type[Resource]) -> HttpResponse:
    """GET how many there are, and the declared sums: {"count", "exact", "sums"}."""
    found = listing(resource, actor, params_of(request), show_for(actor, request.zone), [resource.title], labels=False)  # type: ignore[attr-defined]
    may = readable(resource.key(), actor)
    shown = [s for s in resource.sums if s.column in may]
    known = lists.totals(connection, found.query, [sql.Identifier(ALIAS, may[s.column].column) for s in shown])
    sums = (
        {s.column: str(v) if v is not None else None for s, v in zip(shown, known.sums or (), strict=False)}
        if known.exact
        else None
    )
    return answer({"count": known.count, "exact": known.exact, "sums": sums})


def one(
    resource: type[Resource], pk: int, actor: Actor, zone: str = "", names: list[str] | None = None
) -> tuple[msgspec.Struct, int]:
    """(the record, its version) as the actor sees it. Missing if he does not."""
    names = names or [n for n in field_names(resource) if n in readable(resource.key(), actor)]
    condition = Condition(sql.SQL("{}.id = %s").format(sql.Identifier(ALIAS)), (pk,), 1e-9, True)
    found = listing(resource, actor, ListParams(), show_for(actor, zone), names, also=[condition], labels=False)
    rows = lists.rows(connection, found.query)
    if not rows:
        raise Missing(_("This record does not exist, or it is not yours to see."))
    return items(found, rows, set(names))[0], rows[0][1]


def read(request: HttpRequest, actor: Actor, resource: type[Resource], pk: int) -> HttpResponse:
    """GET one record, with its ETag; 304 when the caller has it."""
    record, version = one(resource, pk, actor, request.zone, chosen(resource, request, actor))  # type: ignore[attr-defined]
    etag = f'"{version}"'
    if request.headers.get("If-None-Match") == etag and "fields" not in request.GET:
        response = HttpResponse(status=304)
        response["ETag"] = etag
        return response
    return answer(record, ETag=etag)


def history(request: HttpRequest, actor: Actor, resource: type[Resource], pk: int) -> HttpResponse:
    """GET the changes of a record, latest first: {"items": [{at, actor, event, changes: {field: {old, new}}}]}."""
    fetch(resource.model, pk, actor)
    may = by_column(in_full(resource, actor))
    before = request.GET.get("before", "")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.at, a.seq, a.op::text, a.actor, a.old, a.new, e.name, e.reason FROM history.audit a LEFT JOIN events_event e ON e.id = a.event"
            " WHERE a.tbl = %s AND a.row_id = %s AND (%s::bigint IS NULL OR a.seq < %s::bigint) ORDER BY a.seq DESC LIMIT 101",
            [resource.model._meta.db_table, pk, *([int(before)] * 2 if is_whole(before) and len(before) < 19 else [None, None])],
        )
        lines = cursor.fetchall()
    out = []
    for at, _seq, op, who, old, new, event, reason in lines[:100]:
        old, new = as_object(old), as_object(new)
        changes = {may[c]: {"old": old.get(c), "new": new.get(c)} for c in {*old, *new} if c in may}
        out.append(
            {
                "at": at,
                "op": {"I": "created", "U": "changed", "D": "removed", "C": "corrected", "E": "erased"}.get(op, op),
                "actor": who,
                "event": event,
                "reason": reason or "",
                "changes": changes,
            }
        )
    return answer({"items": out, "next": str(lines[99][1]) if len(lines) > 100 else None})


def as_object(value: Any) -> dict[str, Any]:
    """jsonb as Django's connection hands it over."""
    return msgspec.json.decode(value) if isinstance(value, str) else value or {}


def in_full(resource: type[Resource], actor: Actor) -> dict[str, Spec]:
    """The fields the actor may read unmasked: the past of a masked one is hidden."""
    return {name: spec for name, spec in readable(resource.key(), actor).items() if not masked(resource.key(), name, actor)}


def by_column(may: dict[str, Spec]) -> dict[str, str]:
    """Column (or custom key) -> field name."""
    return {(s.name if s.custom else s.column): n for n, s in may.items()}


def as_of(request: HttpRequest, actor: Actor, resource: type[Resource], pk: int) -> HttpResponse:
    """GET the temporal fields as they were at the end of ?on=YYYY-MM-DD: {"on", "values"}; 404 if it was not there yet."""
    from pellucid.kernel.history.selectors import state_at
    from pellucid.kernel.records.kinds import BadValue, kind

    fetch(resource.model, pk, actor)
    show = show_for(actor)
    try:
        day = kind("date").parse(Spec("on", "on", kind("date")), request.GET.get("on", ""), show)
    except BadValue as bad:
        raise Invalid({"on": [str(bad)]}) from bad
    if day is None:
        raise Invalid({"on": [_("Please fill in.")]})
    found = state_at(resource.model, pk, day)
    if not found:
        raise Missing(_("This record was not there on that day."))
    may = in_full(resource, actor)
    return answer(
        {"on": day, "values": {name: may[name].kind.json(may[name], value) for name, value in found.items() if name in may}}
    )


def root(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET what there is: the resources this token may see."""
    return answer(
        {
            "resources": [
                {"key": key, "path": f"/api/v1/{r.path}", "label": str(r.model._meta.verbose_name_plural)}
                for key, r in registry.items()
                if actor.may(key, "view")
            ]
        }
    )


def me(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET who this token stands for."""
    return answer({"id": actor.user_id, "name": actor.name, "roles": sorted(actor.rights.roles) if actor.rights else []})
