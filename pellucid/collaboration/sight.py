"""What a reader sees in full of a record that an area draws in its own way."""

from __future__ import annotations

from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.resources.fields import masked, readable


def seen(key: str, actor: Actor) -> frozenset[str]:
    """The fields of a resource the reader may read, and not masked."""
    return frozenset(name for name in readable(key, actor) if not masked(key, name, actor))


def shown(record: Any, name: str, may: frozenset[str], instead: Any = "") -> Any:
    """The value of a field, for who sees it in full."""
    return getattr(record, name) if name in may else instead
