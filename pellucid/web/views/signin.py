"""The door: signing in and out."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from pellucid.kernel.access import oidc, sessions, signin

from .. import answers
from ..middleware import cookie_name, public
from ..shell import company_name

demo: list[Callable[[], list[dict[str, str]]]] = []     # logins of a demo installation, shown under the form


def address_of(request: Any) -> str:
    """Where a browser speaks from."""
    return str(request.META.get("REMOTE_ADDR", ""))


@public
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: Any) -> HttpResponse:
    """Name and password; the code of an authenticator where one is set up."""
    wanted = answers.inside(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method != "POST":
        return HttpResponseRedirect(wanted) if request.identity else asked(request, wanted)
    username = request.POST.get("username", "")[:80]
    if request.POST.get("second"):
        found = signin.second_step(request.POST["second"], request.POST.get("code", "")[:40])
    else:
        if missing := {name: _("Please fill in.") for name in ("username", "password") if not request.POST.get(name)}:
            return asked(request, wanted, username, errors=missing, status=422)
        found = signin.attempt(username, request.POST["password"][:1000])
    if found.user is not None:
        return welcomed(request, found.user, wanted)
    if found.locked_until is not None:
        minutes = max(1, round((found.locked_until - timezone.now()).total_seconds() / 60))
        text = ngettext("Too many failures. Try again in %(n)s minute.", "Too many failures. Try again in %(n)s minutes.", minutes)
        text %= {"n": minutes}
        return asked(request, wanted, username, errors={"": text}, locked=minutes, status=429)
    if found.second:
        wrong = {"code": _("This code is wrong or was used already.")} if request.POST.get("second") else {}
        return asked(request, wanted, username, second=found.second, errors=wrong, status=422 if wrong else 200)
    if request.POST.get("second"):
        return asked(request, wanted, username, errors={"": _("That took too long; please sign in again.")}, status=422)
    return asked(request, wanted, username, errors={"password": _("Name or password is wrong.")}, status=422)


def asked(request: Any, wanted: str, username: str = "", *, errors: dict[str, str] | None = None, second: str = "", locked: int = 0,
          status: int = 200) -> HttpResponse:
    """The sign-in page."""
    languages = [{"label": name, "code": code, "current": code == request.LANGUAGE_CODE} for code, name in settings.LANGUAGES]
    context = {"title": _("Sign in"), "next": wanted, "username": username, "errors": errors or {}, "second": second, "locked": locked,
               "company": company_name(), "forgot": "/forgot", "languages": languages, "demo": [d for make in demo for d in make()],
               "ways": [{"label": _("Sign in with the company account"), "icon": "building", "href": f"/login/company?next={quote(wanted)}"}]
               if oidc.provider() else []}
    return answers.plain(request, "login.html", context, status=status)


def welcomed(request: Any, user: Any, wanted: str, by: str = "password") -> HttpResponse:
    """Open a session of one's own; what a browser held before ends."""
    if request.identity:
        signin.end_session(request.identity.session_id)
    token = sessions.open_session(user, address=address_of(request), agent=request.headers.get("User-Agent", ""), by=by)
    response = HttpResponseRedirect(wanted)
    secure = request.is_secure()
    age = int(sessions.absolute_time().total_seconds())
    response.set_cookie(cookie_name(secure), token, max_age=age, secure=secure, httponly=True, samesite="Lax")
    return response


@public
@require_POST
def logout(request: Any) -> HttpResponse:
    """Sign this browser out."""
    if request.identity:
        signin.end_session(request.identity.session_id)
    response = HttpResponseRedirect("/login")
    response.delete_cookie(cookie_name(request.is_secure()), samesite="Lax")
    return response
