"""Doors of other parts that a page offers only when they are there."""
from __future__ import annotations

from functools import lru_cache

from django.urls import Resolver404, resolve


@lru_cache(maxsize=512)
def exists(href: str) -> bool:
    """Whether some page answers at this address."""
    try:
        resolve(href.partition("?")[0])
    except Resolver404:
        return False
    return True
