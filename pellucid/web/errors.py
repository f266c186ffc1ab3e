"""What goes wrong, as a page or a fragment with the right status: said in one sentence, with the way out."""
from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from pellucid.kernel.records.errors import Failure, Invalid

from . import answers

TEMPLATES = {403: "errors/403.html", 404: "errors/404.html", 500: "errors/500.html"}


def answer(request: Any, error: Exception) -> HttpResponse | None:
    """The answer to a refusal of the kernel; None for anything else."""
    if isinstance(error, Failure):
        message = "; ".join(m for ms in error.errors.values() for m in ms) if isinstance(error, Invalid) else error.message
        return told(request, error.status, message, right=getattr(error, "right", ""))
    if isinstance(error, Http404):
        return told(request, 404, "")
    if isinstance(error, RequestDataTooBig):
        return told(request, 413, _("This is more than can be sent at once."))
    return None


def told(request: Any, status: int, message: str, right: str = "") -> HttpResponse:
    """A page for a reader, a toast for a fragment. A stranger is asked to sign in instead."""
    if getattr(request, "identity", None) is None and status in (401, 403, 404):
        return to_login(request)
    if request.htmx:
        response = answers.nothing(status)
        response["HX-Reswap"] = "none"
        return answers.toast(response, message or title_of(status), tone="bad")
    context = {"title": title_of(status), "message": message, "right": right, "status": status}
    return answers.page(request, TEMPLATES.get(status, "errors/error.html"), context, status=status)


def title_of(status: int) -> str:
    """The head of an error page."""
    return {403: _("A right is missing"), 404: _("Not found"), 409: _("This is not possible now"), 422: _("Something is not right yet"),
            428: _("Please load the page again"), 413: _("Too much at once"), 500: _("Something went wrong here")}.get(
                status, _("This is not possible now"))


def to_login(request: Any) -> HttpResponse:
    """To the sign-in page, and back to where one wanted to go."""
    wanted = request.get_full_path() if request.method == "GET" and not request.htmx else ""
    href = "/login" + ("?next=" + quote(wanted, safe="/") if wanted and wanted != "/" else "")
    if request.htmx:
        return HttpResponse(status=401, headers={"HX-Redirect": href})
    return HttpResponseRedirect(href)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404."""
    return told(request, 404, "")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400: a request no page of ours makes."""
    return answers.nothing(400) if isinstance(exception, SuspiciousOperation) else told(request, 400, "")


def csrf_failure(request: Any, reason: str = "") -> HttpResponse:
    """A form without its token: most often a page left open for too long."""
    from .middleware import Htmx

    request.htmx = Htmx(request)
    request.identity = getattr(request, "identity", None)
    message = _("This page was open for too long. Load it again and repeat the last step; nothing was changed.")
    if request.htmx:
        response = answers.nothing(403)
        response["HX-Reswap"] = "none"
        return answers.toast(response, message, tone="bad")
    return answers.plain(request, "errors/plain.html", {"title": title_of(428), "message": message, "status": 403}, status=403)


def server_error(request: Any) -> HttpResponse:
    """Django's 500: says nothing of the inside, gives a number one can quote."""
    incident = getattr(request, "request_id", "")
    if getattr(request, "htmx", None):
        response = answers.nothing(500)
        response["HX-Reswap"] = "none"
        return answers.toast(response, _("Something went wrong here. Incident %(number)s") % {"number": incident}, tone="bad")
    return answers.plain(request, "errors/500.html", {"title": title_of(500), "incident": incident, "status": 500}, status=500)
