"""Ways to name people, each a resolver registered under its kind; and who stands above or follows somebody, as the area of people knows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Grant
from pellucid.kernel.access.rights import tree
from pellucid.kernel.records.versions import versioned

from .definition import Who


@dataclass(frozen=True, slots=True)
class Case:
    """What a resolver looks at: who asks, his unit, and a field of the record or the form by its name."""

    requester: int
    value: Callable[[str], Any]

    def person(self, of: str) -> int | None:
        """The requester, or the person in a field."""
        found = self.requester if of in ("", "requester") else self.value(of)
        return found if isinstance(found, int) else None

    def unit(self, of: str) -> int | None:
        person = self.person(of)
        return directory.home_of(person) if person else None


@dataclass(frozen=True, slots=True)
class Approver:
    """A way to name people."""

    kind: str
    label: Any
    find: Callable[[Who, Case], list[int]]


approvers: dict[str, Approver] = {}
_above: list[Callable[[int], int | None]] = []
_follows: list[Callable[[int], int | None]] = []


def names_people(kind: str, label: Any) -> Callable[[Callable[[Who, Case], list[int]]], Callable[[Who, Case], list[int]]]:
    """Register a resolver."""

    def keep(find: Callable[[Who, Case], list[int]]) -> Callable[[Who, Case], list[int]]:
        if kind in approvers:
            raise RuntimeError(f"approver {kind!r} is declared twice")
        approvers[kind] = Approver(kind, label, find)
        return find

    return keep


def line_from(above: Callable[[int], int | None], follows: Callable[[int], int | None]) -> None:
    """Let the area of people say whose manager somebody is, and who received the work of one who left."""
    _above[:], _follows[:] = [above], [follows]


def manager(person: int) -> int | None:
    """Who stands above somebody: his manager, else the head of his unit or of the nearest one above that has another."""
    found = _above[0](person) if _above else None
    return found if found is not None else head(directory.home_of(person), but=person)


def successor(person: int) -> int | None:
    """Who received the work of somebody who left."""
    return _follows[0](person) if _follows else None


def head(unit: int | None, but: int | None = None) -> int | None:
    """The head of a unit, or of the nearest unit above that has one."""
    units = directory.units()
    line = (unit, *tree().ancestors(unit)) if unit in units else ()
    return next((units[u].head for u in line if u is not None and units[u].head not in (None, but)), None)


@versioned("access", "people")
def holders(role: str) -> tuple[tuple[int, int], ...]:
    """(user, unit) of everybody who holds a role."""
    rows = Grant.objects.filter(role__code=role, user__is_active=True).order_by("user_id", "unit_id")
    return tuple(rows.values_list("user_id", "unit_id"))


@versioned("access", "people")
def administrators() -> tuple[int, ...]:
    """Everybody active who administers the system."""
    return tuple(dict.fromkeys(user for user, _unit in holders("admin")))


# the kernel's own; these are known to the machine itself
for _kind, _label in (("requester", _("The requester")), ("decider", _("Who decided an earlier step")), ("chosen", _("Whom the requester chooses"))):
    names_people(_kind, _label)(lambda who, case: [])


def choosable(who: Who, case: Case) -> list[int]:
    """Whom the requester may choose: any colleague, who holds a role, or who belongs to a unit or below it."""
    users = directory.users()
    if who.among == "role":
        return [p for p in _role(who, case) if p in users and users[p].active]
    staff, now = [u for u in users.values() if u.active and u.kind == "staff"], tree()
    if who.among == "unit":
        staff = [u for u in staff if u.unit is not None and u.unit in now and {u.unit, *now.ancestors(u.unit)} & set(who.ids)]
    return [u.id for u in staff]


@names_people("person", _("Named colleagues"))
def _persons(who: Who, case: Case) -> list[int]:
    return list(who.ids)


@names_people("field", _("The person in a field"))
def _field(who: Who, case: Case) -> list[int]:
    found = case.person(who.field)
    return [found] if found else []


@names_people("head", _("Head of the unit"))
def _head(who: Who, case: Case) -> list[int]:
    found = head(case.unit(who.of))
    return [found] if found else []


@names_people("unit", _("Everybody of a unit"))
def _unit(who: Who, case: Case) -> list[int]:
    return [u.id for u in directory.users().values() if u.unit in who.ids and u.active]


@names_people("role", _("Who holds a role"))
def _role(who: Who, case: Case) -> list[int]:
    """Anywhere; or where the role is held over the requester's unit; or anywhere in his branch."""
    found = holders(who.role)
    if who.scope != "any":
        home, now = case.unit("requester"), tree()
        if home is None or home not in now:
            return []
        over = {home, *now.ancestors(home)} if who.scope == "unit" else now.branch_units(now.branch(home))
        found = tuple((user, unit) for user, unit in found if unit in over)
    return list(dict.fromkeys(user for user, _unit in found))
