"""One's own profile: who one is, how pages look, how one is told, where one is signed in, password, second step, API tokens."""

from __future__ import annotations

import zoneinfo
from typing import Any

import segno
from django.conf import settings as django
from django.core import signing
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from markupsafe import Markup

from pellucid.kernel.notices import wishes
from pellucid.kernel.records.company import ZONES
from pellucid.kernel.records.errors import Invalid, Missing
from pellucid.kernel.resources.admin import own, roles

from .. import answers, forms
from ..middleware import unhindered
from ..shell import company_name
from .settings.oversight import ago, browser_of

SALT = "pellucid.second-step-setup"
BOTH = ["GET", "HEAD", "POST"]


@require_http_methods(BOTH)
def show(request: Any) -> HttpResponse:
    """The profile; POST changes its first part."""
    if request.method == "POST":
        post = request.POST
        try:
            own.change(
                request.actor,
                name=post.get("name", ""),
                email=post.get("email", ""),
                language=post.get("language", ""),
                time_zone=post.get("time_zone", ""),
                theme=post.get("theme", ""),
                single_keys=bool(post.get("single_keys")),
                beside=post.dict(),
            )
        except Invalid as error:
            return draw(request, forms.errors_of(error), 422)
        with translation.override(post.get("language") or translation.get_language()):
            return answers.go(request, "/profile", text=_("Saved."))
    return draw(request, {})


