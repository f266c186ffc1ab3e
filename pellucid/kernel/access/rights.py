"""Rights of a user: the union of his grants, kept in memory until anything about access changes."""
from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Model

from pellucid.kernel.records.versions import versioned

from . import proxies
from .models import FieldRight, Grant, RoleRight, Share, Unit
from .scopes import OWN_OF, SHARED_OF, Scope, contains, scope
from .tree import Tree

VERBS = ("view", "create", "edit", "delete", "transfer", "export", "approve")
READING = ("view", "export")           # what a share "may read" is enough for
NARROW = frozenset({"own", "shared", OWN_OF, SHARED_OF})
CAUGHT = ("view", "edit", "transfer")
FIELD_LEVELS = ("none", "masked", "read", "write")


@versioned("access")
def tree() -> Tree:
    """The unit tree of now."""
    return Tree(Unit.objects.order_by("position", "id").values_list("id", "parent_id", "kind"))


SCOPED = frozenset({"owner_id", "unit_id"})
_columns: dict[str, frozenset[str]] = {}


def rows_have(resource: str, columns: Iterable[str]) -> None:
    """Say which columns the rows of a resource have, or those they hang on: by what is not there nobody reaches them."""
    _columns[resource] = SCOPED.intersection(columns)


def fitting(known: Scope, resource: str) -> Scope:
    """The scope without the parts that look at columns which its rows do not have."""
    columns = _columns.get(resource, SCOPED)
    if known.all or columns == SCOPED:
        return known
    return replace(known, own=known.own and "owner_id" in columns, units=known.units if "unit_id" in columns else frozenset(),
                   by=tuple(part for part in known.by if part.column not in SCOPED - columns))  # fmt: skip


Granted = dict[tuple[str, str], frozenset[tuple[str, int]]]  # (resource, verb) -> (kind of scope, where it is anchored)


@dataclass(slots=True)
class Rights:
    """What one user may do. Scopes are worked out at first use."""

    user_id: int
    roles: frozenset[str]
    granted: Granted
    fields: dict[tuple[str, str], str]
    tree: Tree
    own: Granted = field(default_factory=dict)  # without what others lend him
    lent: dict[int, Granted] = field(default_factory=dict)  # what comes from whom he stands in for
    _scopes: dict[tuple[str, str], Scope] = field(default_factory=dict)

    def may(self, resource: str, verb: str) -> bool:
        """Whether the verb is granted in any scope."""
        return (resource, verb) in self.granted

    def scope(self, resource: str, verb: str = "view") -> Scope:
        """Which rows of the resource the verb reaches; nothing granted is a scope without parts."""
        known = self._scopes.get((resource, verb))
        if known is None:
            known = scope(self.user_id, self.granted.get((resource, verb), ()), self.tree)
            if (known.shared or known.shares_of) and verb not in READING:
                known = replace(known, share_level=2)
            known = fitting(known, resource)
            self._scopes[resource, verb] = known
        return known

    def in_whose_name(self, resource: str, verb: str, root: Model) -> int | None:
        """For whom he acts on what belongs to this root: the owner he stands in for, or somebody whose reach alone has brought him there."""
        owner, unit = getattr(root, "owner_id", None), getattr(root, "unit_id", None)
        if owner in self.lent and (resource, verb) in self.lent[owner]:
            return owner
        own = scope(self.user_id, self.own.get((resource, verb), ()), self.tree)
        if not self.lent or contains(own, owner, unit):
            return None
        shares, enough = shared_with(root._meta.model_name or "", root.pk), 1 if verb in READING else 2
        if contains(own, owner, unit, shares.get(self.user_id, 0) >= enough):
            return None
        for person, granted in self.lent.items():
            reach = scope(person, granted.get((resource, verb), ()), self.tree)
            if contains(reach, owner, unit, with_them=shares.get(person, 0) >= enough):
                return person
        return None

    def field(self, resource: str, name: str) -> str:
        """write, read, masked or none: the widest level any of his roles gives; write where none says otherwise."""
        return self.fields.get((resource, name), "write")


def shared_with(resource: str, record_id: int) -> dict[int, int]:
    """The colleagues an owned record is shared with, and how far."""
    return dict(Share.objects.filter(resource=resource, record_id=record_id).values_list("user_id", "level"))


def oversees(rights: Rights | None, resource: str) -> bool:
    """Whether somebody looks after more of a resource than single rows: a unit, a branch, everything. Without rights to ask: the system does."""
    return rights is None or not NARROW.issuperset(rights.scope(resource).parts)


_hidden: list[Callable[[int], Container[str]]] = []


def hide(function: Callable[[int], Container[str]]) -> None:
    """Let somebody above say which resources are switched off for a user: he has no right to them, whatever his roles say."""
    _hidden.append(function)


