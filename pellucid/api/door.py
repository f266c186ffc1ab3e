"""The frame of every call: who asks, may the token do this, how often; refusals become the one error shape."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import rights_of
from pellucid.kernel.access.sessions import HOLDER, as_dict, digest
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Failure, Missing
from pellucid.kernel.records.throttle import PER_MINUTE, spend
from pellucid.kernel.resources.declare import Resource, by_path

from .answers import BadBody, error, failed

log = logging.getLogger(__name__)
READING = ("GET", "HEAD", "OPTIONS")


def allowed(scopes: list[str], reading: bool, key: str) -> bool:
    """Whether a token's scopes ("read", "write", "customer:read", "customer:write") cover a call; write includes read."""
    wanted = {"read", "write"} if reading else {"write"}
    return bool(wanted & {s for s in scopes if ":" not in s}) or bool({f"{key}:{w}" for w in wanted} & set(scopes))


def door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Turn ``view(request, actor, resource?, ...)`` into a call of the API."""

    @csrf_exempt
    @wraps(view)
    def call(request: HttpRequest, path: str = "", **kwargs: Any) -> HttpResponse:
        scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
        row = None
        if scheme.lower() == "bearer" and secret:
            with connection.cursor() as cursor:
                cursor.execute(HOLDER, [digest(secret.strip())])
                row = cursor.fetchone()
        if row is None:
            response = error(401, "unauthenticated", _("Send a valid token: Authorization: Bearer plc_…"), request)
            response["WWW-Authenticate"] = "Bearer"
            return response
        left, wait = spend(row[13])
        if left < 0:
            response = error(
                429,
                "too_many_calls",
                _("More than %(n)s calls a minute; try again in %(s)s seconds.") % {"n": PER_MINUTE, "s": wait},
                request,
            )
            response["Retry-After"] = str(wait)
            return response
        language = row[4] or translation.get_language_from_request(request)
        with versions.using(as_dict(row[12])), translation.override(language):
            actor = Actor(row[1], row[3], rights_of(row[1]), door="api", language=language)
            request.zone = row[5]  # type: ignore[attr-defined]
            response = answered(view, request, actor, path, as_dict(row[14]) or row[14], kwargs)
            if not row[11]:
                with connection.cursor() as cursor:
                    cursor.execute("UPDATE access_token SET used_at = now() WHERE id = %s", [row[13]])
        response["X-RateLimit-Limit"], response["X-RateLimit-Remaining"] = str(PER_MINUTE), str(left)
        return response

    return call


def answered(
    view: Callable[..., HttpResponse], request: HttpRequest, actor: Actor, path: str, scopes: Any, kwargs: dict[str, Any]
) -> HttpResponse:
    """Call the view; every refusal is an answer."""
    try:
        resource: type[Resource] | None = None
        if path:
            resource = by_path(path)
            if resource is None:
                raise Missing(_("There is no resource “%(path)s”.") % {"path": path})
        if not allowed(list(scopes or ()), request.method in READING, resource.key() if resource else ""):
            return error(
                403,
                "token_scope",
                _("This token may not do that."),
                request,
                right="read" if request.method in READING else "write",
            )
        return view(request, actor, resource, **kwargs) if path else view(request, actor, **kwargs)
    except Failure as failure:
        return failed(failure, request, strict="HTTP_IF_MATCH" in request.META)
    except BadBody as bad:
        return error(400, "bad_body", str(bad), request)


def methods(**views: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """One path, a view per method; others are 405 with what is allowed."""
    calls = {name.upper(): door(view) for name, view in views.items()}

    @csrf_exempt
    def dispatch(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        name = "GET" if request.method == "HEAD" else request.method or ""
        if name not in calls:
            response = error(
                405, "method_not_allowed", _("This address answers to %(methods)s.") % {"methods": ", ".join(calls)}, request
            )
            response["Allow"] = ", ".join(calls)
            return response
        return calls[name](request, **kwargs)

    return dispatch
