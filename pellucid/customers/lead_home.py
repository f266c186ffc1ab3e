"""The workbench of those who bring leads in: how many came and were good, what waits for a judgement, where they come from."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory, rights
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.metrics import briefing
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import link
from pellucid.kernel.metrics.needs import may
from pellucid.kernel.records import terms, words
from pellucid.kernel.resources.declare import HomeCard, place
from pellucid.kernel.resources.fields import masked, readable

from .models import Lead

FIGURES = ("new_leads", "good_leads", "good_lead_rate", "unjudged_leads")
ROLES = ("marketing",)
SHOWN = 8


def mine(actor: Actor) -> dict[str, Any]:
    """Whose leads the cards speak of: one's own, or all that one's role reaches."""
    return {} if rights.oversees(actor.rights, "lead") else {"owner": actor.user_id}


def strip(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What came in the period and what it was worth."""
    return {"facts": briefing.figures(FIGURES, actor, show_for(actor), params, mine(actor))}


def waiting(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Leads nobody has judged yet, those that wait longest first."""
    if not {"name", "received_at", "origin"} <= set(readable("lead", actor)) or masked("lead", "name", actor):
        return None
    show, within = show_for(actor), mine(actor)
    found = scoped(Lead, actor).filter(state=Lead.State.NEW, **{f"{name}_id": value for name, value in within.items()})
    rows = []
    for lead in found.order_by("received_at", "id").only("name", "origin", "owner", "received_at")[:SHOWN]:
        parts = (terms.label(lead.origin_id, show.language) if lead.origin_id else "", directory.user_name(lead.owner_id))
        rows.append({"label": lead.name, "href": f"/leads/{lead.pk}", "sub": " · ".join(filter(None, parts)), "icon": "target-arrow",
                     "right": words.ago(lead.received_at, show.now, show.language)})  # fmt: skip
    return {"rows": rows, "note": f"{found.count():,}", "all": "/leads/?view=unjudged" + ("&f.owner=me" if within else "")} if rows else None


def origins(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Where the leads of the period come from, and how many of each were good."""
    show, within = show_for(actor), mine(actor)
    if not all(may(actor, name, ("origin", *within)) for name in ("new_leads", "good_leads")):
        return None
    _step, period = briefing.period_of(params, show.today)
    ask = Ask(("new_leads", "good_leads"), by=("origin",), period=period, filters=within)
    lines = sorted(answer(actor, ask, show.today).lines, key=lambda line: -(line.cells["new_leads"] or 0))[:SHOWN]
    most = max((line.cells["new_leads"] or 0 for line in lines), default=0)
    rows = [{"label": terms.label(line.values[0], show.language) if line.values[0] else "–",
             "share": round(100 * (line.cells["new_leads"] or 0) / most),
             "amount": f"{line.cells['new_leads'] or 0:,}", "count": f"{line.cells['good_leads'] or 0:,}",
             "href": link(actor, "new_leads", ask, show.today, {"origin": line.values[0]})}
            for line in lines if most]  # fmt: skip
    return {"rows": rows, "all": link(actor, "new_leads", ask, show.today)} if rows else None


place(
    HomeCard("leads.strip", _("Figures of leads"), "", strip, place="strip", roles=ROLES, needs="lead.view", position=5),
    HomeCard("leads.waiting", _("Leads to be judged"), "customers/waiting.html", waiting, roles=ROLES, needs="lead.view", position=20),
    HomeCard("leads.origins", _("Where leads come from"), "customers/origins.html", origins, place="right", roles=ROLES, needs="lead.view",
             position=15),
)  # fmt: skip
