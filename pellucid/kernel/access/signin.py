"""Signing in: name and password, a second step where one is set up, and a lock after five failures that known and unknown names share."""
from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

import pyotp
from django.contrib.auth.hashers import check_password, is_password_usable, make_password, verify_password
from django.core import signing
from django.db import transaction
from django.utils import timezone

from .models import Attempt, Session, User

WINDOW = dt.timedelta(minutes=5)
LOCK = dt.timedelta(minutes=15)
FAILURES = 5
SECOND_STEP_SECONDS = 300
SALT = "pellucid.second-step"
_nobody: list[str] = []


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attempt came to: a user, or the moment the lock ends, or nothing but "wrong". `second` asks for the code."""

    user: User | None = None
    locked_until: dt.datetime | None = None
    second: str = ""


def key_of(username: str) -> bytes:
    """Under which key failures of a name are counted; the name itself is not kept."""
    return hashlib.sha256(username.strip().lower().encode()).digest()


def locked_until(username: str) -> dt.datetime | None:
    """When the lock of this name ends; None when it is open."""
    now = timezone.now()
    times = list(Attempt.objects.filter(key=key_of(username), at__gt=now - LOCK - WINDOW).order_by("at").values_list("at", flat=True))
    for first, last in zip(times, times[FAILURES - 1:], strict=False):
        if last - first <= WINDOW and last + LOCK > now:
            return last + LOCK
    return None


def failed(username: str) -> None:
    """Count a failure of this name; old ones are forgotten."""
    now = timezone.now()
    Attempt.objects.filter(at__lt=now - dt.timedelta(days=1)).delete()
    Attempt.objects.create(key=key_of(username), at=now)


def attempt(username: str, password: str) -> Answer:
    """Try a name and a password. An unknown name takes the same time and meets the same lock."""
    if until := locked_until(username):
        return Answer(locked_until=until)
    user = User.objects.filter(username__iexact=username.strip(), is_active=True).exclude(kind=User.Kind.SYSTEM).first()
    good = check_password(password, user.password) if user is not None and is_password_usable(user.password) else _in_vain(password)
    if not good or user is None:
        failed(username)
        return Answer(locked_until=locked_until(username))
    if user.totp_secret:
        return Answer(second=signing.dumps([user.pk, user.password[-12:]], salt=SALT))
    _welcome(user)
    return Answer(user)


def second_step(pending: str, code: str) -> Answer:
    """The code of an authenticator, or a recovery code, for a pending sign-in. Each code works once."""
    try:
        pk, stamp = signing.loads(pending, salt=SALT, max_age=SECOND_STEP_SECONDS)
    except signing.BadSignature:
        return Answer()
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=pk, is_active=True).first()
        if user is None or not hmac.compare_digest(user.password[-12:], stamp):
            return Answer()
        if until := locked_until(user.username):
            return Answer(locked_until=until)
        good = _by_clock(user, code) or _by_recovery(user, code)
        if good:
            user.save(update_fields=("totp_last_step", "recovery_codes"))
        else:
            failed(user.username)
    if not good:
        return Answer(locked_until=locked_until(user.username), second=pending)
    _welcome(user)
    return Answer(user)


def recovery_digest(code: str) -> str:
    """What is kept of a recovery code."""
    return hashlib.sha256(code.strip().replace("-", "").lower().encode()).hexdigest()


def end_session(session_id: int) -> None:
    """Sign out one browser."""
    Session.objects.filter(pk=session_id).delete()


def _by_clock(user: User, code: str) -> bool:
    typed = code.replace(" ", "")
    now = timezone.now()
    clock = pyotp.TOTP(user.totp_secret)
    for drift in (0, -1, 1):
        step = int(now.timestamp()) // 30 + drift
        if step > user.totp_last_step and hmac.compare_digest(clock.generate_otp(step), typed.encode("ascii", "ignore").decode()):
            user.totp_last_step = step
            return True
    return False


def _by_recovery(user: User, code: str) -> bool:
    digest = recovery_digest(code)
    if digest not in user.recovery_codes:
        return False
    user.recovery_codes = [kept for kept in user.recovery_codes if kept != digest]
    return True


def _in_vain(password: str) -> bool:
    """As much work as a real check."""
    if not _nobody:
        _nobody.append(make_password("nobody"))
    verify_password(password, _nobody[0])
    return False


def _welcome(user: User) -> None:
    Attempt.objects.filter(key=key_of(user.username)).delete()
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
