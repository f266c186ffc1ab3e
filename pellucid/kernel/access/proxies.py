"""Who stands in for whom now: dated, by kind of record, ending by itself. Nobody is told when a proxy begins or ends: every request asks.

A row for one kind stands over a row for every kind. Who stands in may himself be away: then his proxy follows, for the same kinds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.utils import timezone

from pellucid.kernel.records.versions import versioned

from .models import Proxy

EVERY = ""  # in a row: every kind that no other row names


class Row(NamedTuple):
    owner: int
    proxy: int
    resource: str
    starts_at: dt.datetime
    ends_at: dt.datetime


Held = tuple[tuple[int, frozenset[str]], ...]  # (whom somebody stands in for, the resources he then acts on)
_kinds: list[Callable[[], Mapping[str, frozenset[str]]]] = []


def kinds_from(function: Callable[[], Mapping[str, frozenset[str]]]) -> None:
    """Let somebody above say what can be stood in for: each kind of owned record, and the resources that come with it."""
    _kinds[:] = [function]


def kinds() -> Mapping[str, frozenset[str]]:
    """Kind of owned record -> the resources that come with it, itself among them."""
    return _kinds[0]() if _kinds else {}


@versioned("access")
def _rows() -> tuple[Row, ...]:
    """What holds or will hold, between people who are here."""
    rows = Proxy.objects.filter(ends_at__gt=timezone.now(), owner__is_active=True, proxy__is_active=True)
    return tuple(Row(*r) for r in rows.values_list("owner_id", "proxy_id", "resource", "starts_at", "ends_at"))


def rows(at: dt.datetime | None = None) -> list[Row]:
    """What holds at a moment; without one, now. Of the past, people who have left since are counted."""
    if at is None:
        now = timezone.now()
        return [r for r in _rows() if r.starts_at <= now < r.ends_at]
    found = Proxy.objects.filter(starts_at__lte=at, ends_at__gt=at)
    return [Row(*r) for r in found.values_list("owner_id", "proxy_id", "resource", "starts_at", "ends_at")]


def line(owner: int, kind: str, held: list[Row]) -> list[int]:
    """Who stands in for an owner's records of a kind: the one he named, then that one's proxy, and so on; nobody twice."""
    by = {(r.owner, r.resource): r.proxy for r in held}
    out, at = [owner], owner
    while (follower := by.get((at, kind), by.get((at, EVERY)))) is not None and follower not in out:
        out.append(follower)
        at = follower
    return out[1:]


def standing_in(user: int) -> Held:
    """For whom somebody acts now, and on what."""
    held = rows()
    if not any(r.proxy == user for r in held):
        return ()
    out: dict[int, set[str]] = {}
    for owner in {r.owner for r in held} - {user}:
        for kind, along in kinds().items():
            if user in line(owner, kind, held):
                out.setdefault(owner, set()).update(along)
    return tuple((owner, frozenset(out[owner])) for owner in sorted(out))


def until(owner: int, user: int) -> dt.datetime | None:
    """When somebody's standing in for an owner ends, as far as one row says; None when others stand between them."""
    return max((r.ends_at for r in rows() if (r.owner, r.proxy) == (owner, user)), default=None)
