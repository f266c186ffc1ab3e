"""What was said with the customer about an opportunity is written on it: a follow-up of the customer that keeps the opportunity with it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.customers.models import Customer, FollowUp
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import call, fetch, noted
from pellucid.kernel.records.errors import Forbidden, Refused

from ..models import Opportunity


@action(Opportunity, label=gettext_lazy("Write a follow-up"), icon="pencil", verb="view", shown=lambda one: False, locks=("customer",),
        event="opportunity.told", sentence=gettext_lazy("{actor} wrote a follow-up"), quiet=True)  # fmt: skip
def opportunity_tell(
    one: Opportunity,
    *,
    actor: Actor,
    text: Annotated[str, Ask(gettext_lazy("What was said"), kind="longtext", max_length=10_000)],
    kind: Annotated[str, Ask(gettext_lazy("How"), choices=FollowUp.Kind)] = FollowUp.Kind.CALL.value,
    at: Annotated[dt.datetime | None, Ask(gettext_lazy("When"), help=gettext_lazy("Left empty: now."))] = None,
    contact: Annotated[int | None, Ask(gettext_lazy("With whom"), kind="link", target="contact")] = None,
    result: Annotated[int | None, Ask(gettext_lazy("Result"), kind="term", dictionary="follow_up_result")] = None,
    minutes: Annotated[int | None, Ask(gettext_lazy("Minutes"))] = None,
    met_decision_maker: Annotated[bool, Ask(gettext_lazy("Met the decision maker"))] = False,
    next_step: Annotated[str, Ask(gettext_lazy("Next step"), max_length=200)] = "",
    next_step_at: Annotated[dt.datetime | None, Ask(gettext_lazy("Next step at"))] = None,
    latitude: Annotated[Decimal | None, Ask(gettext_lazy("Latitude"), hidden=True)] = None,
    longitude: Annotated[Decimal | None, Ask(gettext_lazy("Longitude"), hidden=True)] = None,
) -> FollowUp:
    """A follow-up of its customer, about it: what comes next is its next step."""
    if not actor.may("followup", "create"):
        raise Forbidden("followup.create", _("You may not write follow-ups."))
    if one.customer_id is None:
        raise Refused(_("Say first which customer it is with."))
    fetch(Customer, one.customer_id, actor)  # a follow-up is read through the customer: who cannot see it could not read what he wrote
    told = FollowUp(customer_id=one.customer_id, about_resource="opportunity", about_id=one.pk, kind=kind or FollowUp.Kind.CALL, text=text,
                    contact_id=contact, result_id=result, minutes=minutes, met_decision_maker=bool(met_decision_maker),
                    next_step=next_step or "", next_step_at=next_step_at, latitude=latitude, longitude=longitude)  # fmt: skip
    if at is not None:
        told.at = at
    call("followup_create", None, actor=actor, filled=told)
    noted(follow_up=told.pk)
    return told
