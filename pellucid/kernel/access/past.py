"""What is kept of the past of users, units, roles and grants: who could do what, and where somebody stood, on any day."""

from __future__ import annotations

from pellucid.kernel.history.tracked import track

from .models import CalendarDay, FieldRight, Grant, Membership, Proxy, Role, RoleRight, Share, Token, Unit, User, WorkCalendar

# Never in an audit line: secrets, and what changes at every sign-in or is nobody's business but the user's.
SECRET = ("password", "totp_secret", "totp_last_step", "recovery_codes")
NOISE = ("last_login", "failed_logins", "preferences", "theme", "single_keys", "pinyin")

track(User, unaudited=(*SECRET, *NOISE), personal=("username", "name", "email", "photo"))
track(Unit, temporal=("parent", "kind", "name", "head", "closed_at"), valid_since=("created_at",))
track(Token, unaudited=("token_hash", "used_at"))
for model in (Membership, Proxy, Role, RoleRight, FieldRight, Grant, Share, Proxy, WorkCalendar, CalendarDay):
    track(model)
