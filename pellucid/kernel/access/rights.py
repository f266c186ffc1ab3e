"""Rights of a user: the union of his grants, kept in memory until anything about access changes."""
from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field, replace

from pellucid.kernel.records.versions import versioned

from .models import FieldRight, Grant, RoleRight, Unit
from .scopes import Scope, scope
from .tree import Tree

VERBS = ("view", "create", "edit", "delete", "transfer", "export", "approve")
READING = ("view", "export")           # what a share "may read" is enough for
NARROW = frozenset({"own", "shared"})  # parts of a scope that reach single rows only
FIELD_LEVELS = ("none", "masked", "read", "write")


@versioned("access")
def tree() -> Tree:
    """The unit tree of now."""
    return Tree(Unit.objects.order_by("position", "id").values_list("id", "parent_id", "kind"))


@dataclass(slots=True)
class Rights:
    """What one user may do. Scopes are worked out at first use."""

    user_id: int
    roles: frozenset[str]
    granted: dict[tuple[str, str], frozenset[tuple[str, int]]]
    fields: dict[tuple[str, str], str]
    tree: Tree
    _scopes: dict[tuple[str, str], Scope] = field(default_factory=dict)

    def may(self, resource: str, verb: str) -> bool:
        """Whether the verb is granted in any scope."""
        return (resource, verb) in self.granted

    def scope(self, resource: str, verb: str = "view") -> Scope:
        """Which rows of the resource the verb reaches; nothing granted is a scope without parts."""
        known = self._scopes.get((resource, verb))
        if known is None:
            known = scope(self.user_id, self.granted.get((resource, verb), ()), self.tree)
            if known.shared and verb not in READING:
                known = replace(known, share_level=2)
            self._scopes[resource, verb] = known
        return known

    def field(self, resource: str, name: str) -> str:
        """write, read, masked or none: the widest level any of his roles gives; write where none says otherwise."""
        return self.fields.get((resource, name), "write")


def oversees(rights: Rights | None, resource: str) -> bool:
    """Whether somebody looks after more of a resource than single rows: a unit, a branch, everything. Without rights to ask: the system does."""
    return rights is None or not NARROW.issuperset(rights.scope(resource).parts)


_hidden: list[Callable[[int], Container[str]]] = []


def hide(function: Callable[[int], Container[str]]) -> None:
    """Let somebody above say which resources are switched off for a user: he has no right to them, whatever his roles say."""
    _hidden.append(function)


@versioned("access", "settings")
def rights_of(user_id: int) -> Rights:
    """The rights of a user as of now; an inactive or unknown user has none."""
    grants = list(Grant.objects.filter(user_id=user_id, user__is_active=True).values_list("role_id", "role__code", "unit_id"))
    roles = {role for role, _code, _unit in grants}
    units: dict[int, list[int]] = {}
    for role, _code, unit in grants:
        units.setdefault(role, []).append(unit)
    granted: dict[tuple[str, str], set[tuple[str, int]]] = {}
    acting: dict[str, set[int]] = {}
    for role, resource, verb, kind in RoleRight.objects.filter(role_id__in=roles).values_list("role_id", "resource", "verb", "scope"):
        granted.setdefault((resource, verb), set()).update((kind, unit) for unit in units[role])
        acting.setdefault(resource, set()).add(role)
    limits: dict[tuple[str, str], dict[int, str]] = {}
    for role, resource, name, level in FieldRight.objects.filter(role_id__in=roles).values_list("role_id", "resource", "field", "level"):
        limits.setdefault((resource, name), {})[role] = level
    fields = {}
    for (resource, name), by_role in limits.items():
        levels = [by_role.get(role, "write") for role in acting.get(resource, ())]
        fields[resource, name] = max(levels, key=FIELD_LEVELS.index) if levels else "none"
    off = [function(user_id) for function in _hidden]
    kept = {key: frozenset(scopes) for key, scopes in granted.items() if not any(key[0] in resources for resources in off)}
    return Rights(user_id, frozenset(code for _r, code, _u in grants), kept, fields, tree())
