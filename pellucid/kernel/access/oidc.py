"""Sign-in through the company's own identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636), state and nonce."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import ssl
import time
import urllib.error
import urllib.request
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Refused

from .models import ExternalLogin, User

SALT = "pellucid.company-sign-in"
SECONDS = 600
PATIENCE = 10
MOST = 1_000_000
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
_kept: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True)
class Provider:
    """What an administrator has set; the client's secret comes from the environment (PELLUCID_OIDC_SECRET), never from the database."""

    issuer: str
    client: str
    secret: str
    match: str


def provider() -> Provider | None:
    """The company's provider, or None while none is set."""
    issuer, client = (settings.get("security.oidc_issuer") or "").rstrip("/"), settings.get("security.oidc_client") or ""
    return Provider(issuer, client, os.environ.get("PELLUCID_OIDC_SECRET", ""), settings.get("security.oidc_match")) if issuer and client else None


def begin(found: Provider, back: str, wanted: str) -> tuple[str, str]:
    """(where to send the browser, what it keeps meanwhile in a signed cookie). Refused when the provider cannot be reached."""
    facts = discover(found.issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _n in range(3))
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"response_type": "code", "client_id": found.client, "redirect_uri": back, "scope": "openid profile email", "state": state,
             "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256"}  # fmt: skip
    kept = signing.dumps({"state": state, "nonce": nonce, "verifier": verifier, "next": wanted}, salt=SALT, compress=True)
    address = facts["authorization_endpoint"]
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", kept


def finish(found: Provider, back: str, given: dict[str, str], kept: str) -> tuple[User, str]:
    """The user the provider vouches for, and where he wanted to go. Refused, in words, for everything that does not fit."""
    try:
        was = signing.loads(kept, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        raise Refused(_("That took too long; please sign in again.")) from None
    if not given.get("state") or not secrets.compare_digest(given["state"].encode(), was["state"].encode()):
        raise Refused(_("This answer does not belong to your sign-in; please try again."))
    if given.get("error") or not given.get("code"):
        raise Refused(_("The company's sign-in refused: %(why)s") % {"why": given.get("error_description") or given.get("error") or "–"})
    facts = discover(found.issuer)
    form = {"grant_type": "authorization_code", "code": given["code"], "redirect_uri": back, "code_verifier": was["verifier"],
            "client_id": found.client}  # fmt: skip
    answer = _asked(facts["token_endpoint"], form, found)
    return _user(found, claims_of(found, facts, str(answer.get("id_token", "")), was["nonce"])), str(was["next"])


def claims_of(found: Provider, facts: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token whose signature, issuer, audience, time and nonce are right (Core 3.1.3.7)."""
    wrong = Refused(_("The company's sign-in gave an answer that cannot be trusted."))
    try:
        try:
            read = jwt.decode(token, _keys(facts), algorithms=ALGORITHMS)
        except (JoseError, ValueError):                       # the provider may have changed its keys since they were kept
            _kept.pop(facts["jwks_uri"], None)
            read = jwt.decode(token, _keys(facts), algorithms=ALGORITHMS)
        jwt.JWTClaimsRegistry(leeway=60, iss={"essential": True, "value": facts["issuer"]}, aud={"essential": True, "value": found.client},
                              exp={"essential": True}, sub={"essential": True}).validate(read.claims)  # fmt: skip
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise wrong from error
    claims = dict(read.claims)
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(audience) > 1 and claims.get("azp") != found.client or not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise wrong
    return claims


def _keys(facts: dict[str, Any]) -> KeySet:
    """The provider's public keys."""
    kept: Any = _asked(facts["jwks_uri"])
    return KeySet.import_key_set(kept)


def _user(found: Provider, claims: dict[str, Any]) -> User:
    """Who this is here: as known from before, else by the claim the administrator chose; nobody is made."""
    subject = str(claims["sub"])
    known = ExternalLogin.objects.select_related("user").filter(issuer=found.issuer, subject=subject).first()
    user = known.user if known else None
    if user is None:
        rows = User.objects.filter(kind=User.Kind.STAFF)
        if found.match == "email":
            email = str(claims.get("email", ""))
            if claims.get("email_verified") is not True:
                raise Refused(_("The company's sign-in has not verified your e-mail address."))
            same = list(rows.filter(email__iexact=email)[:2]) if email else []
        else:
            login = str(claims.get("preferred_username", ""))
            same = list(rows.filter(username__iexact=login)[:2]) if login else []
        user = same[0] if len(same) == 1 else None
    if user is None or not user.is_active:
        raise Refused(_("You are known to the company's sign-in, but have no active login here. Please ask your administrator."))
    with transaction.atomic():
        ExternalLogin.objects.get_or_create(issuer=found.issuer, subject=subject, defaults={"user": user})
        ExternalLogin.objects.filter(issuer=found.issuer, subject=subject).update(used_at=timezone.now())
        User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return user


def discover(issuer: str) -> dict[str, Any]:
    """The provider's own description (Discovery 1.0). Refused when it is not there, or speaks for somebody else."""
    facts = _asked(f"{issuer}/.well-known/openid-configuration")
    if str(facts.get("issuer", "")).rstrip("/") != issuer or not {"authorization_endpoint", "token_endpoint", "jwks_uri"} <= facts.keys():
        raise Refused(_("The company's sign-in could not be reached; please use your password, or tell your administrator."))
    return facts


def safe(address: str) -> bool:
    """Whether secrets may travel there: https, or this machine."""
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")


def _asked(address: str, form: dict[str, str] | None = None, found: Provider | None = None) -> dict[str, Any]:
    """A JSON answer of the provider; descriptions and keys are kept for some minutes."""
    held = _kept.get(address)
    if form is None and held and held[0] > time.monotonic():
        return held[1]
    headers = {"Accept": "application/json"}
    if found is not None and found.secret:
        pair = f"{quote(found.client, safe='')}:{quote(found.secret, safe='')}"
        headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
    unreachable = Refused(_("The company's sign-in could not be reached; please use your password, or tell your administrator."))
    if not safe(address):
        raise unreachable
    request = urllib.request.Request(address, urlencode(form).encode() if form else None, headers)  # noqa: S310  safe() has looked
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE, context=ssl.create_default_context()) as answer:  # noqa: S310
            read = json.loads(answer.read(MOST))
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise unreachable from error
    if not isinstance(read, dict):
        raise unreachable
    if form is None:
        _kept[address] = (time.monotonic() + SECONDS, read)
    return read
