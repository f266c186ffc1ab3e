"""Which rows a person may reach: grants become a normal form, the normal form becomes Q or SQL.

The normal form is everything, or the union of a few parts: units (one set of ids), own, shared, and parts that later
areas register (partner, portal). Lists take the top of every part; counts and sums need the parts made disjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from psycopg import sql

from .tree import Tree

if TYPE_CHECKING:
    from django.db.models import Model, Q

SHARE_TABLE = "access_share"
# Above this an id is no small ordinal, and its bits would be longer than the array.
MAX_BIT = 1 << 17


@dataclass(frozen=True, slots=True)
class ByColumn:
    """A part that later kinds of scope bring: rows whose column holds one of these ids (a partner, a portal's record)."""

    name: str
    column: str
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Scope:
    """The normal form. A scope without parts sees nothing."""

    user: int
    all: bool = False
    units: frozenset[int] = frozenset()
    own: bool = False
    shared: bool = False
    by: tuple[ByColumn, ...] = ()
    share_level: int = 1  # what a share must allow: 1 to read, 2 to work
    shares_of: frozenset[int] = frozenset()  # whom somebody stands in for: what is shared with them

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts, widest first: the order in which they are made disjoint."""
        if self.all:
            return ("all",)
        named = ["units"] if self.units else []
        if self.own:
            named.append("own")
        named += [part.name for part in self.by]
        if self.shared:
            named.append("shared")
        if self.shares_of:
            named.append(SHARED_OF)
        return tuple(named)

    def __bool__(self) -> bool:
        return bool(self.parts)


# A registered kind turns (user, anchor, tree) into a part; None grants nothing.
Kind = Callable[[int, int | None, Tree], ByColumn | None]
OWN_OF = "own_of"  # anchored at a person somebody stands in for; no role names it
SHARED_OF = "shared_of"  # the same for what is shared with that person
BUILT_IN = ("own", "shared", "unit", "unit_below", "branch", "all")
_registered: dict[str, Kind] = {}


def register(kind: str) -> Callable[[Kind], Kind]:
    """Adds a kind of scope: `@register("partner") def partner(user_id, anchor, tree) -> ByColumn | None`."""

    def add(function: Kind) -> Kind:
        if kind in (*BUILT_IN, OWN_OF, SHARED_OF) or kind in _registered:
            raise ValueError(f"scope kind {kind!r} is already there")
        _registered[kind] = function
        return function

    return add


def kinds() -> tuple[str, ...]:
    """Every kind of scope a role may name."""
    return BUILT_IN + tuple(_registered)


def scope(user_id: int, grants: Iterable[tuple[str, int | None]], tree: Tree) -> Scope:
    """The union of (kind, anchor unit) in normal form."""
    units: set[int] = set()
    shares_of: set[int] = set()
    own = shared = False
    by: dict[str, ByColumn] = {}
    for kind, anchor in grants:
        if kind == "all":
            return Scope(user_id, all=True)
        if kind == "own":
            own = True
        elif kind == OWN_OF:
            before = by.get(OWN_OF)
            if anchor is not None:
                by[OWN_OF] = ByColumn(OWN_OF, "owner_id", frozenset((anchor,)) | (before.ids if before else frozenset()))
        elif kind == "shared":
            shared = True
        elif kind == SHARED_OF:
            shares_of |= {anchor} if anchor is not None else set()
        elif kind in ("unit", "unit_below", "branch"):
            if anchor is not None and anchor in tree:
                units |= {"unit": lambda u: frozenset((u,)), "unit_below": tree.below, "branch": tree.branch_units}[kind](anchor)
        elif kind in _registered:
            part = _registered[kind](user_id, anchor, tree)
            if part is not None and part.ids:
                before = by.get(part.name)
                by[part.name] = ByColumn(part.name, part.column, part.ids | before.ids) if before else part
        else:
            raise ValueError(f"unknown kind of scope {kind!r}")
    if units and len(units) == len(tree):
        return Scope(user_id, all=True)
    parts = tuple(by[name] for name in sorted(by))
    return Scope(user_id, units=frozenset(units), own=own, shared=shared, by=parts, shares_of=frozenset(shares_of))


def contains(
    scope: Scope, owner_id: int | None, unit_id: int | None, shared: bool = False, columns: Mapping[str, int | None] | None = None,
    with_them: bool = False,
) -> tuple[str, ...]:
    """The parts that let a row in ("who sees this, and why"); empty when it is not seen. `shared`: with the user, `with_them`: with somebody
    he stands in for."""
    if scope.all:
        return ("all",)
    reasons = []
    if unit_id is not None and unit_id in scope.units:
        reasons.append("units")
    if scope.own and owner_id is not None and owner_id == scope.user:
        reasons.append("own")
    known = {"owner_id": owner_id, "unit_id": unit_id, **(columns or {})}
    reasons += [part.name for part in scope.by if known.get(part.column) in part.ids]
    if scope.shared and shared:
        reasons.append("shared")
    if scope.shares_of and with_them:
        reasons.append(SHARED_OF)
    return tuple(reasons)


# ------------------------------------------------------------------------------------------------ Django
def where_q(scope: Scope, model: type[Model], via: str = "") -> Q:
    """The scope as one Q. `via` is the path to the owned root ("root__"). Only All may answer with an empty Q."""
    from django.apps import apps
    from django.db.models import Exists, OuterRef, Q

    if scope.all:
        return Q()
    condition = Q(pk__in=[])
    if scope.units:
        condition |= Q(**_one_or_many(f"{via}unit_id", scope.units))
    if scope.own:
        condition |= Q(**{f"{via}owner_id": scope.user})
    for part in scope.by:
        condition |= Q(**_one_or_many(f"{via}{part.column}", part.ids))
    if scope.shared or scope.shares_of:
        shares = apps.get_model("access", "Share")._default_manager.filter(
            resource=root_of(model, via)._meta.model_name,
            user_id__in=sorted(scope.shares_of | ({scope.user} if scope.shared else set())),
            record_id=OuterRef(f"{via}pk"),
            level__gte=scope.share_level,
        )
        condition |= Q(Exists(shares))
    return condition


def root_of(model: type[Model], via: str = "") -> type[Model]:
    """The owned model at the end of a path such as "root__"."""
    for name in filter(None, via.split("__")):
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    return model


def _one_or_many(path: str, ids: frozenset[int]) -> dict[str, Any]:
    # `=` keeps the order of (unit_id, key, id); a set does not.
    return {path: next(iter(ids))} if len(ids) == 1 else {f"{path}__among": sorted(ids)}


# ------------------------------------------------------------------------------------------------ SQL
class Bind(Protocol):
    """Puts a value into SQL: as a literal (joins, aggregates) or as a named parameter (hot lists)."""

    def __call__(self, name: str, value: Any) -> sql.Composable: ...


def literal(name: str, value: Any) -> sql.Composable:
    return sql.Literal(value)


@lru_cache(maxsize=1024)
def bits(ids: frozenset[int]) -> bytes:
    """A set of small ids as bits, for `get_bit`: a test that stays cheap inside a prepared plan."""
    return sum(1 << i for i in ids).to_bytes((max(ids) >> 3) + 1, "little")


def among(column: sql.Composable, ids: frozenset[int], name: str, bind: Bind, as_bits: bool = False) -> sql.Composable:
    """`column` holds one of `ids`: by `=`, by an array (may use an index), or by bits (never does)."""
    if len(ids) == 1:
        return sql.SQL("{} = {}").format(column, bind(name, next(iter(ids))))
    if not as_bits or max(ids) >= MAX_BIT:
        return sql.SQL("{} = ANY({}::bigint[])").format(column, bind(name, sorted(ids)))
    data = bits(ids)
    # CASE fixes the order of evaluation: get_bit beyond the end is an error, and a new unit may be beyond it.
    return sql.SQL("CASE WHEN {} < {}::bigint THEN get_bit({}::bytea, {}) = 1 ELSE false END").format(
        column, bind(f"{name}_n", len(data) * 8), bind(f"{name}_bits", data), column
    )


def part_sql(
    scope: Scope,
    part: str,
    alias: str,
    resource: str,
    bind: Bind = literal,
    *,
    share_table: str = SHARE_TABLE,
    as_bits: bool = False,
) -> sql.Composable:
    """One part of a scope as a condition on the row `alias`."""
    row = sql.Identifier(alias)
    if part == "all":
        return sql.SQL("true")
    if part == "units":
        return among(sql.SQL("{}.unit_id").format(row), scope.units, "units", bind, as_bits)
    if part == "own":
        return sql.SQL("{}.owner_id = {}").format(row, bind("user", scope.user))
    if part in ("shared", SHARED_OF):
        # an alias of its own: `s` would be the row itself wherever the caller calls its row so
        level = sql.SQL(" AND share_of.level >= {}").format(sql.Literal(scope.share_level)) if scope.share_level > 1 else sql.SQL("")
        user = sql.SQL("share_of.user_id")
        whose = among(user, scope.shares_of, SHARED_OF, bind) if part == SHARED_OF else sql.SQL("{} = {}").format(user, bind("user", scope.user))
        text = "EXISTS (SELECT FROM {} share_of WHERE share_of.resource = {} AND {} AND share_of.record_id = {}.id{})"
        return sql.SQL(text).format(sql.Identifier(share_table), bind("resource", resource), whose, row, level)
    extra = next(p for p in scope.by if p.name == part)
    return among(sql.SQL("{}.{}").format(row, sql.Identifier(extra.column)), extra.ids, f"by_{part}", bind, as_bits)


def disjoint_sql(
    scope: Scope, alias: str, resource: str, bind: Bind = literal, *, share_table: str = SHARE_TABLE
) -> list[tuple[str, sql.Composable]]:
    """The parts as conditions that no row meets twice: what counts and sums add up."""
    out: list[tuple[str, sql.Composable]] = []
    for i, part in enumerate(scope.parts):
        condition = part_sql(scope, part, alias, resource, bind, share_table=share_table)
        # IS NOT TRUE: a row without owner or unit must not fall out of the later parts.
        minus = [
            sql.SQL("({}) IS NOT TRUE").format(
                part_sql(scope, earlier, alias, resource, bind, share_table=share_table, as_bits=True)
            )
            for earlier in scope.parts[:i]
        ]
        out.append((part, sql.SQL(" AND ").join([sql.SQL("({})").format(condition), *minus])))
    return out


def where_sql(scope: Scope, alias: str, resource: str, *, share_table: str = SHARE_TABLE) -> sql.Composable:
    """The whole scope as one condition with literals; no part means no row."""
    if not scope.parts:
        return sql.SQL("false")
    parts = [part_sql(scope, part, alias, resource, share_table=share_table) for part in scope.parts]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(parts))
