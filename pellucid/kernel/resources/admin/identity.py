"""What strangers may do who hold a link: choose a password, or set up an installation that has no administrator yet."""

from __future__ import annotations

import datetime as dt
import logging
import zoneinfo

from django.conf import settings as django
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import PASSWORD_FIELDS, Grant, Membership, OneTimeLink, Role, Unit, User
from pellucid.kernel.access.sessions import close_sessions, digest, issue_link, redeem_link
from pellucid.kernel.actions.run import begin, run
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.records import days, settings, versions
from pellucid.kernel.records.company import CURRENCIES
from pellucid.kernel.records.errors import Invalid, Missing

from .own import check_new_password
from .roles import administrators

log = logging.getLogger(__name__)
SETUP_HOURS = 24
ASKED_PER_HOUR = 3

for _name, _sentence in (
    ("user.password_chosen", t("{actor} chose a password by a link")),
    ("user.reset_asked", t("A link for a forgotten password was asked for")),
    ("company.set_up", t("{actor} set up the company")),
):
    declare(EventKind(_name, _sentence, icon="key", options={"label": _sentence}))


def _open(purpose: str, secret: str) -> OneTimeLink | None:
    found = OneTimeLink.objects.filter(token_hash=digest(secret), purpose=purpose, used_at=None, expires_at__gt=timezone.now())
    return found.select_related("user").first()


def peek(purpose: str, secret: str) -> User | None:
    """Whose link this is, without using it up."""
    found = _open(purpose, secret)
    return found.user if found is not None and found.user is not None and found.user.is_active else None


def choose_password(purpose: str, secret: str, password: str, again: str) -> User | None:
    """Use a link up for a new password; what was signed in before ends. None when somebody was faster."""
    user = peek(purpose, secret)
    if user is None:
        return None
    check_new_password(password, again, user)
    with transaction.atomic():
        found = redeem_link(purpose, secret)
        if found is None:
            return None
        actor = Actor(user.pk)
        publish(
            "user.password_chosen",
            event_id=begin(actor),
            actor_id=user.pk,
            door="web",
            resource="user",
            record_id=user.pk,
            payload={"by": purpose},
        )
        user.set_password(password)
        user.save(update_fields=PASSWORD_FIELDS)
        close_sessions(user.pk)
    return user


def ask_for_reset(word: str, base: str, address: str) -> bool:
    """Send a link to whoever this is, a few times an hour; whether anybody was found is for tests only."""
    word = word.strip()
    user = User.objects.filter(is_active=True, kind=User.Kind.STAFF, username__iexact=word).first()
    if user is None and "@" in word:
        user = User.objects.filter(is_active=True, kind=User.Kind.STAFF, email__iexact=word).first()
    if user is None or not user.email:
        return False
    lately = OneTimeLink.objects.filter(user=user, purpose="reset", created_at__gt=timezone.now() - dt.timedelta(hours=1))
    if lately.count() >= ASKED_PER_HOUR:
        return False
    with transaction.atomic():
        publish(
            "user.reset_asked", event_id=begin(Actor.system()), resource="user", record_id=user.pk, payload={"address": address}
        )
        secret = issue_link("reset", user, hours=2)
    base = (settings.get("mail.base_url") or base).rstrip("/")
    with translation.override(user.language or django.LANGUAGE_CODE):
        text = _(
            "Hello %(name)s,\n\nsomebody asked for a new password for your login. This link lets you choose one within two hours:\n\n%(link)s\n\n"
            "If it was not you, nothing needs to be done."
        ) % {"name": user.name, "link": f"{base}/link/reset/{secret}"}
        letter = EmailMessage(
            _("A new password for Pellucid"), text, settings.get("mail.from") or django.DEFAULT_FROM_EMAIL, [user.email]
        )
    try:
        letter.send()
    except OSError:  # SMTPException is one; the stranger who asked learns nothing of it
        log.exception("the link for a forgotten password could not be sent")
    return True


def setup_needed() -> bool:
    """Whether nobody administers this installation yet."""
    return administrators() == 0


def setup_link() -> str:
    """The path of the page that sets the installation up, good for a day; earlier ones end."""
    return f"/link/setup/{issue_link('setup', None, hours=SETUP_HOURS)}"


def setup_open(secret: str) -> bool:
    """Whether this link may set the installation up."""
    return setup_needed() and _open("setup", secret) is not None


def set_up(
    secret: str,
    *,
    company: str,
    zone: str,
    currency: str,
    branches: bool,
    name: str,
    login: str,
    email: str,
    password: str,
    again: str,
) -> User:
    """The company, its headquarters and its first administrator, in one step. Missing when somebody was faster."""
    company, name, login = company.strip(), name.strip(), login.strip()
    errors: dict[str, list[str]] = {}
    for field, value, most in (("company", company, 120), ("name", name, 80), ("login", login, 80)):
        if not 1 <= len(value) <= most:
            errors[field] = [_("Please fill in.")]
    if zone not in zoneinfo.available_timezones():
        errors["zone"] = [_("Please choose from the list.")]
    if currency not in CURRENCIES:
        errors["currency"] = [_("Please choose from the list.")]
    if login and User.objects.filter(username__iexact=login).exists():
        errors["login"] = [_("This login is taken.")]
    user = User(username=login, name=name, email=email.strip())
    try:
        check_new_password(password, again, user)
    except Invalid as error:
        errors |= error.errors
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        if not setup_needed() or redeem_link("setup", secret) is None:
            raise Missing(_("This link has ended."))
        event = begin(Actor.system())
        user.set_password(password)
        user.save()
        root = Unit.objects.filter(parent=None).first() or Unit(kind=Unit.Kind.HQ)
        root.name, root.catcher, root.head = company, user, root.head or user
        root.save()
        Membership.objects.create(user=user, unit=root, starts_on=days.today())
        Grant.objects.create(user=user, role=Role.objects.get(code="admin"), unit=root)
        publish("company.set_up", event_id=event, actor_id=user.pk, door="web", resource="user", record_id=user.pk)
    versions.forget()
    values = {
        "company.name": company,
        "company.zone": zone,
        "company.currency": currency,
        "company.branches": "1" if branches else "0",
    }
    run("setting_set", None, Actor.of(user), values=values)
    return user
