"""The workbench of those who carry orders out: how steps are kept, and which steps the reader's unit has before it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.metrics import briefing
from pellucid.kernel.records import words
from pellucid.kernel.resources.declare import HomeCard, place
from pellucid.kernel.resources.fields import clear

from . import selectors
from .models import OrderStep
from .step_pages import is_late, name_of

FIGURES = ("steps_due", "steps_in_time", "steps_overdue", "steps_done")
ROLES = ("service", "warehouse")
SHOWN = 8


def strip(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What of orders was to be done in the period, and what was."""
    return {"facts": briefing.figures(FIGURES, actor, show_for(actor), params, {})}


def ahead(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """The open steps of the reader's unit, the latest first."""
    home = directory.home_of(actor.user_id)
    if home is None or not clear("task", actor, "name", "due_at", "owner") or not clear("order", actor, "number", "customer"):
        return None
    show = show_for(actor)
    found, n, late = selectors.steps_ahead(scoped(OrderStep, actor), tree().below(home), show.today, SHOWN)
    now = show.now.astimezone(show.zone)
    rows = [{"label": name_of(s, show.language), "icon": "checklist", "tone": "bad" if is_late(s, show) else "i3",
             "sub": f"{s.order.number} · {s.order.customer} · {directory.user_name(s.task.owner_id)}", "href": f"/orders/{s.order_id}",
             "right": words.due(s.task.due_at.astimezone(show.zone), now, show.language)} for s in found]  # fmt: skip
    note = str(n) + (" · " + gettext("%(n)s late") % {"n": late} if late else "")
    return {"rows": rows, "all": "/tasks/?view=all&f.about_resource=order", "note": note} if rows else None


place(
    HomeCard("orders.steps", _("Figures of steps"), "", strip, place="strip", roles=ROLES, needs="orderstep.view", position=5),
    HomeCard("orders.steps_ahead", pgettext_lazy("orders", "Steps before us"), "orders/home.html", ahead, roles=ROLES, needs="orderstep.view",
             position=11),
)
