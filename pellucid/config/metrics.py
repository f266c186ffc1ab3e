"""Prometheus metrics, served on a port of their own (PELLUCID_METRICS_PORT) for all processes together.

Nothing is counted and nothing imported while the port is not set.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # each process writes its own file there, one server adds them up
_requests: Any = None
if os.environ.get(FOLDER):
    from prometheus_client import Histogram

    _requests = Histogram(
        "pellucid_request_seconds",
        "Time from the first middleware to the answer",
        ("method", "route", "status"),
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    )


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; costs nothing while metrics are off."""
    if _requests is not None:
        _requests.labels(method, route, f"{status // 100}xx").observe(seconds)


def open_folder(folder: Path) -> None:
    """Start with an empty folder and tell the children of this process about it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    os.environ[FOLDER] = str(folder)


def serve(port: int, address: str) -> None:
    """Answer /metrics on this address in a thread, adding up what all processes counted."""
    from prometheus_client import CollectorRegistry, start_http_server
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    start_http_server(port, addr=address, registry=registry)
