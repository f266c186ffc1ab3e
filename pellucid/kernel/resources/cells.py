"""Fields of rows that are edited where they stand in a table of another record's page."""

from __future__ import annotations

from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for

from .declare import resource_of
from .fields import value_of, writable


def cells(row: Any, names: tuple[str, ...], actor: Actor) -> dict[str, dict[str, Any]]:
    """What a table needs to let the actor type over these fields of a row: address, label, the value as it is typed, the row's version. Those
    he may not fill in are left out; whether his right reaches this very row, saving decides."""
    resource = resource_of(type(row))
    may, show = writable(resource.key(), actor), show_for(actor)
    return {
        name: {"post": f"/{resource.path}/{row.pk}/cell/{name}", "name": name, "label": str(may[name].label), "version": row.version,
               "value": may[name].kind.entry(may[name], value_of(row, may[name]), show)}
        for name in names if name in may
    }  # fmt: skip
