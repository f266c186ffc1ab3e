"""Other ways in: a passkey of one's device, the company's own sign-in."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pellucid.kernel.access import oidc, passkeys
from pellucid.kernel.records.errors import Failure, Invalid, Refused
from pellucid.kernel.records.throttle import spend
from pellucid.kernel.resources.admin import own

from .. import answers
from ..middleware import public, unhindered
from ..shell import company_name
from .signin import address_of, asked, welcomed

COOKIE = "pellucid-company"
TRIES = 20                               # a minute, from one address
MOST = 20_000


def origin_of(request: Any) -> str:
    """Where the browser is: the scheme, the host and the port of the page."""
    return f"{request.scheme}://{request.get_host()}"


def _spent(request: Any) -> bool:
    return spend(("ways in", address_of(request)), TRIES)[0] < 0


def _said(text: str, status: int = 422) -> JsonResponse:
    return JsonResponse({"error": text}, status=status)


@public
@require_POST
def passkey_options(request: Any) -> HttpResponse:
    """What the browser needs to offer its keys."""
    if _spent(request):
        return _said(_("Too many failures. Please wait a minute."), 429)
    try:
        return JsonResponse(passkeys.options_to_sign_in(origin_of(request)))
    except Invalid as error:
        return _said(error.message)


@public
@require_POST
def passkey_sign_in(request: Any) -> HttpResponse:
    """The signed challenge; answers with the address to go to."""
    if _spent(request):
        return _said(_("Too many failures. Please wait a minute."), 429)
    user = passkeys.sign_in(origin_of(request), request.POST.get("answer", "")[:MOST])
    if user is None:
        return _said(_("This passkey is not known here, or the try took too long."))
    wanted = answers.inside(request.POST.get("next") or "/")
    response = welcomed(request, user, wanted, by="passkey")
    made = JsonResponse({"next": wanted})
    made.cookies = response.cookies
    return made


@unhindered
@require_POST
def passkey_new(request: Any) -> HttpResponse:
    """What the browser needs to make a key."""
    try:
        return JsonResponse(passkeys.options_to_add(own.of(request.actor), origin_of(request), company_name()))
    except Invalid as error:
        return _said(error.message)


@unhindered
@require_POST
def passkey_add(request: Any) -> HttpResponse:
    """Keep the key the browser has made."""
    try:
        own.add_passkey(request.actor, origin_of(request), request.POST.get("answer", "")[:MOST], request.POST.get("name", "")[:80])
    except Failure as error:
        return _said(error.message, error.status)
    return JsonResponse({"next": "/profile"})


@require_POST
def passkey_remove(request: Any, pk: int) -> HttpResponse:
    """Take a key away."""
    own.remove_passkey(request.actor, pk)
    return answers.go(request, "/profile", text=_("The passkey was removed."))


@public
@require_safe
def company(request: Any) -> HttpResponse:
    """To the company's provider, with what only this browser knows in a cookie."""
    found = oidc.provider()
    wanted = answers.inside(request.GET.get("next") or "/")
    if found is None:
        return HttpResponseRedirect("/login")
    try:
        address, kept = oidc.begin(found, f"{origin_of(request)}/login/company/back", wanted)
    except Refused as refusal:
        return asked(request, wanted, errors={"": refusal.message}, status=502)
    response = HttpResponseRedirect(address)
    response.set_cookie(COOKIE, kept, max_age=oidc.SECONDS, secure=request.is_secure(), httponly=True, samesite="Lax", path="/login")
    return response


@public
@require_safe
def company_back(request: Any) -> HttpResponse:
    """From the provider: signed in, or the reason why not."""
    found = oidc.provider()
    if found is None or _spent(request):
        return HttpResponseRedirect("/login")
    try:
        user, wanted = oidc.finish(found, f"{origin_of(request)}/login/company/back", {k: v[:4000] for k, v in request.GET.items()},
                                   request.COOKIES.get(COOKIE, ""))  # fmt: skip
    except Refused as refusal:
        response = asked(request, "/", errors={"": refusal.message}, status=403)
    else:
        response = welcomed(request, user, answers.inside(wanted), by="company")
    response.delete_cookie(COOKIE, path="/login", samesite="Lax")
    return response
