"""What the requester does with his own request."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.records.errors import Refused

from .. import store
from ..machine import elapsing
from ..models import ProcessInstance
from ..too_late import ended
from .deciding import never


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise Refused(_("A person decides."))
    return actor.user_id


@action(ProcessInstance, label=t("Withdraw the request"), verb="view", icon="arrow-back-up", tone="bad", shown=never,
        sentence=t("{actor} withdrew it"), did=t("Withdrew “{name}”"))  # fmt: skip
def processinstance_withdraw(
    row: ProcessInstance, *, actor: Actor, comment: Annotated[str, Ask(t("Why"), kind="longtext", max_length=2000)] = ""
) -> None:
    """Take the request back, as far as the process lets one."""
    with store.command(row, actor.user_id) as run:
        if not run.i.running:
            raise ended(row, run, actor)
        elapsing.withdraw(run, _person(actor), comment or "")


@action(ProcessInstance, label=t("Urge"), verb="view", icon="bell-ringing", shown=never, sentence=t("{actor} urged"), did=t("Urged: “{name}”"))
def processinstance_urge(row: ProcessInstance, *, actor: Actor) -> None:
    """Remind whoever is asked, at most every two hours."""
    with store.command(row, actor.user_id) as run:
        if not run.i.running:
            raise ended(row, run, actor)
        elapsing.urge(run, _person(actor))
