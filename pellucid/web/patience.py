"""Pages that stand soon: a piece that would keep its reader waiting is asked for by the page itself, once it stands."""
from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

KNOWN = 10_000  # pieces remembered by one process
_took: dict[tuple[int, str, str], float] = {}  # seconds by reader, page and piece, the last time; a guess, and nothing is lost with it


class Patience:
    """How long one reader waits for one page, of whose pieces each took some time before."""

    def __init__(self, reader: int, page: str) -> None:
        self.reader, self.page, self.began = reader, page, time.monotonic()

    def allows(self, piece: str) -> bool:
        """Whether the piece would be there in time, if it took as long as last time; what was never drawn is tried."""
        return time.monotonic() - self.began + _took.get((self.reader, self.page, piece), 0.0) <= settings.PELLUCID_PATIENCE

    @contextmanager
    def drawing(self, piece: str) -> Iterator[None]:
        """Remembers how long the piece takes."""
        began = time.monotonic()
        yield
        if len(_took) >= KNOWN:
            _took.clear()
        _took[self.reader, self.page, piece] = time.monotonic() - began
