"""Sign-ins and tokens of everybody, and looking as somebody else: read-only, written down, ended with one click."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Session, Token
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.records.errors import Forbidden, Missing, Refused

for _name, _sentence in (
    ("user.session_ended", t("{actor} ended a sign-in of {who:user}")),
    ("user.token_revoked", t("{actor} revoked an API token of {who:user}")),
    ("user.viewed_as", t("{actor} looked as {who:user}")),
    ("user.viewing_ended", t("{actor} stopped looking as {who:user}")),
):
    declare(EventKind(_name, _sentence, icon="user-search", options={"label": _sentence}))


def may(actor: Actor, right: str) -> None:
    """Refuse who lacks a right, or looks as somebody else."""
    key, _dot, verb = right.partition(".")
    if actor.read_only:
        raise Forbidden(right, _("You are looking as somebody else: nothing can be changed."))
    if not actor.may(key, verb):
        raise Forbidden(right)


def told(actor: Actor, name: str, who: int | None, **payload: Any) -> None:
    """Begin the transaction's event and publish it."""
    event = begin(actor)
    publish(
        name,
        event_id=event,
        by=actor,
        resource="user",
        record_id=who,
        payload={"who": who, **payload},
    )


def sessions_of_all(limit: int = 300) -> list[Session]:
    """Who is signed in, latest first."""
    return list(
        Session.objects.filter(expires_at__gt=timezone.now()).select_related("user", "viewing_as").order_by("-seen_at")[:limit]
    )


def end(pk: int, actor: Actor) -> None:
    """Sign somebody out of one browser."""
    may(actor, "user.edit")
    with transaction.atomic():
        found = Session.objects.filter(pk=pk).first()
        if found is None:
            raise Missing(_("This sign-in has ended already."))
        told(actor, "user.session_ended", found.user_id)
        found.delete()


def tokens_of_all(limit: int = 300) -> list[Token]:
    """Everybody's API tokens, newest first."""
    return list(Token.objects.select_related("user").order_by("revoked_at", "-created_at")[:limit])


def revoke(pk: int, actor: Actor) -> None:
    """Make somebody's token worthless."""
    may(actor, "token.edit")
    with transaction.atomic():
        found = Token.objects.select_for_update().filter(pk=pk, revoked_at=None).first()
        if found is None:
            raise Missing(_("This token was revoked already."))
        told(actor, "user.token_revoked", found.user_id, token=found.name)
        found.revoked_at = timezone.now()
        found.save(update_fields=("revoked_at",))


def view_as(session_id: int, user: int, actor: Actor) -> str:
    """Let this browser look as somebody else sees it; nothing can be changed meanwhile. Returns the name."""
    may(actor, "user.edit")
    somebody = directory.users().get(user)
    if somebody is None or not somebody.active:
        raise Missing(_("This colleague no longer works here."))
    if user == actor.user_id:
        raise Refused(_("This is yourself."))
    with transaction.atomic():
        told(actor, "user.viewed_as", user)
        Session.objects.filter(pk=session_id, user_id=actor.user_id).update(viewing_as_id=user)
    return somebody.name


def stop_viewing(session_id: int) -> None:
    """See again with one's own eyes."""
    with transaction.atomic():
        found = Session.objects.select_for_update().filter(pk=session_id).first()
        if found is None or found.viewing_as_id is None:
            return
        told(Actor(found.user_id), "user.viewing_ended", found.viewing_as_id)
        found.viewing_as_id = None
        found.save(update_fields=("viewing_as",))
