"""What the workbench shows of sales: what was won and opened, what is in the funnel, which sales need a hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory, rights
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import briefing
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.needs import may
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.fields import masked, readable

from . import agreed, selectors, stages
from .models import Opportunity

FIGURES = ("won_opp_amount", "new_opportunities")
WHOLE_FIGURES = ("won_opp_amount", "win_rate", "new_opportunities")
FUNNEL = ("open_amount", "open_count", "weighted_amount")


def mine(actor: Actor) -> dict[str, Any]:
    """Whose opportunities the workbench speaks of: one's own, or all that one's role reaches."""
    return {} if rights.oversees(actor.rights, "opportunity") else {"owner": actor.user_id}


def strip(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What was won and opened in the period; who looks after others is told how often it is won, too."""
    within = mine(actor)
    return {"facts": briefing.figures(FIGURES if within else WHOLE_FIGURES, actor, show_for(actor), params, within)}


def funnel(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What is in progress, stage by stage."""
    within, show = mine(actor), show_for(actor)
    if not all(may(actor, name, ("stage", *within)) for name in FUNNEL):
        return None
    found = answer(actor, Ask(FUNNEL, by=("stage",), filters={"opportunity_state": Opportunity.State.OPEN, **within}, totals=True), show.today)
    cells = {line.values[0]: line.cells for line in found.lines}
    most = max((c["open_amount"] or 0 for c in cells.values()), default=0)
    if not cells:
        return None
    whose = "".join(f"&f.{name}=me" for name in within)
    rows = [
        {"label": s.label(show.language), "share": round(100 * Decimal(cells[s.id]["open_amount"] or 0) / most) if most else 0,
         "amount": words.money(cells[s.id]["open_amount"] or 0, show.language), "count": f"{cells[s.id]['open_count']:,}",
         "href": f"/opportunities/?view=open&f.stage=in:{s.id}{whose}"}
        for s in stages.stages().values() if s.id in cells
    ]  # fmt: skip
    weighted = words.money(found.total.cells["weighted_amount"] or 0, show.language) if found.total else ""
    return {"rows": rows, "note": _("weighted %(amount)s") % {"amount": weighted}, "all": f"/opportunities/?view=open&as=board{whose}"}


def attention(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Sales that the customer has decided on and that are still in progress; then the largest that stand still or that nobody has planned
    anything for (R097)."""
    within, show = mine(actor), show_for(actor)
    if not {"customer", "rots_on", "next_step", "amount", "stage"} <= set(readable("opportunity", actor)) or masked("opportunity", "amount", actor):
        return None
    may_plan = actor.may("opportunity", "edit") and not actor.read_only
    rows = list(decided(actor, within.get("owner"), show))
    for one in selectors.in_need(actor, show.today, owner_id=within.get("owner")):
        plan = {"label": _("Plan it"), "dialog": f"/opportunities/{one.pk}/do/opportunity_next_step"}
        rows.append({"icon": "hourglass", "tone": "warn", "label": one.name, "href": f"/opportunities/{one.pk}", "inline": True,
                     "sub": " · ".join(why(one, show, whole=not within))} | ({"act": plan} if may_plan and not one.next_step_at else {}))  # fmt: skip
    return {"rows": rows, "all": f"/opportunities/?view=stalled{'&f.owner=me' if within else ''}"} if rows else None


def decided(actor: Actor, owner_id: int | None, show: Show) -> Iterator[dict[str, Any]]:
    """Those that are won as far as the customer is concerned, with the way to win them."""
    running = selectors.in_progress(actor, owner_id)
    signs = agreed.signs(running, actor)
    may = actor.may("opportunity", "edit") and not actor.read_only
    for one in running.filter(pk__in=signs).select_related("customer").order_by("-amount_base", "-id")[: selectors.IN_NEED]:
        guide = agreed.proposed(one, actor) or {}
        sub = [one.customer.name if one.customer else "", words.money(one.amount_base, show.language), signs[one.pk].text]
        act = {"label": _("Won"), "dialog": agreed.winning(one, signs[one.pk].on)} if may and not guide.get("warn") else None
        yield {"icon": "trophy", "tone": "ok", "label": one.name, "href": f"/opportunities/{one.pk}", "inline": True,
               "sub": " · ".join(filter(None, sub))} | ({"act": act} if act else {})  # fmt: skip


def why(one: Opportunity, show: Show, *, whole: bool) -> list[str]:
    """With whom, how much, and what is wrong with it, in words; whose it is for those who look after many."""
    out = [one.customer.name] if one.customer else []
    out += [directory.user_name(one.owner_id)] if whole else []
    out.append(words.money(one.amount_base, show.language))
    if one.rots_on and one.rots_on < show.today:
        still = (show.today - one.stage_since.astimezone(show.zone).date()).days
        out.append(_("standing still for %(n)s days") % {"n": still})
    if not one.next_step_at:
        out.append(_("no next step"))
    return out
