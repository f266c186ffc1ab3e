"""What somebody owes the company's rules before he may go on: a second step, a new password."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from pellucid.kernel.records import settings

from .actor import Actor
from .sessions import Identity

PASSWORD_DAYS = 90


def owed(identity: Identity, actor: Actor) -> str:
    """"second-step", "password", or "" for nothing. Who came by a passkey or by the company's own sign-in has proven enough, and who
    looks as somebody else owes nothing in his name."""
    if identity.by != "password" or identity.viewing_as is not None:
        return ""
    wanted = settings.get("security.second_step")
    if not identity.second and (wanted == "all" or wanted == "admins" and actor.may("role", "edit")):
        return "second-step"
    since = identity.password_set_at
    old = since is not None and timezone.now() - since > dt.timedelta(days=PASSWORD_DAYS)
    return "password" if old and settings.get("security.password_profile") == "classes" else ""
