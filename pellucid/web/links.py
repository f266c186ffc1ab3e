"""Doors of other parts that a page offers only when they are there."""
from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec

from django.urls import Resolver404, resolve


@lru_cache(maxsize=512)
def exists(href: str) -> bool:
    """Whether some page answers at this address."""
    try:
        resolve(href.partition("?")[0])
    except Resolver404:
        return False
    return True


@lru_cache(maxsize=64)
def part(module: str) -> bool:
    """Whether a part of the program is installed."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
