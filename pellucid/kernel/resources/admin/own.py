"""One's own profile: what a user sets for himself, with his password as the proof where it matters."""

from __future__ import annotations

import datetime as dt
import io
import secrets
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyotp
from django.conf import settings as django
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from PIL import Image, ImageOps, UnidentifiedImageError

from pellucid.kernel.access import passkeys as keys
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import PASSWORD_FIELDS, OneTimeLink, Passkey, Session, Token, User
from pellucid.kernel.access.sessions import close_sessions, issue_token
from pellucid.kernel.access.signin import _by_clock, failed, locked_until, recovery_digest
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused

FACE = 256
BIGGEST_PHOTO = 8 * 2**20
RECOVERY_CODES = 10
TOKEN_DAYS = (7, 30, 90, 365)
SCOPES = (("read", t("Read")), ("write", t("Read and change")))

for _name, _sentence in (
    ("user.profile_changed", t("{actor} changed the profile")),
    ("user.password_changed", t("{actor} changed the password")),
    ("user.second_step_on", t("{actor} set up a second step")),
    ("user.second_step_off", t("{actor} took the second step away")),
    ("user.passkey_added", t("{actor} added the passkey {passkey}")),
    ("user.passkey_removed", t("{actor} removed the passkey {passkey}")),
    ("user.token_made", t("{actor} made an API token")),
    ("user.token_ended", t("{actor} revoked an API token")),
):
    declare(EventKind(_name, _sentence, icon="user", options={"label": _sentence}))


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """What an area keeps about everybody, shown and changed in one's own profile: `fields` are (name, label, kind of control),
    `read(user id)` their values or None where there is no such record, `write(actor, values)` keeps them with name and address of the login."""

    fields: tuple[tuple[str, Any, str], ...]
    read: Callable[[int], dict[str, str] | None]
    write: Callable[[Actor, dict[str, str]], None]


own_records: list[OwnRecord] = []


def _me(actor: Actor) -> User:
    """The user himself, locked; nobody who looks as somebody else."""
    if actor.read_only or actor.user_id is None:
        raise Forbidden("profile", _("You are looking as somebody else: nothing can be changed."))
    return User.objects.select_for_update().get(pk=actor.user_id)


def _tell(actor: Actor, name: str, **payload: Any) -> None:
    publish(
        name,
        event_id=begin(actor),
        by=actor,
        resource="user",
        record_id=actor.user_id,
        payload=payload,
    )


def of(actor: Actor) -> User:
    """The user himself."""
    return User.objects.get(pk=actor.user_id)


def kept_elsewhere(actor: Actor) -> list[tuple[str, Any, str, str]]:
    """(name, label, kind of control, value) of what areas keep about the user himself."""
    out: list[tuple[str, Any, str, str]] = []
    for record in own_records:
        values = record.read(actor.user_id or 0)
        out += [(name, label, kind, values[name]) for name, label, kind in record.fields] if values is not None else []
    return out


def change(actor: Actor, *, name: str, email: str, language: str, time_zone: str, theme: str, single_keys: bool,
           beside: Mapping[str, str] | None = None) -> None:
    """Set name, address, language, zone, look and shortcuts; and what areas keep beside them."""
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= 80:
        errors["name"] = [_("Please fill in.")]
    if language and language not in dict(django.LANGUAGES):
        errors["language"] = [_("Please choose from the list.")]
    if time_zone and time_zone not in zoneinfo.available_timezones():
        errors["time_zone"] = [_("Please choose from the list.")]
    if theme not in ("", "light", "dark"):
        errors["theme"] = [_("Please choose from the list.")]
    if email and ("@" not in email or len(email) > 120):
        errors["email"] = [_("This is no e-mail address.")]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        user = _me(actor)
        _tell(actor, "user.profile_changed")
        user.name, user.email, user.language, user.time_zone, user.theme, user.single_keys = (
            name.strip(),
            email.strip(),
            language,
            time_zone,
            theme,
            single_keys,
        )
        user.save(update_fields=("name", "email", "language", "time_zone", "theme", "single_keys"))
        for record in own_records:
            if record.read(user.pk) is not None:
                given = {key: (beside or {}).get(key, "").strip() for key, _label, _kind in record.fields}
                record.write(actor, {"name": user.name, "email": user.email} | given)


