"""Who asks: one query turns the cookie into an identity, its rights and how fresh every memory must be; then the headers of every answer."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from pellucid.kernel.access import sessions
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.owed import owed
from pellucid.kernel.access.rights import rights_of
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import registry

from . import answers, errors

DEBTS: dict[str, Callable[[], str]] = {
    "second-step": lambda: _("Your company asks for a second step: please set it up before you go on."),
    "password": lambda: _("Your password is older than 90 days: please choose a new one before you go on."),
}
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)
OTHER_DOORS = ("/api/",)


def public[V: Callable[..., Any]](view: V) -> V:
    """Mark a view that strangers may open."""
    view.public = True  # type: ignore[attr-defined]
    return view


def unhindered[V: Callable[..., Any]](view: V) -> V:
    """Mark a view that stays open to who still owes a second step or a new password."""
    view.unhindered = True  # type: ignore[attr-defined]
    return view


def cookie_name(secure: bool) -> str:
    """The session cookie; the browser itself holds `__Host-` to https, this host and the root path."""
    return "__Host-pellucid" if secure else "pellucid"


def url_of(key: str, pk: int) -> str:
    """Where a record is shown."""
    resource = registry.get(key)
    return f"/{resource.path}/{pk}" if resource else ""


def show_of(identity: sessions.Identity, language: str) -> Show:
    """How this reader sees values."""
    zone = days.zone()
    if identity.time_zone:
        try:
            zone = ZoneInfo(identity.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            pass
    now = timezone.now()
    return Show(language=language, zone=zone, now=now, today=now.astimezone(days.zone()).date(), user_id=identity.user_id, url=url_of)


class Htmx:
    """What htmx says about a request: whether it asks for a fragment, and which element waits for it."""

    __slots__ = ("boosted", "on", "target")

    def __init__(self, request: HttpRequest) -> None:
        whole = request.headers.get("HX-History-Restore-Request") == "true" or request.headers.get("HX-Request-Type") == "full"
        self.on = request.headers.get("HX-Request") == "true" and not whole
        self.boosted = request.headers.get("HX-Boosted") == "true"
        self.target = request.headers.get("HX-Target", "")

    def __bool__(self) -> bool:
        return self.on and not self.boosted


class Identity:
    """Sets request.identity, request.actor, request.show and request.htmx, and speaks the reader's language while the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        request.htmx = Htmx(request)
        request.identity = request.actor = request.show = None
        if request.path.startswith(OTHER_DOORS):
            return self.get_response(request)
        token = request.COOKIES.get(cookie_name(request.is_secure()), "")
        identity = sessions.identify(token) if 20 <= len(token) <= 100 else None
        if identity is None:
            return guarded(self.get_response(request))
        request.identity = request.user = identity
        with versions.using(identity.versions):
            language = identity.language if identity.language in LANGUAGES else request.LANGUAGE_CODE
            with translation.override(language):
                request.LANGUAGE_CODE = language
                request.actor = actor_of(identity, language)
                request.show = show_of(identity, language)
                return guarded(self.get_response(request))

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Every page is closed to strangers, unless it says that it is not."""
        if request.identity is None and not request.path.startswith(OTHER_DOORS) and not getattr(view, "public", False):
            return errors.to_login(request)
        free = getattr(view, "public", False) or getattr(view, "unhindered", False)
        debt = "" if free or request.identity is None else owed(request.identity, request.actor)
        return answers.go(request, f"/profile/{debt}", text=DEBTS[debt](), tone="warn") if debt else None

    def process_exception(self, request: Any, error: Exception) -> HttpResponse | None:
        """A refusal of the kernel becomes its page or fragment."""
        return errors.answer(request, error)


def actor_of(identity: sessions.Identity, language: str) -> Actor:
    """The person who acts. Who looks as somebody else has that person's eyes, and no hands."""
    if identity.viewing_as is not None:
        return Actor(identity.viewing_as, identity.name, rights_of(identity.viewing_as), door="web", read_only=True, language=language)
    return replace(Actor(identity.user_id, identity.name, rights_of(identity.user_id), door="web"), language=language)


def guarded(response: HttpResponse) -> HttpResponse:
    """No cache keeps a page of ours, and a fragment is never taken for a page."""
    if "Cache-Control" not in response:
        response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ("Cookie", "HX-Request"))
    if not getattr(response, "framed", False):  # which sites may frame it, its policy says: this header knows all or none
        response.setdefault("X-Frame-Options", "DENY")
    response.setdefault("Permissions-Policy", "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)")
    return response
