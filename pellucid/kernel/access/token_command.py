"""`pellucid token`: create, list and revoke API tokens from the terminal."""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.events.bus import EventKind, declare, publish

from .models import Token, User
from .sessions import issue_token

declare(EventKind("user.token_by_terminal", gettext_lazy("A token was made or revoked in the terminal"), icon="key", quiet=True))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    words = parser.add_subparsers(dest="word", metavar="WORD", required=True, help="what to do")
    create = words.add_parser("create", help="make a token and print it once")
    create.add_argument("login", help="whose rights it has")
    create.add_argument("--name", default="terminal", help="what it is for")
    create.add_argument(
        "--scope",
        action="append",
        metavar="SCOPE",
        help="read, write, or <object>:read, <object>:write; may be repeated (default: read)",
    )
    create.add_argument("--days", type=int, default=90, help="how long it lasts; 0 is without end (default: 90)")
    show = words.add_parser("list", help="list tokens; secrets are never shown again")
    show.add_argument("login", nargs="?", help="only those of one user")
    revoke = words.add_parser("revoke", help="make a token worthless")
    revoke.add_argument("id", type=int, help="its number in the list")


def main(options: argparse.Namespace) -> int:
    """Do the word that was asked for; answers the exit code."""
    return {"create": _create, "list": _list, "revoke": _revoke}[options.word](options)


def _refuse(text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201
    return 1


def _create(options: argparse.Namespace) -> int:
    user = User.objects.filter(username__iexact=options.login, is_active=True).first()
    if user is None:
        return _refuse(_("There is no active user “%(login)s”.") % {"login": options.login})
    if options.days < 0:
        return _refuse(_("A token lasts at least a day; 0 is without end."))
    scopes = options.scope or ["read"]
    if wrong := [s for s in scopes if s.rpartition(":")[2] not in ("read", "write")]:
        return _refuse(_("There is no scope “%(scope)s”.") % {"scope": wrong[0]})
    ends = timezone.now() + dt.timedelta(days=options.days) if options.days else None
    with transaction.atomic():
        token, secret = issue_token(user, options.name[:80], scopes, ends)
        publish("user.token_by_terminal", resource="user", record_id=user.pk, payload={"token": token.pk, "name": token.name})
    print(secret)  # noqa: T201
    return 0


def _list(options: argparse.Namespace) -> int:
    found = Token.objects.select_related("user").order_by("user__username", "id")
    if options.login:
        found = found.filter(user__username__iexact=options.login)
    now = timezone.now()
    for token in found:
        over = token.revoked_at is not None or (token.expires_at is not None and token.expires_at < now)
        ends = token.expires_at.strftime("%Y-%m-%d") if token.expires_at else "-"
        state = "over" if over else "good"
        line = f"{token.pk:>6}  {token.user.username:<20} …{token.hint}  {ends:<10}  {state:<5} {','.join(token.scopes):<12} {token.name}"
        print(line)  # noqa: T201
    return 0


def _revoke(options: argparse.Namespace) -> int:
    with transaction.atomic():
        found = Token.objects.select_for_update().filter(pk=options.id, revoked_at=None).first()
        if found is None:
            return _refuse(_("There is no such token, or it was revoked already."))
        found.revoked_at = timezone.now()
        found.save(update_fields=("revoked_at",))
        publish("user.token_by_terminal", resource="user", record_id=found.user_id, payload={"token": found.pk, "revoked": True})
    return 0
