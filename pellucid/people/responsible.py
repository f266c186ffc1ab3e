"""Who can act on a record: there is always somebody, and he may in fact do it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.rights import rights_of, tree
from pellucid.kernel.access.scopes import contains
from pellucid.kernel.history.selectors import state_at
from pellucid.kernel.records import days
from pellucid.kernel.resources.reach import root_of

from .models import Staff

Keeper = Callable[[Any], int | None]
_keepers: list[Keeper] = []


def keeps(function: Keeper) -> Keeper:
    """Let an area say who keeps a record that waits in a pool; None where it does not."""
    _keepers.append(function)
    return function


class Acting(NamedTuple):
    """Who can act on a record, and why: as proxy, owner, keeper of its pool, or catcher (then of which unit)."""

    user: int
    why: str
    unit: int = 0


def responsible(record: Any, at: dt.datetime | None = None) -> int:
    """The user who can act on a record now, or could at a moment of the past; see `acting`."""
    return acting(record, at).user


def acting(record: Any, at: dt.datetime | None = None) -> Acting:
    """Who can act on a record now, or could at a moment of the past, and why: who stands in for its active owner, else the owner, else
    the pool's keeper, else the catcher of the unit or of the nearest unit above. The headquarters' catcher is always there, and may do
    everything; of the present nobody is named who may not edit the record."""
    root: Any = root_of(record)
    owner, unit = _belonged(root, at) if at else (root.owner_id, root.unit_id)
    here = _here(at)
    for found in _line(root, owner, unit, at, here):
        if here(found.user) and (at is not None or may_edit(found.user, record)):
            return found
    return _last()


def _belonged(root: Any, at: dt.datetime) -> tuple[int, int]:
    """Whose it was, and in which unit; where no past is kept, as now."""
    found = state_at(type(root), root.pk, at) if "owner" in type(root).temporal else None
    return (found["owner"], found.get("unit") or root.unit_id) if found else (root.owner_id, root.unit_id)


def _line(root: Any, owner: int, unit: int, at: dt.datetime | None, here: Callable[[int], bool]) -> Iterator[Acting]:
    """Who comes into question, in order."""
    if here(owner):
        yield from (Acting(user, "proxy") for user in reversed(proxies.line(owner, root._meta.model_name, proxies.rows(at))))
        yield Acting(owner, "owner")
    for keeper in _keepers:
        if at is None and (found := keeper(root)):
            yield Acting(found, "keeper")
    units = directory.units()
    for place in (unit, *tree().ancestors(unit)):
        if place in units and (catcher := units[place].catcher):
            yield Acting(catcher, "catcher", place)


def may_edit(user: int, record: Any) -> bool:
    """Whether somebody's rights reach a record for a change."""
    key = record._meta.model_name or ""
    root: Any = root_of(record)
    return bool(contains(rights_of(user).scope(key, "edit"), root.owner_id, root.unit_id))


def _here(at: dt.datetime | None) -> Callable[[int], bool]:
    """Who works here, now or at a moment of the past."""
    users = directory.users()
    if at is None:
        return lambda user: user in users and users[user].active
    day = days.day_of(at)
    left = dict(Staff._base_manager.filter(leave_on__lt=day).values_list("user_id", "leave_on"))
    return lambda user: user in users and user not in left


def _last() -> Acting:
    """The catcher of the headquarters: the database sees to it that there is one, and that he is here."""
    pk, catcher = next((pk, place.catcher) for pk, place in directory.units().items() if place.parent is None)
    if catcher is None:
        raise RuntimeError("the headquarters have no catcher: no constraint of the database would let that be")
    return Acting(catcher, "catcher", pk)