def set_photo(actor: Actor, content: bytes | None) -> None:
    """Keep a small square photo without what cameras write into it; None takes it away."""
    with transaction.atomic():
        user = _me(actor)
        old = user.photo
        user.photo = (
            "" if content is None else default_storage.save(f"faces/{secrets.token_hex(16)}.webp", ContentFile(_face(content)))
        )
        _tell(actor, "user.profile_changed")
        user.save(update_fields=("photo",))
    if old:
        default_storage.delete(old)


def _face(content: bytes) -> bytes:
    if len(content) > BIGGEST_PHOTO:
        raise Invalid({"photo": [_("A photo may have at most %(n)s MB.") % {"n": BIGGEST_PHOTO // 2**20}]})
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            if image.width * image.height > 60_000_000:
                raise Invalid({"photo": [_("This picture is too large.")]})
            small = ImageOps.fit(ImageOps.exif_transpose(image).convert("RGB"), (FACE, FACE))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise Invalid({"photo": [_("This is no picture we can read: JPEG, PNG or WebP, please.")]}) from None
    out = io.BytesIO()
    small.save(out, "WEBP", quality=82)  # a new file: nothing of the old one's EXIF is copied
    return out.getvalue()


def photo_of(user: int) -> bytes | None:
    """The bytes of somebody's photo."""
    name = User.objects.filter(pk=user).values_list("photo", flat=True).first()
    if not name or not default_storage.exists(name):
        return None
    with default_storage.open(name) as file:
        return bytes(file.read())


def check_new_password(password: str, again: str, user: User) -> None:
    """The rules of new passwords: long, not common, not the name; three classes where the company wants them. Raises Invalid."""
    errors: dict[str, list[str]] = {}
    try:
        validate_password(password, user)
    except ValidationError as error:
        errors["password"] = [str(m) for m in error.messages]
    if settings.get("security.password_profile") == "classes":
        classes = sum(
            any(test(c) for c in password) for test in (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
        )
        if classes < 3:
            errors.setdefault("password", []).append(_("Please mix three of: small letters, capitals, digits, signs."))
    if password != again:
        errors["again"] = [_("The two do not agree.")]
    if errors:
        raise Invalid(errors)


def _prove(user: User, password: str, field: str = "old") -> None:
    """The present password, under the same lock as signing in."""
    if until := locked_until(user.username):
        minutes = max(1, round((until - timezone.now()).total_seconds() / 60))
        raise Refused(_("Too many failures. Try again in %(n)s minutes.") % {"n": minutes})
    if not check_password(password, user.password):
        failed(user.username)
        raise Invalid({field: [_("This is not your password.")]})


def change_password(actor: Actor, session_id: int, *, old: str, password: str, again: str) -> int:
    """A new password for the old one; every other sign-in ends. Returns how many did."""
    _prove(of(actor), old)  # outside of the transaction: a failure is counted, whatever follows
    with transaction.atomic():
        user = _me(actor)
        check_new_password(password, again, user)
        _tell(actor, "user.password_changed")
        user.set_password(password)
        user.save(update_fields=PASSWORD_FIELDS)
        OneTimeLink.objects.filter(user=user, used_at=None).update(used_at=timezone.now())
        return close_sessions(user.pk, but=session_id)


def new_secret() -> str:
    """A secret for an authenticator; kept only once its first code was right."""
    return pyotp.random_base32()


def secret_address(user: User, secret: str, company: str) -> str:
    """What an authenticator reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=f"Pellucid {company}".strip())


def turn_on(actor: Actor, secret: str, code: str) -> list[str]:
    """Set up the second step with the first code of the authenticator; returns recovery codes, shown once."""
    with transaction.atomic():
        user = _me(actor)
        if user.totp_secret:
            raise Refused(_("The second step is set up already."))
        user.totp_secret = secret
        if len(secret) < 16 or not _by_clock(user, code):
            raise Invalid({"code": [_("This code is wrong; look at your authenticator once more.")]})
        codes = [f"{secrets.token_hex(2)}-{secrets.token_hex(2)}-{secrets.token_hex(2)}" for _n in range(RECOVERY_CODES)]
        user.recovery_codes = [recovery_digest(c) for c in codes]
        _tell(actor, "user.second_step_on")
        user.save(update_fields=("totp_secret", "totp_last_step", "recovery_codes"))
    return codes


def turn_off(actor: Actor, password: str) -> None:
    """Take the second step away, with the password."""
    _prove(of(actor), password, "password")
    with transaction.atomic():
        user = _me(actor)
        user.totp_secret, user.recovery_codes = "", []
        _tell(actor, "user.second_step_off")
        user.save(update_fields=("totp_secret", "recovery_codes"))


def add_passkey(actor: Actor, origin: str, answer: str, name: str) -> Passkey:
    """Keep a key that one's device has just made."""
    with transaction.atomic():
        made = keys.add(_me(actor), origin, answer, name)
        _tell(actor, "user.passkey_added", passkey=made.name)
    return made


def remove_passkey(actor: Actor, pk: int) -> None:
    """A key opens nothing any more."""
    with transaction.atomic():
        found = Passkey.objects.filter(pk=pk, user=_me(actor)).first()
        if found is None:
            raise Missing(_("This passkey is gone already."))
        _tell(actor, "user.passkey_removed", passkey=found.name)
        found.delete()


def passkeys(actor: Actor) -> list[Passkey]:
    """One's keys, oldest first."""
    return list(Passkey.objects.filter(user_id=actor.user_id).order_by("created_at"))


def sessions(actor: Actor) -> list[Session]:
    """Where one is signed in, latest first."""
    return list(Session.objects.filter(user_id=actor.user_id, expires_at__gt=timezone.now()).order_by("-seen_at")[:50])


def end_session(actor: Actor, pk: int) -> None:
    """Sign oneself out of one browser."""
    with transaction.atomic():
        user = _me(actor)
        if not Session.objects.filter(pk=pk, user=user).delete()[0]:
            raise Missing(_("This sign-in has ended already."))


def end_others(actor: Actor, session_id: int) -> int:
    """Sign oneself out everywhere else."""
    with transaction.atomic():
        return close_sessions(_me(actor).pk, but=session_id)


def tokens(actor: Actor) -> list[Token]:
    """One's API tokens, newest first."""
    return list(Token.objects.filter(user_id=actor.user_id, revoked_at=None).order_by("-created_at")[:100])


def make_token(actor: Actor, *, name: str, scope: str, days: str) -> str:
    """An API token of one's own; the secret is shown once."""
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= 80:
        errors["name"] = [_("Please fill in.")]
    if scope not in dict(SCOPES):
        errors["scope"] = [_("Please choose from the list.")]
    if days not in ("", *map(str, TOKEN_DAYS)):
        errors["days"] = [_("Please choose from the list.")]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        user = _me(actor)
        _tell(actor, "user.token_made", token=name.strip())
        ends = timezone.now() + dt.timedelta(days=int(days)) if days else None
        return issue_token(user, name.strip(), ["read"] if scope == "read" else ["read", "write"], ends)[1]


def revoke_token(actor: Actor, pk: int) -> None:
    """Make a token of one's own worthless."""
    with transaction.atomic():
        user = _me(actor)
        found = Token.objects.select_for_update().filter(pk=pk, user=user, revoked_at=None).first()
        if found is None:
            raise Missing(_("This token was revoked already."))
        _tell(actor, "user.token_ended", token=found.name)
        found.revoked_at = timezone.now()
        found.save(update_fields=("revoked_at",))
