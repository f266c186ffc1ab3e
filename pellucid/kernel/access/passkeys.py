"""Passkeys (W3C Web Authentication, level 2): a key that never leaves the device signs a challenge that works once."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pellucid.kernel.records.errors import Invalid

from .models import OneTimeLink, Passkey, User
from .sessions import digest, redeem_link

PURPOSE = OneTimeLink.Purpose.PASSKEY
MINUTES = 5
MOST = 10
HANDLE = 8  # bytes of a user's id, which a device keeps as the user's handle


def host_of(origin: str) -> str:
    """The relying party's id of an address; "" where a browser allows none: on a bare number (RFC 3986 host that is an IP address)."""
    host = urlsplit(origin).hostname or ""
    return "" if host.replace(".", "").isdigit() or ":" in host else host


def options_to_add(user: User, origin: str, company: str) -> dict[str, Any]:
    """What the browser needs to make a key for this user; its challenge works once, within minutes. Invalid on an address without a name."""
    host = _host(origin)
    made = generate_registration_options(
        rp_id=host, rp_name=company or "Pellucid", user_id=user.pk.to_bytes(HANDLE, "big"), user_name=user.username, user_display_name=user.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(k.credential_id)) for k in user.passkeys.all()],
        authenticator_selection=AuthenticatorSelectionCriteria(resident_key=ResidentKeyRequirement.REQUIRED,
                                                               user_verification=UserVerificationRequirement.REQUIRED),
    )  # fmt: skip
    _keep(made.challenge, user)
    return dict(json.loads(options_to_json(made)))


def add(user: User, origin: str, answer: str, name: str) -> Passkey:
    """Keep the public half of a key the browser has just made. Raises Invalid."""
    try:
        challenge = _challenge(answer)
        found = redeem_link(PURPOSE, bytes_to_base64url(challenge))
        if found is None or found.user_id != user.pk:
            raise Invalid(_("That took too long; please try again."))
        proven = verify_registration_response(credential=answer, expected_challenge=challenge, expected_rp_id=_host(origin), expected_origin=origin,
                                              require_user_verification=True)  # fmt: skip
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Invalid(_("The device's answer could not be verified.")) from error
    if user.passkeys.count() >= MOST:
        raise Invalid(_("At most %(n)s passkeys; remove one first.") % {"n": MOST})
    return Passkey.objects.create(user=user, credential_id=proven.credential_id, public_key=proven.credential_public_key,
                                  sign_count=proven.sign_count, name=name.strip()[:80] or _("Passkey"))  # fmt: skip


def options_to_sign_in(origin: str) -> dict[str, Any]:
    """What the browser needs to offer the keys it has for this address."""
    made = generate_authentication_options(rp_id=_host(origin), user_verification=UserVerificationRequirement.REQUIRED)
    _keep(made.challenge, None)
    return dict(json.loads(options_to_json(made)))


def sign_in(origin: str, answer: str) -> User | None:
    """The user whose key signed the challenge; None for anything else. A counter that goes back betrays a copied key."""
    try:
        challenge, credential = _challenge(answer), base64url_to_bytes(json.loads(answer)["rawId"])
        found = redeem_link(PURPOSE, bytes_to_base64url(challenge))
        if found is None or found.user_id is not None:
            return None
        with transaction.atomic():
            keys = Passkey.objects.select_for_update(of=("self",)).select_related("user")
            key = keys.filter(credential_id=credential, user__is_active=True).first()
            if key is None:
                return None
            proven = verify_authentication_response(
                credential=answer, expected_challenge=challenge, expected_rp_id=_host(origin), expected_origin=origin,
                credential_public_key=bytes(key.public_key), credential_current_sign_count=key.sign_count, require_user_verification=True,
            )  # fmt: skip
            key.sign_count, key.used_at = proven.new_sign_count, timezone.now()
            key.save(update_fields=("sign_count", "used_at"))
            User.objects.filter(pk=key.user_id).update(last_login=timezone.now())
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    return key.user


def _host(origin: str) -> str:
    host = host_of(origin)
    if not host:
        raise Invalid(_("Passkeys need an address with a name; a bare number will not do. On this machine, open http://localhost instead."))
    return host


def _challenge(answer: str) -> bytes:
    """The challenge that the browser says it signed; whether it is one of ours is asked next."""
    said = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
    return base64url_to_bytes(said["challenge"])


def _keep(challenge: bytes, user: User | None) -> None:
    now = timezone.now()
    OneTimeLink.objects.filter(purpose=PURPOSE, expires_at__lt=now).delete()
    ends = now + dt.timedelta(minutes=MINUTES)
    OneTimeLink.objects.create(token_hash=digest(bytes_to_base64url(challenge)), purpose=PURPOSE, user=user, expires_at=ends)
