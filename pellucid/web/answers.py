"""Answers of the web door: pages, fragments, toasts, redirects that htmx follows too."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.utils.translation import get_language
from markupsafe import Markup

from .jinja import render

FLASH = "flash"
LIST = re.compile(r"/[a-z0-9-]+/")
THEMES = ("light", "dark")
DENSITIES = ("compact", "normal", "roomy")


class Page(HttpResponse):
    """HTML with the context it was drawn from, for tests to look at."""

    def __init__(self, text: str, context: Mapping[str, Any], status: int = 200) -> None:
        super().__init__(text, status=status)
        self.context_data = context


def base_context(request: Any) -> dict[str, Any]:
    """What every template may use."""
    return {"request": request, "csrf_token": get_token(request), "path": request.path, "show": getattr(request, "show", None)}


def frame_context(request: Any) -> dict[str, Any]:
    """What the bare document needs besides."""
    cookies, identity = request.COOKIES, getattr(request, "identity", None)
    theme = cookies.get("theme", identity.theme if identity else "")
    return {"theme": theme if theme in THEMES else "", "folded": cookies.get("menu") == "folded", "keys": identity.single_keys if identity else True,
            "density": cookies.get("density") if cookies.get("density") in DENSITIES else "", "toasts": flashed(request)}


def page(request: Any, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A whole page in the shell."""
    from .shell import shell_of

    return _whole(request, template, {"shell": shell_of(request)} | dict(context), status)


def plain(request: Any, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A whole page without the shell: signing in, printing, errors."""
    return _whole(request, template, context, status)


def _whole(request: Any, template: str, context: Mapping[str, Any], status: int) -> HttpResponse:
    frame = {k: v for k, v in frame_context(request).items() if v not in ("", None) or k not in context}
    whole = base_context(request) | frame | {k: v for k, v in context.items() if v not in ("", None) or k not in frame}
    response = Page(render(template, whole, get_language()), whole, status)
    if whole["toasts"]:
        response.delete_cookie(FLASH)
    return response


def fragment(request: Any, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A part of a page."""
    whole = base_context(request) | dict(context)
    return Page(render(template, whole, get_language()), whole, status)


def drawn(template: str, context: Mapping[str, Any]) -> Markup:
    """A part of a page to be put into another: what a template wrote is escaped already."""
    return Markup(render(template, context, get_language()))  # noqa: S704


def toast(response: HttpResponse, text: str, *, tone: str = "", undo: str = "", href: str = "") -> HttpResponse:
    """Let the page that stands say something in a corner; `undo` is the address that takes it back, `href` that of what it speaks of."""
    return happens(response, toast={"text": str(text), "tone": tone, "undo": undo, "href": href})


def happens(response: HttpResponse, **events: Any) -> HttpResponse:
    """Fire events in the page when the answer arrives."""
    response["HX-Trigger"] = json.dumps(json.loads(response.headers.get("HX-Trigger", "{}")) | events)
    return response


def go(request: Any, href: str, *, text: str = "", tone: str = "", undo: str = "") -> HttpResponse:
    """Send the reader to another of our pages, which says the text when it stands."""
    response = HttpResponse(status=204, headers={"HX-Redirect": href}) if request.htmx else HttpResponseRedirect(href)
    return later(response, text, tone=tone, undo=undo)


def again(request: Any, default: str, *, text: str = "", tone: str = "", undo: str = "", href: str = "") -> HttpResponse:
    """Close the layer and load what stands behind it once more; without htmx, go to the default."""
    if not request.htmx:
        return go(request, default, text=text, tone=tone, undo=undo)
    response = nothing()
    happening: dict[str, Any] = {"closeLayer": {}, "clearPicked": {}}
    if request.headers.get("HX-Source"):           # posts of our own scripts reload by themselves
        happening["reload"] = {}
    if LIST.fullmatch(urlsplit(request.headers.get("Referer", "")).path):
        toast(response, text, tone=tone, undo=undo, href=href)
    else:
        later(response, text, tone=tone, undo=undo, href=href)
    return happens(response, **happening)


def later(response: HttpResponse, text: str, *, tone: str = "", undo: str = "", href: str = "") -> HttpResponse:
    """Let the next page say something."""
    if text:
        kept = signing.dumps({"text": str(text)[:300], "tone": tone, "undo": undo, "href": href}, salt=FLASH, compress=True)
        response.set_cookie(FLASH, kept, max_age=60, httponly=True, samesite="Lax")
    return response


def flashed(request: HttpRequest) -> list[dict[str, str]]:
    """What the last answer left to say."""
    try:
        return [signing.loads(request.COOKIES[FLASH], salt=FLASH, max_age=60)] if FLASH in request.COOKIES else []
    except signing.BadSignature:
        return []


def nothing(status: int = 204) -> HttpResponse:
    """An answer without a body, which changes nothing of the page."""
    return HttpResponse(status=status, headers={"HX-Reswap": "none"})


def inside(href: str, default: str = "/") -> str:
    """The address if it is one of our own pages, else the default."""
    fine = href.startswith("/") and not href.startswith(("//", "/\\")) and not any(c in href for c in "\r\n\t\\")
    return href if fine and len(href) < 2000 else default
