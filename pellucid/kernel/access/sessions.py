"""Signed-in browsers and API tokens. One query answers who asks, whether the session lives, and how fresh every memory must be."""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any, NamedTuple

from django.utils import timezone

from pellucid.kernel.records import prepared, settings

from .models import OneTimeLink, Session, Token, User

SEEN_EVERY = dt.timedelta(minutes=1)


class Identity(NamedTuple):
    session_id: int
    user_id: int
    username: str
    name: str
    language: str
    time_zone: str
    theme: str
    single_keys: bool
    photo: str
    preferences: dict
    viewing_as: int | None
    seen_at: dt.datetime
    versions: dict[str, int]
    second: bool = True             # a second step, or a passkey, is set up
    password_set_at: dt.datetime | None = None
    by: str = "password"            # how this session began

    @property
    def pk(self) -> int:
        return self.user_id

    is_authenticated = True


IDENTIFY = """
SELECT s.id, u.id, u.username, u.name, u.language, u.time_zone, u.theme, u.single_keys, u.photo, u.preferences, s.viewing_as_id, s.seen_at,
       (SELECT jsonb_object_agg(topic, n) FROM records_version),
       u.totp_secret <> '' OR EXISTS (SELECT FROM access_passkey p WHERE p.user_id = u.id), coalesce(u.password_set_at, u.created_at), s.by
  FROM access_session s JOIN access_user u ON u.id = s.user_id
 WHERE s.token_hash = %s AND s.expires_at > now()
   AND s.seen_at > now() - coalesce(%s::interval, (SELECT (value #>> '{}')::int FROM records_setting
                                                    WHERE key = 'security.idle_minutes' AND unit_id IS NULL) * interval '1 minute', %s)
   AND u.is_active"""

HOLDER = """
SELECT 0, u.id, u.username, u.name, u.language, u.time_zone, u.theme, u.single_keys, u.photo, u.preferences, NULL::bigint,
       coalesce(t.used_at, '-infinity'::timestamptz) > now() - interval '1 minute',
       (SELECT jsonb_object_agg(topic, n) FROM records_version), t.id, t.scopes
  FROM access_token t JOIN access_user u ON u.id = t.user_id
 WHERE t.token_hash = %s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.is_active"""


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def absolute_time() -> dt.timedelta:
    """How long a session lasts, used or not."""
    return dt.timedelta(hours=settings.steady("security.absolute_hours"))


def open_session(user: User, *, address: str = "", agent: str = "", absolute: dt.timedelta | None = None, by: str = "password") -> str:
    """A new session; returns the token for the cookie, which is kept nowhere else."""
    token = secrets.token_urlsafe(32)
    ends = timezone.now() + (absolute or absolute_time())
    Session.objects.create(token_hash=digest(token), user=user, expires_at=ends, address=address[:64], agent=agent[:200], by=by)
    return token


def identify(token: str, idle: dt.timedelta | None = None) -> Identity | None:
    """Who holds this token now; None when it is unknown, expired, idle too long, or its user inactive."""
    waits: list[Any] = [digest(token), idle, dt.timedelta(minutes=settings.registry["security.idle_minutes"].default)]
    row = prepared.ask(IDENTIFY, waits).fetchone()
    if row is None:
        return None
    if timezone.now() - row[11] > SEEN_EVERY:
        prepared.ask("UPDATE access_session SET seen_at = now() WHERE id = %s", [row[0]])
    return Identity._make((*row[:9], as_dict(row[9]), *row[10:12], as_dict(row[12]), *row[13:]))


def as_dict(value: object) -> dict:
    """jsonb as psycopg hands it to us: text on Django's connection, a dict elsewhere."""
    if isinstance(value, str):
        import json

        return json.loads(value)
    return value or {}  # type: ignore[return-value]


def close_sessions(user_id: int, but: int | None = None) -> int:
    """End a user's sessions (all but one); returns how many."""
    return Session.objects.filter(user_id=user_id).exclude(pk=but).delete()[0]


def issue_token(user: User, name: str, scopes: list[str], expires_at: dt.datetime | None) -> tuple[Token, str]:
    """A personal API token; the secret is shown once."""
    secret = "plc_" + secrets.token_urlsafe(32)
    return Token.objects.create(user=user, name=name, scopes=scopes, expires_at=expires_at, token_hash=digest(secret), hint=secret[-4:]), secret


def issue_link(purpose: str, user: User | None, *, by: int | None = None, hours: int = 24) -> str:
    """A link secret that works once within the hours given; earlier ones of the same purpose and user end."""
    OneTimeLink.objects.filter(purpose=purpose, user=user, used_at=None).update(used_at=timezone.now())
    secret = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(token_hash=digest(secret), purpose=purpose, user=user, created_by_id=by,
                               expires_at=timezone.now() + dt.timedelta(hours=hours))
    return secret


def redeem_link(purpose: str, secret: str) -> OneTimeLink | None:
    """Use up a link; only one caller ever gets it."""
    now = timezone.now()
    hit = OneTimeLink.objects.filter(token_hash=digest(secret), purpose=purpose, used_at=None, expires_at__gt=now).update(used_at=now)
    return OneTimeLink.objects.select_related("user").get(token_hash=digest(secret)) if hit else None


class Shown(NamedTuple):
    """A link that works once, to be shown to somebody once and kept nowhere."""

    purpose: str
    secret: str
    hours: int

    @property
    def path(self) -> str:
        """Where the link leads on this installation."""
        return f"/link/{self.purpose}/{self.secret}"
