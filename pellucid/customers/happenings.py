"""What may happen with a customer, told by the areas where it happens; and what counts as a deal, so that customers without one can fall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

_labels: dict[str, Any] = {"qualified": _("A lead of the customer was judged good")}


@dataclass(frozen=True, slots=True)
class Deals:
    """What an area knows of deals: of these customers, those with one open, when each had its last, and when its last that was made."""

    open: Callable[[Collection[int]], set[int]]
    last: Callable[[Collection[int]], dict[int, dt.date]]
    made: Callable[[Collection[int]], dict[int, dt.date]]


_deals: list[Deals] = []


def declare(key: str, label: Any) -> None:
    """Make a happening known; the area that knows of it calls `classes.happened`."""
    _labels[key] = label


def count_as_deals(deals: Deals) -> None:
    """Let an area say which customers have a deal."""
    _deals.append(deals)


def labels() -> dict[str, Any]:
    """Every happening by key."""
    return dict(_labels)


def busy(ids: Collection[int]) -> set[int]:
    """Customers with an open deal of any kind."""
    return set().union(*(deals.open(ids) for deals in _deals)) if _deals else set()


def last_deals(ids: Collection[int]) -> dict[int, dt.date]:
    """The day the latest deal of each of these customers ended that ever had one, made or lost."""
    return _latest(deals.last(ids) for deals in _deals)


def last_made(ids: Collection[int]) -> dict[int, dt.date]:
    """The day of the latest deal each of these customers made with us; who never did is left out."""
    return _latest(deals.made(ids) for deals in _deals)


def _latest(found: Iterable[dict[int, dt.date]]) -> dict[int, dt.date]:
    out: dict[int, dt.date] = {}
    for days in found:
        for pk, day in days.items():
            out[pk] = max(day, out.get(pk, day))
    return out
