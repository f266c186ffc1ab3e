"""Records of other resources that point to a record: as a tab of its page, and on paper."""
from __future__ import annotations

from typing import Any

from django.db import connection

from pellucid.kernel.resources.declare import Related, registry, related
from pellucid.kernel.resources.fields import masked, readable
from pellucid.kernel.resources.lists.run import rows as read_rows
from pellucid.kernel.resources.params import Filter, ListParams
from pellucid.kernel.resources.query import listing

from . import rows
from .menu import label_of
from .record import Sheet

SHOWN = 50


def table(sheet: Sheet, what: Related) -> dict[str, Any] | None:
    """Its first rows with their heads; None where the reader may not know what points here."""
    child = registry.get(what.child)
    if child is None or what.via not in readable(child.key(), sheet.actor) or masked(child.key(), what.via, sheet.actor):
        return None
    params = ListParams(filters=(Filter(what.via, "in", (str(sheet.record.pk),)),), size=SHOWN)
    found = listing(child, sheet.actor, params, sheet.show, what.columns)
    shown = read_rows(connection, found.query)
    state = params.url()[1:]
    return {"title": str(what.label or label_of(child)), "columns": [c | {"sort": ""} for c in rows.heads(child, found.columns, params, sheet.show)],
            "body": rows.table(child, found.columns, shown[:SHOWN], sheet.show, suffix=state, pick=False), "rows": len(shown),
            "all": f"/{child.path}/?{state}" if len(shown) > SHOWN else None}


def tables(sheet: Sheet) -> list[dict[str, Any]]:
    """All of them that hold something, in their order."""
    wanted = sorted((r for r in related if r.resource == sheet.key and sheet.actor.may(r.child, "view")), key=lambda r: r.position)
    return [found for r in wanted if (found := table(sheet, r)) and found["rows"]]
