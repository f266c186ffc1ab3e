"""The machine under the figures: is it quiet, how fast is it now, and what did a process really burn."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

QUIET_CORES = 0.5  # more than this, and the figures would tell of somebody else


def busy_cores(seconds: float = 2.0) -> float:
    """Cores that all processes together use now, measured over a moment (the load average looks back too far)."""

    def used() -> float:
        fields = [int(x) for x in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")

    before = used()
    time.sleep(seconds)
    return (used() - before) / seconds


def reference_loop(times: int = 5) -> float:
    """Milliseconds of a fixed piece of Python: budgets are judged relative to it."""
    best = 1e9
    for _ in range(times):
        start = time.thread_time()
        total, words = 0, {}
        for i in range(100_000):
            total += i * i % 7
            if not i % 10:
                words[str(i)] = total
        best = min(best, time.thread_time() - start)
    return best * 1000


def cpu(pid: int) -> float:
    """Milliseconds of processor that all threads of a process have had."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:
            continue
    return total / 1e6


def cost(work: Callable[[], Any], backend: int, times: int = 3, enough: float = 40.0) -> tuple[float, float]:
    """(own, backend) CPU milliseconds of the best run; one run is enough of something slow."""
    best, own = 1e9, os.getpid()
    split = (0.0, 0.0)
    for _ in range(times):
        mine, theirs = cpu(own), cpu(backend)
        work()
        mine, theirs = cpu(own) - mine, cpu(backend) - theirs
        if mine + theirs < best:
            best, split = mine + theirs, (mine, theirs)
        if best > enough:
            break
    return split
