"""What follows when something happened with leads and customers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.records.errors import Failure

from .actions import schemes
from .actions.classes import rises
from .models import Customer, Lead


@subscribe("lead.qualified", "lead.nurtured", "lead.converted")
def judged_good(event: Event) -> None:
    """A lead that is worth work raises the customer it belongs to."""
    lead = Lead._base_manager.filter(pk=event.record_id, customer__isnull=False).first()
    to = rises().get("qualified")
    if lead is None or to is None or not Customer._base_manager.filter(pk=lead.customer_id, customer_class__lt=to, deleted_at=None).exists():
        return
    reason = _("the lead “%(name)s” was judged good") % {"name": lead.name}
    try:
        run("customer_rise", lead.customer_id, Actor.system("rule", event.pk), {"customer_class": to, "reason": reason[:200]})
    except Failure:  # gone meanwhile
        return


@subscribe("customer.created", "customer.rose", "customer.fell", "customer.classed")
def starts_schemes(event: Event) -> None:
    """Schemes that start by themselves do so at once."""
    if event.record_id:
        schemes.start_due([event.record_id])
    elif event.many:
        schemes.start_due(list(EventItem._base_manager.filter(event_id=event.pk).values_list("record_id", flat=True)))
