"""What is shown on a lead: that it can become business, and what it became."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.customers.models import Customer, Lead
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.resources.declare import Panel, place

from .models import Opportunity


def became(lead: Lead, actor: Actor) -> dict[str, Any] | None:
    """On a lead judged to be an opportunity: make it one. On a converted one: what it became, as far as the reader may see it."""
    if lead.state == Lead.State.QUALIFIED and lead.pool_id is None and actor.may("lead", "edit"):
        return {"lead": _("Judged to be an opportunity"), "text": _("make customer, contact and opportunity of it"),
                "act": {"label": _("Convert"), "dialog": f"/leads/{lead.pk}/do/lead_convert"}}  # fmt: skip
    if lead.state != Lead.State.CONVERTED:
        return None
    sale = scoped(Opportunity, actor).filter(lead=lead.pk).first() if actor.may("opportunity", "view") else None
    firm = scoped(Customer, actor).filter(pk=lead.customer_id or 0).first() if actor.may("customer", "view") else None
    if sale is None and firm is None:
        return {"lead": _("Converted"), "text": _("A colleague goes on with it.")}
    href = f"/opportunities/{sale.pk}" if sale else f"/customers/{firm.pk}" if firm else ""
    text = " · ".join(str(r) for r in (firm, sale) if r is not None)
    return {"lead": _("Became"), "text": text, "act": {"label": _("Open"), "href": href}}


place(Panel("lead", "became", gettext_lazy("What became of it"), "", became, place="guide", position=200))
