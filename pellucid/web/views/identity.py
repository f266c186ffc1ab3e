"""Links that work once: taking an invitation, choosing a new password, setting the installation up."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pellucid.kernel.records.company import CURRENCIES, ZONES
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.resources.admin import identity

from .. import answers, forms
from ..middleware import public
from ..shell import company_name
from .profile import password_fields
from .signin import address_of, welcomed

BOTH = ["GET", "HEAD", "POST"]


def draw(
    request: Any, title: str, text: str, fields: list[dict[str, Any]], submit: str, wrong: dict[str, list[str]], status: int = 0
) -> HttpResponse:
    """A card with a form, as on the sign-in page."""
    named = {f["name"] for f in fields}
    failure = " ".join(" ".join(m) for n, m in wrong.items() if n not in named)
    context = {
        "title": title,
        "text": text,
        "fields": fields,
        "submit": submit,
        "failure": failure,
        "company": company_name(),
        "action": request.path,
    }
    response = answers.plain(request, "identity.html", context, status=status or (422 if wrong else 200))
    response["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def over(request: Any) -> HttpResponse:
    """A link that was used or has ended."""
    return draw(
        request,
        _("This link has ended"),
        _("It was used already, or it is too old. Ask your administrator for a new one."),
        [],
        "",
        {},
        410,
    )


def chosen(request: Any, purpose: str, secret: str, title: str, text: str) -> HttpResponse:
    """Choose a password by a link, and be signed in."""
    user = identity.peek(purpose, secret)
    if user is None:
        return over(request)
    wrong: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            found = identity.choose_password(
                purpose, secret, request.POST.get("password", "")[:1000], request.POST.get("again", "")[:1000]
            )
            return over(request) if found is None else welcomed(request, found, "/")
        except Invalid as error:
            wrong = forms.errors_of(error)
    login = {"name": "login", "label": _("Login"), "value": user.username, "readonly": True, "autocomplete": "username"}
    return draw(request, title, text % {"name": user.name}, [login, *password_fields(wrong)], _("Save and sign in"), wrong)


@public
@sensitive_post_parameters("password", "again")
@require_http_methods(BOTH)
def invited(request: Any, secret: str) -> HttpResponse:
    """A new colleague chooses his password."""
    return chosen(request, "invite", secret, _("Welcome"), _("%(name)s, choose a password, and you can begin."))


@public
@sensitive_post_parameters("password", "again")
@require_http_methods(BOTH)
def reset(request: Any, secret: str) -> HttpResponse:
    """Somebody who forgot his password chooses another one."""
    return chosen(request, "reset", secret, _("A new password"), _("%(name)s, choose a new password; every other sign-in ends."))


@public
@require_http_methods(BOTH)
def forgot(request: Any) -> HttpResponse:
    """Ask for a link by e-mail; the answer never tells who exists."""
    if request.method == "POST":
        identity.ask_for_reset(request.POST.get("login", "")[:120], request.build_absolute_uri("/")[:-1], address_of(request))
        text = _(
            "If this login has an e-mail address, a link is on its way to it. Without one, your administrator can make a link for you."
        )
        return draw(request, _("Look into your mail"), text, [], "", {})
    field = {"name": "login", "label": _("Login or e-mail"), "required": True, "autocomplete": "username", "maxlength": 120}
    return draw(request, _("Forgotten password"), _("We send you a link to choose a new one."), [field], _("Send the link"), {})


@public
@sensitive_post_parameters("password", "again")
@require_http_methods(BOTH)
def setup(request: Any, secret: str) -> HttpResponse:
    """The first page of an empty installation: the company, and who administers it."""
    if not identity.setup_open(secret):
        return over(request)
    wrong, post = {}, request.POST
    if request.method == "POST":
        given = {
            n: post.get(n, "")[:1000] for n in ("company", "zone", "currency", "name", "login", "email", "password", "again")
        }
        try:
            return welcomed(request, identity.set_up(secret, branches=bool(post.get("branches")), **given), "/settings")
        except Invalid as error:
            wrong = forms.errors_of(error)
        except Missing:
            return over(request)

    def text(name: str, label: str, **facts: Any) -> dict[str, Any]:
        return {
            "name": name,
            "label": label,
            "value": post.get(name, ""),
            "required": True,
            "maxlength": 120,
            "error": " ".join(wrong.get(name, ())),
            **facts,
        }

    def choose(name: str, label: str, values: tuple[str, ...]) -> dict[str, Any]:
        now = post.get(name) or values[0]
        return text(name, label, kind="choice", options=[{"value": v, "label": v, "selected": v == now} for v in values])

    fields = [
        text("company", _("Company name")),
        choose("zone", _("Time zone"), ZONES),
        choose("currency", _("Currency"), CURRENCIES),
        {"name": "branches", "label": _("The company has branches"), "kind": "bool", "value": bool(post.get("branches"))},
        text("name", _("Your name")),
        text("login", _("Your login"), autocomplete="username"),
        text("email", _("E-mail"), kind="email", required=False),
        *password_fields(wrong),
    ]
    return draw(
        request,
        _("Set up Pellucid"),
        _("Who you are, and who administers. All of it can be changed later."),
        fields,
        _("Begin"),
        wrong,
    )
