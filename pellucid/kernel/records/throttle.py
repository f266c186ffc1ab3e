"""How often somebody may do something in a minute. Counted per process: the limit guards the service, it is no price."""

from __future__ import annotations

import threading
import time

PER_MINUTE = 600
_lock = threading.Lock()
_windows: dict[object, tuple[int, int]] = {}


def spend(key: object, limit: int = PER_MINUTE) -> tuple[int, int]:
    """(calls left in this minute, seconds until the next); -1 left means refused."""
    now = time.time()
    minute = int(now // 60)
    with _lock:
        if len(_windows) > 10_000:
            _windows.clear()
        at, used = _windows.get(key, (minute, 0))
        used = used + 1 if at == minute else 1
        _windows[key] = (minute, used)
    return limit - used if used <= limit else -1, 60 - int(now % 60)
