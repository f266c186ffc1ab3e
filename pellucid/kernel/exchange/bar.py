"""A progress bar for a terminal; silent where nobody looks."""

from __future__ import annotations

import sys
import time
from typing import Self

WIDTH = 30
PAUSE = 0.1


class Bar:
    """Draws itself anew at most ten times a second."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._drawn = 0.0
        self._shown = sys.stderr.isatty()

    def draw(self, done: int, total: int) -> None:
        """So many of so many are done."""
        now = time.monotonic()
        if not self._shown or (now - self._drawn < PAUSE and done < total):
            return
        self._drawn = now
        share = min(1.0, done / total) if total else 1.0
        bar = "█" * round(WIDTH * share) + "░" * (WIDTH - round(WIDTH * share))
        sys.stderr.write(f"\r  {bar} {share:4.0%}  {done:,} / {total:,}  {done / max(0.001, now - self._began):,.0f}/s ")
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._shown and self._drawn:
            sys.stderr.write("\n")
