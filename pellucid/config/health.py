"""Liveness and readiness for supervisors and load balancers, answered before anything else looks at the request."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

FREE_MEGABYTES = 200
HEARTBEAT_SECONDS = 60
_migrated = threading.Event()


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "ok"
    except Exception:
        connection.close()
        return "not reachable"


def _migrations() -> str:
    if not _migrated.is_set():  # a process never sees its own code's migrations undone: asked until true, then remembered
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            return f"{missing} missing"
        _migrated.set()
    return "ok"


def _disk() -> str:
    free = shutil.disk_usage(settings.PELLUCID_HOME).free // 2**20
    return "ok" if free >= FREE_MEGABYTES else f"{free} MB free"


def _worker() -> str:
    """Asks `pellucid.kernel.jobs.heartbeat.age()`: seconds since a worker was last alive, None when none ever was."""
    age = import_module("pellucid.kernel.jobs.heartbeat").age()
    return "ok" if age is not None and age <= HEARTBEAT_SECONDS else "silent"


def readiness() -> dict[str, str]:
    """What this process needs to serve well, part by part; every value is "ok" when it has it."""
    parts = {"database": _database(), "disk": _disk()}
    if parts["database"] == "ok":
        parts["migrations"] = _migrations()
        if "pellucid.kernel.jobs" in settings.KERNEL and find_spec("pellucid.kernel.jobs.heartbeat"):
            parts["worker"] = _worker()
    return parts


class HealthMiddleware:
    """/livez: this process answers (no database). /readyz: it can do its work. Both work with any Host header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.started = time.time()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/livez":
            return self._answer({"status": "ok"}, 200)
        if request.path == "/readyz":
            parts = readiness()
            # A silent worker delays jobs but pages work: it is told, and does not take the web process out of service.
            good = all(state == "ok" for name, state in parts.items() if name != "worker")
            return self._answer({"status": "ok" if good else "not ready", "parts": parts}, 200 if good else 503)
        return self.get_response(request)

    @staticmethod
    def _answer(body: dict[str, Any], status: int) -> HttpResponse:
        return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