def draw(request: Any, wrong: dict[str, list[str]], status: int = 200) -> HttpResponse:
    """The page; what was typed stays where something is wrong."""
    user, post = own.of(request.actor), request.POST if wrong else None

    def typed(name: str, value: Any) -> Any:
        return post.get(name, "") if post is not None else value

    def choose(name: str, label: str, value: str, options: list[tuple[str, str]], text: str = "") -> dict[str, Any]:
        now = typed(name, value)
        return {
            "name": name,
            "label": label,
            "kind": "choice",
            "required": True,
            "help": text,
            "error": " ".join(wrong.get(name, ())),
            "options": [{"value": v, "label": said, "selected": v == now} for v, said in options],
        }

    zones = list(dict.fromkeys([*ZONES, *([user.time_zone] if user.time_zone in zoneinfo.available_timezones() else [])]))
    fields = [
        {
            "name": "name",
            "label": _("Full name"),
            "value": typed("name", user.name),
            "required": True,
            "maxlength": 80,
            "error": " ".join(wrong.get("name", ())),
        },
        {
            "name": "email",
            "label": _("E-mail"),
            "kind": "email",
            "value": typed("email", user.email),
            "maxlength": 120,
            "error": " ".join(wrong.get("email", ())),
        },
        *(
            {"name": n, "label": str(label), "kind": kind, "value": typed(n, value), "maxlength": 60, "error": " ".join(wrong.get(n, ()))}
            for n, label, kind, value in own.kept_elsewhere(request.actor)
        ),
        choose("language", _("Language"), user.language, [("", _("As the browser says")), *django.LANGUAGES]),
        choose(
            "time_zone",
            _("Time zone"),
            user.time_zone,
            [("", _("The company's")), *((z, z) for z in zones)],
            _("Times are shown in it; a day in figures stays the company's."),
        ),
        choose("theme", _("Appearance"), user.theme, [("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]),
        {
            "name": "single_keys",
            "label": _("Single-key shortcuts"),
            "kind": "bool",
            "value": typed("single_keys", user.single_keys),
        },
    ]
    seen = wishes.preferences(request.actor)
    context = {
        "title": _("My profile"),
        "person": user,
        "photo": f"/profile/photo/{user.pk}" if user.photo else "",
        "fields": fields,
        "grants": [{"role": r, "unit": u} for _pk, r, u in roles.grants_of(user.pk)],
        "sessions": [
            {
                "id": s.pk,
                "browser": browser_of(s.agent),
                "address": s.address,
                "seen": ago(request, s.seen_at),
                "mine": s.pk == request.identity.session_id,
            }
            for s in own.sessions(request.actor)
        ],
        "tokens": [
            {
                "id": k.pk,
                "name": k.name,
                "hint": k.hint,
                "used": ago(request, k.used_at) or _("never"),
                "scopes": _("Read and change") if "write" in k.scopes else _("Read"),
                "ends": k.expires_at.astimezone(request.show.zone).strftime("%Y-%m-%d") if k.expires_at else _("never"),
            }
            for k in own.tokens(request.actor)
        ],
        "second": bool(user.totp_secret),
        "codes_left": len(user.recovery_codes),
        "passkeys": [
            {"id": k.pk, "name": k.name, "used": ago(request, k.used_at) or _("never")} for k in own.passkeys(request.actor)
        ],
        "read_only": request.actor.read_only,
        "channels": [{"key": k, "label": str(label)} for k, label in seen["channels"]],
        "kinds": [{"key": k, "label": str(label), "on": on} for k, label, on in seen["kinds"]],
        "quiet": [q.strftime("%H:%M") for q in seen["quiet"]] if seen["quiet"] else ["", ""],
        "own_quiet": seen["own_quiet"],
    }
    return answers.page(request, "profile/profile.html", context, status=status)


@require_POST
def photo(request: Any) -> HttpResponse:
    """A new photo, or none."""
    sent = request.FILES.get("photo")
    if sent is None and not request.POST.get("remove"):
        return answers.go(request, "/profile", text=_("Please choose a picture."), tone="bad")
    try:
        own.set_photo(request.actor, None if sent is None else sent.read(own.BIGGEST_PHOTO + 1))
    except Invalid as error:
        return answers.go(request, "/profile", text=str(error), tone="bad")
    return answers.go(request, "/profile", text=_("Saved."))


@require_safe
def photo_of(request: Any, user: int) -> HttpResponse:
    """Somebody's photo, for colleagues."""
    content = own.photo_of(user)
    if content is None:
        raise Missing("")
    return HttpResponse(
        content,
        content_type="image/webp",
        headers={"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )


def form_page(request: Any, form: dict[str, Any], status: int = 200) -> HttpResponse:
    """A form as a dialog, or as a page without htmx."""
    form = {"target": "dialog", "columns": 1, "hidden": {}, "more": [], "errors": [], **form}
    if request.htmx:
        return answers.fragment(request, "form_drawer.html", {"form": form}, status=status)
    form |= {"crumbs": [{"label": _("My profile"), "href": "/profile"}], "cancel": "/profile"}
    return answers.page(request, "form.html", {"form": form, "title": form["title"]}, status=status)


@unhindered
@sensitive_post_parameters("old", "password", "again")
@require_http_methods(BOTH)
def password(request: Any) -> HttpResponse:
    """A new password for the old one."""
    wrong: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            ended = own.change_password(
                request.actor,
                request.identity.session_id,
                **{n: request.POST.get(n, "")[:1000] for n in ("old", "password", "again")},
            )
        except Invalid as error:
            wrong = forms.errors_of(error)
        else:
            text = ngettext(
                "Your password was changed; %(n)s other sign-in was ended.",
                "Your password was changed; %(n)s other sign-ins were ended.",
                ended,
            )
            return answers.again(request, "/profile", text=text % {"n": ended})
    return form_page(
        request,
        {
            "title": _("Change password"),
            "action": "/profile/password",
            "submit": _("Change password"),
            "failure": " ".join(wrong.get("", ())),
            "sections": [{"title": "", "fields": password_fields(wrong, old=True)}],
        },
        422 if wrong else 200,
    )


def password_fields(wrong: dict[str, list[str]], old: bool = False) -> list[dict[str, Any]]:
    """The inputs of a new password, after the present one where it is asked for."""
    fields = [
        ("password", _("New password"), "new-password", _("At least 12 characters; a sentence is easy to remember.")),
        ("again", _("Once more"), "new-password", ""),
    ]
    if old:
        fields.insert(0, ("old", _("Present password"), "current-password", ""))
    return [
        {
            "name": n,
            "label": label,
            "kind": "password",
            "autocomplete": auto,
            "help": text,
            "required": True,
            "error": " ".join(wrong.get(n, ())),
        }
        for n, label, auto, text in fields
    ]


@unhindered
@sensitive_post_parameters("password", "code")
@require_http_methods(BOTH)
def second_step(request: Any) -> HttpResponse:
    """Set up an authenticator with a picture to scan, or take it away with the password."""
    user = own.of(request.actor)
    return _take_away(request) if user.totp_secret else _set_up(request, user)


def _set_up(request: Any, user: Any) -> HttpResponse:
    wrong, secret = {}, ""
    if request.method == "POST":
        try:
            secret = str(signing.loads(request.POST.get("secret", ""), salt=SALT, max_age=1800))
            codes = own.turn_on(request.actor, secret, request.POST.get("code", "")[:12])
        except signing.BadSignature:
            wrong = {"code": [_("That took too long; please scan the new picture.")]}
        except Invalid as error:
            wrong = forms.errors_of(error)
        else:
            return (answers.fragment if request.htmx else answers.page)(
                request,
                "profile/codes.html" if request.htmx else "profile/codes_page.html",
                {"codes": codes, "title": _("Recovery codes")},
            )
    secret = secret or own.new_secret()
    drawn = segno.make(own.secret_address(user, secret, company_name()), error="m").svg_inline(omitsize=True, border=1)
    code = {
        "name": "code",
        "label": _("Code of your authenticator"),
        "autocomplete": "one-time-code",
        "maxlength": 8,
        "required": True,
        "error": " ".join(wrong.get("code", ())),
    }
    preview = Markup(
        '<p class="i2 mb8">{}</p><div class="qr mb8">{}</div><p class="t12 i3 mb12">{} <b class="num">{}</b></p>'
    ).format(
        _("Scan this picture with an authenticator app, then type the code it shows."),
        Markup(drawn),  # noqa: S704 - drawn by us
        _("Or type this key:"),
        secret,
    )
    return form_page(
        request,
        {
            "title": _("Set up a second step"),
            "action": "/profile/second-step",
            "submit": _("Set up"),
            "preview": preview,
            "hidden": {"secret": signing.dumps(secret, salt=SALT)},
            "sections": [{"title": "", "fields": [code]}],
        },
        422 if wrong else 200,
    )


def _take_away(request: Any) -> HttpResponse:
    wrong = {}
    if request.method == "POST":
        try:
            own.turn_off(request.actor, request.POST.get("password", "")[:1000])
        except Invalid as error:
            wrong = forms.errors_of(error)
        else:
            return answers.again(request, "/profile", text=_("The second step was taken away."))
    field = {
        "name": "password",
        "label": _("Password"),
        "kind": "password",
        "required": True,
        "error": " ".join(wrong.get("password", ())),
    }
    return form_page(
        request,
        {
            "title": _("Take the second step away"),
            "action": "/profile/second-step",
            "submit": pgettext("second step", "Take away"),
            "danger": True,
            "sections": [{"title": "", "fields": [field]}],
        },
        422 if wrong else 200,
    )


@require_POST
def end_session(request: Any, pk: int) -> HttpResponse:
    """Sign out one browser."""
    own.end_session(request.actor, pk)
    return answers.again(request, "/profile", text=_("Signed out."))


@require_POST
def end_others(request: Any) -> HttpResponse:
    """Sign out everywhere else."""
    n = own.end_others(request.actor, request.identity.session_id)
    return answers.again(
        request, "/profile", text=ngettext("%(n)s other sign-in was ended.", "%(n)s other sign-ins were ended.", n) % {"n": n}
    )


@require_POST
def notices(request: Any) -> HttpResponse:
    """How one wants to be told."""
    post, seen = request.POST, wishes.preferences(request.actor)
    channels = [k for k, _label in seen["channels"]]
    wanted = {(k, c): f"{k}.{c}" in post for k, _label, _on in seen["kinds"] for c in channels}
    try:
        wishes.set_preferences(
            request.actor,
            wishes=wanted,
            quiet=(post.get("quiet_from", "")[:5], post.get("quiet_to", "")[:5]),
            company_hours=bool(post.get("company_hours")),
        )
    except Invalid as error:
        return answers.go(request, "/profile#notices", text=str(error), tone="bad")
    return answers.go(request, "/profile#notices", text=_("Saved."))
