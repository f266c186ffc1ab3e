"""A scope of its own: what is addressed to a unit is read by everybody in it and below it."""

from __future__ import annotations

from pellucid.kernel.access.scopes import ByColumn, register
from pellucid.kernel.access.tree import Tree

COLUMN = "meant_for_id"


@register("addressed")
def addressed(user_id: int, anchor: int | None, tree: Tree) -> ByColumn | None:
    """Rows meant for the unit of the grant or for one above it."""
    if anchor is None or anchor not in tree:
        return None
    return ByColumn("addressed", COLUMN, frozenset({anchor, *tree.ancestors(anchor)}))
