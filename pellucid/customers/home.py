"""What the workbench shows of customers: the figures, what needs attention, what came in, what colleagues wrote."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory, rights
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import briefing
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.fields import masked, readable

from . import selectors
from .models import Customer
from .settings import quiet_days

FIGURES = ("new_customers", "follow_up_count", "visits", "decision_maker_meetings")
UNPLANNED = 6
LATELY = dt.timedelta(days=7)


def oversees(actor: Actor) -> bool:
    """Whether the reader looks after more than what is his own: a unit, a branch, everything."""
    return rights.oversees(actor.rights, "customer")


def strip(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """The numbers on top: one's own, or what one's role reaches; beside them the same days of the period before."""
    return {"facts": briefing.figures(FIGURES, actor, show_for(actor), params, {} if oversees(actor) else {"owner": actor.user_id})}


def attention(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Customers that slip away, one's own or one's people's: long without contact, without a next step."""
    wide, may, show = oversees(actor), actor.may("customer", "edit") and not actor.read_only, show_for(actor)
    owner = None if wide else actor.user_id
    quiet = list(selectors.quiet(actor, quiet_days(), owner_id=owner).only("name", "owner", "last_contact_at")[:4])
    empty = selectors.without_step(actor, owner_id=owner).exclude(pk__in=[c.pk for c in quiet]).only("name", "owner", "last_contact_at")[:3]
    rows = [slipping(c, "user-off", last_contact(c, show), wide) for c in quiet]
    for c in empty:
        plan = {"label": _("Plan it"), "dialog": f"/customers/{c.pk}/do/customer_next_step"}
        rows.append(slipping(c, "hourglass", _("no next step"), wide) | ({"act": plan} if may else {}))
    if not rows:
        return None
    return {"rows": [row | {"inline": True} for row in rows], "all": "/customers/?view=quiet" + ("" if wide else "&f.owner=me"), "note": _("by rule")}


def unplanned(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Beside the calendar: one's own customers for whom nothing is planned, each with the way to plan it."""
    if not actor.may("customer", "edit") or actor.read_only:
        return None
    found = selectors.without_step(actor, owner_id=actor.user_id)
    show, n = show_for(actor), found.count()
    rows = [slipping(c, "hourglass", last_contact(c, show), False)
            | {"act": {"label": _("Plan it"), "dialog": f"/customers/{c.pk}/do/customer_next_step"}}
            for c in found.only("name", "owner", "last_contact_at")[:UNPLANNED]]
    return {"rows": rows, "note": str(n), "all": "/customers/?view=all&f.owner=me&f.next_step_at=empty"} if rows else None


def slipping(customer: Customer, icon: str, why: str, wide: bool) -> dict[str, Any]:
    """A row of what needs attention; who looks after many is told whose it is."""
    sub = f"{directory.user_name(customer.owner_id)} · {why}" if wide else why
    return {"icon": icon, "tone": "warn", "label": customer.name, "href": f"/customers/{customer.pk}", "sub": sub}


def last_contact(customer: Customer, show: Show) -> str:
    """When somebody last spoke with a customer, in words."""
    if customer.last_contact_at is None:
        return _("never contacted")
    return _("last contact %(when)s") % {"when": words.ago(customer.last_contact_at, show.now, show.language)}


def arrivals(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Customers that came lately."""
    show = show_for(actor)
    rows = [
        {
            "label": c.name,
            "href": f"/customers/{c.pk}",
            "sub": directory.user_name(c.owner_id),
            "right": words.ago(c.created_at, show.now, show.language),
        }
        for c in selectors.arrived(actor, show.now - 2 * LATELY)
    ]
    return {"rows": rows, "all": "/customers/?view=all&sort=created_at"} if rows else None


def told(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What one's people wrote about their customers lately, to guide them while work runs (R250)."""
    if not oversees(actor) or "text" not in readable("followup", actor) or masked("followup", "text", actor):
        return None
    show, rows = show_for(actor), []
    for f in selectors.told_lately(actor, show.now - LATELY):
        who = directory.doer_name(f.author_id, f.on_behalf_of_id)
        rows.append({"label": f"{who} · {f.get_kind_display()} · {f.customer.name}", "sub": f.text, "person": who, "tint": f.author_id,
                     "href": f"/customers/{f.customer_id}", "right": words.ago(f.at, show.now, show.language)})  # fmt: skip
    return {"rows": rows, "all": "/follow-ups/"} if rows else None
