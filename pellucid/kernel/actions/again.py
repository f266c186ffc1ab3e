"""A transaction that lost a race (serialisation, deadlock, a lock not had in time) is done again from the start."""

from __future__ import annotations

import random
import time

from django.db import DatabaseError, connection

from pellucid.kernel.records import versions

LOST = {"40001", "40P01", "55P03"}
TRIES = 4


def again(error: DatabaseError, attempt: int) -> bool:
    """Whether the outermost transaction that ended so may be tried once more. Waits a moment, and forgets what was in memory before:
    the winner may have changed it."""
    if connection.in_atomic_block or getattr(error.__cause__, "sqlstate", None) not in LOST or attempt >= TRIES:
        return False
    time.sleep(0.02 * 2**attempt * random.uniform(0.5, 1.5))
    versions.forget()
    return True