def rights_of(user_id: int) -> Rights:
    """The rights of a user as of now, with those of whom he stands in for at this moment; an inactive or unknown user has none."""
    return _rights(user_id, proxies.standing_in(user_id))


@versioned("access", "settings")
def _rights(user_id: int, held: proxies.Held) -> Rights:
    grants = _grants_of([user_id, *(owner for owner, _keys in held)])
    mine = grants.get(user_id, [])
    rights = _role_rights({role for found in grants.values() for role, _code, _unit in found})
    off = [function(user_id) for function in _hidden]

    def kept(granted: Granted, within: frozenset[str] | None = None) -> Granted:
        return {key: scopes for key, scopes in granted.items()
                if (within is None or key[0] in within) and not any(key[0] in resources for resources in off)}  # fmt: skip

    own = kept(_joined(_granted(mine, rights), _duty(user_id)))
    lent = {owner: kept(_lent(owner, _granted(grants.get(owner, []), rights)), keys) for owner, keys in held} if mine else {}
    whole = own
    for granted in lent.values():
        whole = _joined(whole, granted)
    acting: dict[str, set[int]] = {}
    for person, keys in ((user_id, None), *held):
        for role, _code, _unit in grants.get(person, []):
            for resource, _verb, _kind in rights.get(role, ()):
                if keys is None or resource in keys:
                    acting.setdefault(resource, set()).add(role)
    return Rights(user_id, frozenset(code for _role, code, _unit in mine), whole, _levels(acting), tree(), own, lent)


def _grants_of(users: list[int]) -> dict[int, list[tuple[int, str, int]]]:
    """(role, its code, unit) by user; of people who are here."""
    out: dict[int, list[tuple[int, str, int]]] = {}
    found = Grant.objects.filter(user_id__in=users, user__is_active=True).values_list("user_id", "role_id", "role__code", "unit_id")
    for user, role, code, unit in found:
        out.setdefault(user, []).append((role, code, unit))
    return out


def _role_rights(roles: set[int]) -> dict[int, list[tuple[str, str, str]]]:
    """(resource, verb, kind of scope) by role."""
    out: dict[int, list[tuple[str, str, str]]] = {}
    for role, *right in RoleRight.objects.filter(role_id__in=roles).values_list("role_id", "resource", "verb", "scope"):
        out.setdefault(role, []).append(tuple(right))  # type: ignore[arg-type]
    return out


def _granted(grants: list[tuple[int, str, int]], rights: dict[int, list[tuple[str, str, str]]]) -> Granted:
    out: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for role, _code, unit in grants:
        for resource, verb, kind in rights.get(role, ()):
            out.setdefault((resource, verb), set()).add((kind, unit))
    return {key: frozenset(scopes) for key, scopes in out.items()}


def _joined(one: Granted, other: Granted) -> Granted:
    return {key: one.get(key, frozenset()) | other.get(key, frozenset()) for key in (*one, *(k for k in other if k not in one))}


def _duty(user_id: int) -> Granted:
    return duty(Unit.objects.filter(catcher_id=user_id, catcher__is_active=True, closed_at=None).values_list("pk", "parent_id"))


def duty(units: Iterable[tuple[int, int | None]]) -> Granted:
    """What comes with catching for these units (id, the one above) what nobody else receives: to see it, to work on it, to give it to
    somebody; below the unit one catches for."""
    scopes = frozenset(("all" if parent is None else "unit_below", unit) for unit, parent in units)
    keys = {key for along in proxies.kinds().values() for key in along} if scopes else set()
    return {(key, verb): scopes for key in keys for verb in CAUGHT}


def _lent(owner: int, granted: Granted) -> Granted:
    """What somebody's proxy has of it: the owner's records, and what is shared with the owner."""
    his = {"own": (OWN_OF, owner), "shared": (SHARED_OF, owner)}
    return {key: frozenset(his.get(kind, (kind, unit)) for kind, unit in scopes) for key, scopes in granted.items() if scopes}


def _levels(acting: dict[str, set[int]]) -> dict[tuple[str, str], str]:
    """(resource, field) -> the widest level any acting role gives, where some role says otherwise than "write"."""
    limits: dict[tuple[str, str], dict[int, str]] = {}
    roles = {role for found in acting.values() for role in found}
    for role, resource, name, level in FieldRight.objects.filter(role_id__in=roles).values_list("role_id", "resource", "field", "level"):
        limits.setdefault((resource, name), {})[role] = level
    out = {}
    for (resource, name), by_role in limits.items():
        levels = [by_role.get(role, "write") for role in acting.get(resource, ())]
        out[resource, name] = max(levels, key=FIELD_LEVELS.index) if levels else "none"
    return out
