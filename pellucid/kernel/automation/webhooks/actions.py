"""Endpoints are entered, get a secret that is shown once, are tried, switched on and off; what was given up is sent again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Once, action, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.sealed import sealed

from ..models import Endpoint, EndpointSecret, Message
from .posting import read
from .sending import again, secrets_of, write
from .signing import new_secret

BOTH = dt.timedelta(hours=24)  # the secret before still signs so long


@prepares(Endpoint)
def reachable(records: list[Endpoint], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """An address is https and of the internet; who enters it looks after it."""
    for endpoint in records:
        if changed is None and endpoint.keeper_id is None:
            endpoint.keeper_id = actor.user_id
        if changed is None or "url" in changed:
            try:
                read(endpoint.url)
            except Refused as refusal:
                raise Invalid({"url": [refusal.message]}) from refusal


@action(Endpoint, label=t("New secret"), icon="key", sentence=t("{actor} made a new secret"), confirm=t(
        "The secret is shown once. The one before goes on signing for 24 hours, so that the receiver can change over."))  # fmt: skip
def endpoint_new_secret(endpoint: Endpoint, *, actor: Actor) -> Once:
    """Draw a secret; messages are signed with it from now on."""
    text = new_secret()
    endpoint.secrets.filter(ends_at=None).update(ends_at=timezone.now() + BOTH)
    EndpointSecret.objects.create(endpoint=endpoint, sealed=sealed(text))
    return Once(t("Secret of the webhook"), text, t("Give it to whoever runs the receiving program: it checks the signature of each message."))


@action(Endpoint, label=t("Send a test"), icon="send", sentence=t("{actor} sent a test"), did=t("A test is on its way to “{name}”"))
def endpoint_test(endpoint: Endpoint, *, actor: Actor) -> None:
    """Post a message that says nothing, to see whether it arrives."""
    if not endpoint.is_on:
        raise Refused(_("It is switched off."))
    if not secrets_of(endpoint):
        raise Refused(_("Make a secret first."))
    write(endpoint, "pellucid.test", {"name": endpoint.name})


@action(Endpoint, label=t("Switch on"), icon="player-play", shown=lambda e: not e.is_on, sentence=t("{actor} switched it on"),
        did=t("“{name}” is switched on"))  # fmt: skip
def endpoint_switch_on(endpoint: Endpoint, *, actor: Actor) -> None:
    """What waits is sent now."""
    endpoint.is_on, endpoint.stopped, endpoint.failing_since, endpoint.quiet_until = True, "", None, None
    endpoint.save(update_fields=("is_on", "stopped", "failing_since", "quiet_until"))


@action(Endpoint, confirm=t("Nothing is sent there until it is switched on again."),
        label=t("Switch off"), icon="player-pause", tone="bad", shown=lambda e: e.is_on, sentence=t("{actor} switched it off"),
        did=t("“{name}” is switched off"))  # fmt: skip
def endpoint_switch_off(endpoint: Endpoint, *, actor: Actor) -> None:
    """Nothing is sent; what is written meanwhile waits."""
    endpoint.is_on = False
    endpoint.save(update_fields=("is_on",))


@action(Endpoint, label=t("Send again what was given up"), icon="refresh", shown=lambda e: dead(e) > 0, sentence=t("{actor} had {count} sent again"),
        did=t("“{name}”: sent again"))  # fmt: skip
def endpoint_resend(endpoint: Endpoint, *, actor: Actor) -> None:
    """Every message that was given up is tried from the beginning, under its own id."""
    noted(count=again(Message.objects.filter(endpoint=endpoint)))


def dead(endpoint: Any) -> int:
    """How many messages were given up."""
    return Message.objects.filter(endpoint_id=endpoint.pk, state="dead").count()
