"""Guidance on a running sale: a leader says what he would do, the owner hears of it and, where a day is named, has it as a task."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import call, noted
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.together import mentioned

from ..models import Opportunity
from .moving import is_open


@action(Opportunity, label=gettext_lazy("Give guidance"), icon="bulb", verb="view", shown=is_open, event="opportunity.advised", personal=("text",),
        sentence=gettext_lazy("{actor} gave guidance: {text}"), did=gettext_lazy("Gave guidance on “{name}”"))
def opportunity_advise(
    one: Opportunity,
    *,
    actor: Actor,
    text: Annotated[str, Ask(gettext_lazy("What you would do"), kind="longtext", max_length=2000)],
    until: Annotated[dt.date | None, Ask(gettext_lazy("To be done by"), help=gettext_lazy("With a day it becomes a task of the owner."))] = None,
) -> None:
    """Kept on the record for everybody who works on it; its owner is told."""
    if one.state != Opportunity.State.OPEN:
        raise Refused(_("It is closed; reopen it first."))
    if until is not None:
        if until < days.today():
            raise Invalid({"until": [_("This day is over.")]})
        due = days.start_of(until) + dt.timedelta(hours=17)
        line = text.strip().splitlines()[0]
        call("opportunity_add_task", one, actor=actor, name=line[:200], due_at=due, owner=one.owner_id, note=text if text.strip() != line else "")
    noted(text=text.strip(), owner=one.owner_id, mentions=mentioned(text))
