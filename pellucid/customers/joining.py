"""What areas above put in order when two customers become one, so that nothing stands twice."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from .models import Customer


@dataclass(frozen=True, slots=True)
class Joining:
    """`aside` changes what cannot stand beside each other, before anything moves, and answers the log that undoes it; `settled` brings up to
    date what follows, once the customers are one, and again once they are two."""

    aside: Callable[[Customer, Customer], list[dict[str, Any]]]
    settled: Callable[[Collection[int]], None]


joinings: list[Joining] = []


def joins(one: Joining) -> None:
    """Let an area take part."""
    joinings.append(one)
