"""What was said with the customer about an opportunity is written on it: a follow-up of the customer that keeps the opportunity with it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.actions.next_steps import copy_step, nearest, open_steps
from pellucid.collaboration.models import Task
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


def belongs() -> None:
    """Follow-ups about nothing in particular are put to the opportunity that ran that day, the youngest of several. What the last of them says of
    the next step, and what is planned there, is one thing from now on, a step of the opportunity: of the two the one that is due first."""
    day = OuterRef("at__date")
    running = Opportunity._base_manager.filter(Q(closed_on=None) | Q(closed_on__gte=day), customer=OuterRef("customer"), opened_on__lte=day,
                                               deleted_at=None)  # fmt: skip
    rows = FollowUp._base_manager.filter(Exists(running), about_id=None, deleted_at=None)
    rows.update(about_resource="opportunity", about_id=running.order_by("-opened_on", "-id").values("pk")[:1])
    of_customers, of_deals = ({step.about_id: step for step in open_steps(key)} for key in ("customer", "opportunity"))
    told = FollowUp._base_manager.filter(about_resource="opportunity", deleted_at=None).order_by("about_id", "-at", "-id").distinct("about_id")
    deals = dict(Opportunity._base_manager.filter(state="open", deleted_at=None, customer__isnull=False).values_list("pk", "name"))
    for last in told.filter(about_id__in=deals, next_step_at__isnull=False):
        said, planned = of_customers.get(last.customer_id), of_deals.get(last.about_id)
        if said is None or (said.name, said.due_at) != (last.next_step, last.next_step_at):
            continue
        if planned is None or said.due_at < planned.due_at:
            if planned is not None:
                planned.delete()
            Task._base_manager.filter(pk=said.pk).update(about_resource="opportunity", about_id=last.about_id, about_title=deals[last.about_id or 0])
            copy_step("opportunity", last.about_id)
        else:
            later = planned.due_at > last.at
            FollowUp._base_manager.filter(pk=last.pk).update(next_step=planned.name if later else "", next_step_at=planned.due_at if later else None)
            Task._base_manager.filter(pk=said.pk).delete()
        del of_customers[last.customer_id]
    for pk in sorted(nearest("customer").keys() - of_customers.keys()):
        copy_step("customer", pk)
