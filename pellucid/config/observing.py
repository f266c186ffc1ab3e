"""Gives every request an id, one access line and its place in the metrics."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pellucid.config import logs, metrics

access = logging.getLogger("pellucid.access")
_acceptable = re.compile(r"[A-Za-z0-9_-]{8,64}")


class ObservingMiddleware:
    """`request.request_id` and the header X-Request-ID; logs method, path without query, status, time, user id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.trusted = bool(settings.PELLUCID_TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "") if self.trusted else ""
        current = given if _acceptable.fullmatch(given) else secrets.token_hex(8)
        request.request_id = current  # type: ignore[attr-defined]
        token = logs.request_id.set(current)
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            response["X-Request-ID"] = current
            route = request.resolver_match.route if request.resolver_match else "unmatched"
            metrics.observe(request.method or "", route, response.status_code, seconds)
            if not request.path.startswith(settings.STATIC_URL):
                self._log(request, response, seconds)
            return response
        finally:
            logs.request_id.reset(token)

    def _log(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        level = logging.WARNING if response.status_code >= 500 or response.status_code == 403 else logging.INFO
        if not access.isEnabledFor(level):
            return
        who = getattr(getattr(request, "user", None), "pk", None)
        facts = {"method": request.method, "path": request.path, "status": response.status_code, "user": who}
        facts |= {"ms": round(seconds * 1000, 1), "ip": request.META.get("REMOTE_ADDR", "")}
        access.log(level, "%s %s %s", request.method, logs.one_line(request.path), response.status_code, extra=facts)
