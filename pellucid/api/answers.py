"""Answers of the API: bytes by msgspec, one shape for every error."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Failure, Forbidden, Invalid, Stale, Unsure

JSON = "application/json; charset=utf-8"
encoder = msgspec.json.Encoder(decimal_format="string")
MAX_BODY = 2 * 2**20


def plain(value: Any) -> Any:
    """A value msgspec does not know, as JSON has it."""
    return str(value)


def answer(value: Any, status: int = 200, **headers: str) -> HttpResponse:
    """JSON with a status; header names are written with underscores."""
    response = HttpResponse(encoder.encode(value) if not isinstance(value, bytes) else value, content_type=JSON, status=status)
    for name, text in headers.items():
        response[name.replace("_", "-")] = text
    response["Cache-Control"] = "private, no-store"
    return response


def error(status: int, code: str, message: str, request: HttpRequest | None = None, **more: Any) -> HttpResponse:
    """The one error shape: {"error": {code, message, fields?, right?, conflicts?, request_id?}}."""
    body = facts(code, message, more)
    request_id = getattr(request, "request_id", "")
    if request_id:
        body["request_id"] = request_id
    return answer({"error": body}, status)


def facts(code: str, message: str, more: dict[str, Any]) -> dict[str, Any]:
    """What an error says of itself."""
    return {"code": code, "message": message} | {k: v for k, v in more.items() if v}


def refusal(failure: Failure) -> dict[str, Any]:
    """A kernel refusal of one record of a set: its status beside what the error of a single call says, the sentences in the message, too."""
    more: dict[str, Any] = {"fields": fields_of(failure)} if isinstance(failure, Invalid) else {}
    if isinstance(failure, Forbidden):
        more["right"] = failure.right
    return {"status": failure.status} | facts(failure.code, str(failure.message or failure), more)


def fields_of(failure: Invalid) -> dict[str, list[str]]:
    """Field -> sentences; what concerns the whole is "_"."""
    return {k or "_": [str(m) for m in v] for k, v in failure.errors.items()}


def failed(failure: Failure, request: HttpRequest, *, strict: bool = False) -> HttpResponse:
    """A kernel refusal as an answer; a stale If-Match is 412."""
    message = str(failure.message or failure)
    if isinstance(failure, Invalid):
        asked = isinstance(failure, Unsure)
        return error(
            failure.status,
            failure.code,
            _("Is this meant? Send it again with ?sure=1 to do it anyway.") if asked else _("Some values are not right."),
            request,
            fields=fields_of(failure),
        )
    if isinstance(failure, Forbidden):
        return error(403, failure.code, message, request, right=failure.right)
    if isinstance(failure, Stale):
        conflicts = {k: {side: jsonable(v) for side, v in both.items()} for k, both in failure.conflicts.items()}
        return error(
            412 if strict else 409,
            failure.code,
            _("Somebody else changed this record meanwhile."),
            request,
            conflicts=conflicts,
            who=failure.who,
            when=jsonable(failure.when),
            version=failure.version,
        )
    if failure.code == "version_needed":
        message = _("Say which version you change: If-Match with the ETag, or “version” in the body.")
    return error(failure.status, failure.code, message, request)


def jsonable(value: Any) -> Any:
    """A Python value as JSON has it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, (dt.date, Decimal)):
        return str(value)
    return value


class BadBody(ValueError):
    """The body is no JSON object, or too large."""


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of the body; {} when there is none. Raises BadBody."""
    if not request.body:
        return {}
    if len(request.body) > MAX_BODY:
        raise BadBody(_("The body is larger than 2 MB."))
    if not (request.content_type or "").startswith("application/json"):
        raise BadBody(_("The body must be application/json."))
    try:
        found = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise BadBody(_("The body is not JSON: %(why)s") % {"why": bad}) from bad
    if not isinstance(found, dict):
        raise BadBody(_("The body must be a JSON object."))
    return found
