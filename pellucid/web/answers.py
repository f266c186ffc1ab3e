"""Answers of the web door: pages, fragments, toasts, redirects that htmx follows too."""
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from .jinja import render


class Page(HttpResponse):
    """HTML with the context it was drawn from, for tests to look at."""

    def __init__(self, text: str, context: Mapping[str, Any], status: int = 200) -> None:
        super().__init__(text, status=status)
        self.context_data = context


def base_context(request: HttpRequest) -> dict[str, Any]:
    """What every template may use."""
    return {"request": request, "csrf_token": get_token(request), "lang": get_language() or "zh-hans", "path": request.path}


def page(request: Any, template: str, context: Mapping[str, Any], *, status: int = 200) -> Page:
    """A whole page in the shell."""
    from .shell import shell_of

    whole = base_context(request) | {"shell": shell_of(request)} | dict(context)
    return Page(render(template, whole), whole, status)


def fragment(request: Any, template: str, context: Mapping[str, Any], *, status: int = 200) -> Page:
    """A part of a page."""
    whole = base_context(request) | dict(context)
    return Page(render(template, whole), whole, status)


def toast(response: HttpResponse, text: str, *, tone: str = "", undo: str = "", href: str = "", link: str = "") -> HttpResponse:
    """Let the page say something in a corner; `undo` is the address that takes it back."""
    happening = json.loads(response.headers.get("HX-Trigger", "{}"))
    happening["toast"] = {"text": str(text), "tone": tone, "undo": undo, "href": href, "link": str(link)}
    return happens(response, **happening)


def happens(response: HttpResponse, **events: Any) -> HttpResponse:
    """Fire events in the page when the answer arrives."""
    response["HX-Trigger"] = json.dumps(json.loads(response.headers.get("HX-Trigger", "{}")) | events)
    return response


def go(request: Any, href: str) -> HttpResponse:
    """Send the reader to another of our pages."""
    if request.htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": href})
    return HttpResponseRedirect(href)


def nothing(status: int = 204) -> HttpResponse:
    """An answer without a body."""
    return HttpResponse(status=status)


def inside(href: str, default: str = "/") -> str:
    """The address if it is one of our own pages, else the default."""
    fine = href.startswith("/") and not href.startswith(("//", "/\\")) and not any(c in href for c in "\r\n\t\\")
    return href if fine and len(href) < 2000 else default
