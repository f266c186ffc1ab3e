"""Signs of life: which workers there are, and whether any works."""
from __future__ import annotations

import contextlib
import os
import socket
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models.functions import Now

from .models import Worker


@cache
def machine() -> str:
    """Names this machine (or container) and its boot; "" where processes cannot be told apart safely."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()}/{boot}/{os.readlink('/proc/self/ns/pid')}"[:200]
    except OSError:
        return ""


def born(pid: int) -> int:
    """When a process of this machine began, in clock ticks since boot; 0 when there is none."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def register() -> int:
    """Make this process known as a worker; returns its number."""
    return Worker.objects.create(machine=machine(), pid=os.getpid(), born=born(os.getpid()), started_at=Now(), seen_at=Now()).pk


def beat(worker_id: int) -> int:
    """Say that this worker lives; returns its number, a new one when it was struck off meanwhile."""
    return worker_id if Worker.objects.filter(pk=worker_id).update(seen_at=Now()) else register()


def leave(worker_id: int) -> None:
    """This worker has stopped in good order."""
    Worker.objects.filter(pk=worker_id).delete()


def strike_off_dead() -> None:
    """Forget workers of this machine whose process is gone, without waiting for their silence to be long enough."""
    if not machine():
        return
    for worker in Worker.objects.filter(machine=machine()):
        if born(worker.pid) != worker.born:
            with contextlib.suppress(Worker.DoesNotExist):
                worker.delete()


def age() -> float | None:
    """Seconds since a worker was last alive; None when none is known."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp() - max(seen_at))::float FROM jobs_worker")
        return cursor.fetchone()[0]
