"""Records of other resources that point to a record: as a tab of its page, and on paper."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import connection

from pellucid.kernel.resources.columns import Column
from pellucid.kernel.resources.declare import Related, Resource, registry, related
from pellucid.kernel.resources.fields import masked, readable
from pellucid.kernel.resources.lists.run import rows as read_rows
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.query import listing

from . import rows
from .menu import label_of
from .record import Sheet

SHOWN, PRINTED = 50, 1_000  # on a page; on a document, which has to be whole


def table(sheet: Sheet, what: Related, *, paper: bool = False) -> dict[str, Any] | None:
    """Its first rows with their heads; None where the reader may not know what points here. On paper amounts of a document are told to the
    cent, and its lines stand as they were entered."""
    child = registry.get(what.child)
    if child is None or what.via not in readable(child.key(), sheet.actor) or masked(child.key(), what.via, sheet.actor):
        return None
    sort = "-created_at" if what.paper and in_time(child) else ""
    size = PRINTED if paper and what.paper else SHOWN
    params = ListParams(filters=(Filter(what.via, "in", (str(sheet.record.pk),)),), size=size, sort=sort)
    found = listing(child, sheet.actor, params, sheet.show, what.columns)
    columns = [printed(c) if paper else c for c in found.columns]
    shown = read_rows(connection, found.query)
    state = params.url()[1:]
    return {"title": str(what.label or label_of(child)), "columns": [c | {"sort": ""} for c in rows.heads(child, columns, params, sheet.show)],
            "body": rows.table(child, columns, shown[:size], sheet.show, suffix=state, pick=False), "rows": len(shown),
            "all": f"/{child.path}/?{state}" if len(shown) > size else None}


def in_time(child: type[Resource]) -> bool:
    """Whether its rows stand in the order they were made, the latest first."""
    return bool(child.sorts) and child.sorts[0].name == "created_at" and child.sorts[0].desc


def printed(column: Column) -> Column:
    """A column on paper: nobody can point at an amount there."""
    exact = column.spec.kind.key == "money" and column.spec.style == "exact"
    return replace(column, spec=column.spec.changed(style="paper")) if exact else column


def tables(sheet: Sheet) -> list[dict[str, Any]]:
    """All of them that hold something, in their order."""
    wanted = sorted((r for r in related if r.resource == sheet.key and sheet.actor.may(r.child, "view")), key=lambda r: r.position)
    return [found for r in wanted if (found := table(sheet, r, paper=True)) and found["rows"]]
