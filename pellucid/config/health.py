"""Liveness and readiness for supervisors and load balancers, answered before anything else looks at the request."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from pellucid.config.parts import installed

FREE_MEGABYTES = 200
HEARTBEAT = "pellucid.kernel.jobs.heartbeat"
HEARTBEAT_SECONDS = 60
log = logging.getLogger(__name__)
_migrated = threading.Event()


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


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
    age = import_module(HEARTBEAT).age()
    return "ok" if age is not None and age <= HEARTBEAT_SECONDS else "silent"


def readiness() -> dict[str, str]:
    """What this process needs to serve well, part by part; every value is "ok" when it has it."""
    parts: dict[str, Callable[[], str]] = {"disk": _disk, "database": _database, "migrations": _migrations}
    if "pellucid.kernel.jobs" in settings.KERNEL and installed(HEARTBEAT):
        parts["worker"] = _worker
    return {name: _asked(part) for name, part in parts.items()}


def _asked(part: Callable[[], str]) -> str:
    try:
        return part()
    except Exception as error:  # a probe answers whatever is broken, and never repeats what an error says to strangers
        connection.close()
        log.warning("readiness: %s", error)
        return "failed"


class HealthMiddleware:
    """/livez: this process answers (no database). /readyz: it can do its work. Both work with any Host header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

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
