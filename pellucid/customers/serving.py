"""How soon a customer is answered, as areas above promise it."""

from __future__ import annotations

from collections.abc import Callable, Collection

Promise = Callable[[Collection[int]], dict[int, int]]
_promises: list[Promise] = []


def promised(by: Promise) -> None:
    """Let an area say which customers are answered within how many working minutes."""
    _promises.append(by)


def minutes(customers: Collection[int]) -> dict[int, int]:
    """Customer -> working minutes, the shortest promise; those nobody promised anything are missing."""
    out: dict[int, int] = {}
    for by in _promises if customers else ():
        for pk, length in by(customers).items():
            out[pk] = min(length, out.get(pk, length))
    return out
