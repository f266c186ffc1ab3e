"""Says how far a long piece of work is: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time

from pellucid.config.texts import _, wide


class Progress:
    """`step(amount)` moves on; `total` is in the same unit (bytes, rows). Ends with a line."""

    def __init__(self, title: str, total: int):
        self.title, self.total, self.seen = wide(title, 28), max(total, 1), 0
        self.started = self.told = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self._draw()

    def step(self, amount: int = 1) -> None:
        """Some more is done."""
        self.seen = min(self.seen + amount, self.total)
        now = time.monotonic()
        if now - self.told >= (0.1 if self.terminal else 10):
            self.told = now
            self._draw()

    def end(self) -> None:
        """All of it is done."""
        seconds = time.monotonic() - self.started
        done = _("done in {seconds} s", seconds=f"{seconds:.1f}")
        print(f"{chr(13) if self.terminal else ''}{self.title}{done}{'':24}", file=sys.stderr, flush=True)

    def _draw(self) -> None:
        share = self.seen / self.total
        if self.terminal:
            bar = "#" * int(share * 30)
            print(f"\r{self.title}[{bar:<30}] {share:4.0%}", end="", file=sys.stderr, flush=True)
        elif self.seen:
            print(f"{self.title}{share:4.0%}", file=sys.stderr, flush=True)
