"""Scopes of what is meant for others: everybody in a unit and below it, everybody who holds a role."""

from __future__ import annotations

from .models import Grant
from .scopes import ByColumn, register
from .tree import Tree

TO_UNIT, TO_ROLE = "meant_for_id", "audience_role_id"


@register("addressed")
def addressed(user_id: int, anchor: int | None, tree: Tree) -> ByColumn | None:
    """Rows meant for the unit of the grant or for one above it."""
    if anchor is None or anchor not in tree:
        return None
    return ByColumn("addressed", TO_UNIT, frozenset({anchor, *tree.ancestors(anchor)}))


@register("of_role")
def of_role(user_id: int, anchor: int | None, tree: Tree) -> ByColumn | None:
    """Rows meant for those who hold a role, wherever they hold it."""
    return ByColumn("of_role", TO_ROLE, frozenset(Grant.objects.filter(user_id=user_id).values_list("role_id", flat=True)))
