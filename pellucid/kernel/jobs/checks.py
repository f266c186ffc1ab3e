"""What should always hold and is looked at every night: areas add their own with @check."""
from __future__ import annotations

from collections.abc import Callable, Iterable

Check = Callable[[], Iterable[str]]
checks: dict[str, Check] = {}


def check(name: str) -> Callable[[Check], Check]:
    """Have ``function() -> sentences about what is wrong`` called every night."""

    def keep(function: Check) -> Check:
        if name in checks:
            raise RuntimeError(f"check {name!r} is declared twice")
        checks[name] = function
        return function

    return keep
