"""What the page of an opportunity shows besides its fields: what its stage asks for, who decides, who competes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from pellucid.collaboration.pages import tasks_on
from pellucid.customers import subjects
from pellucid.customers.models import Customer
from pellucid.customers.pages import entries, writing
from pellucid.customers.selectors import follow_ups_about
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import days, terms, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import Panel, TimelineSource, place
from pellucid.kernel.resources.fields import clear

from . import agreed, gates, selectors, stages
from .competing import rivals
from .models import CompetitorQuote, Opportunity, OpportunityCompetitor

TONES = {"ahead": "bad", "level": "warn", "behind": "ok"}


# ------------------------------------------------------------------------------------------------ what the stage asks for
def guide(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """What to do in this stage, and what is missing before the next one."""
    here = stages.stages().get(one.stage_id)
    if one.state != Opportunity.State.OPEN or here is None or not clear("opportunity", actor, "stage"):
        return None
    if (agreed_on := agreed.proposed(one, actor)) is not None:
        return agreed_on
    way = stages.way_of(here)
    place_ = next((at for at, s in enumerate(way) if s.id == here.id), len(way))
    following = way[place_ + 1] if place_ + 1 < len(way) else None
    if following is None:
        return {"lead": here.guidance} if here.guidance else None
    named = following.label(actor.language)
    lacking = gates.lacking(one, stages.passed(here, following))
    may = actor.may("opportunity", "edit") and not actor.read_only
    if not lacking:
        move = "opportunity_win" if following.kind == "won" else f"opportunity_move_stage?stage={following.id}"
        on = {"label": _("On to “%(stage)s”") % {"stage": named}, "dialog": f"/opportunities/{one.pk}/do/{move}"}
        return {"lead": here.guidance or _("Ready for “%(stage)s”") % {"stage": named}, "act": on if may else None}
    n = len(lacking)
    said = ngettext("For “%(stage)s” one thing is missing: ", "For “%(stage)s” %(n)s things are missing: ", n) % {"stage": named, "n": n}
    fields = [name for name, _label in lacking if name]
    act = {"label": _("Fill in"), "drawer": f"/opportunities/{one.pk}/edit"} if may and fields else None
    return {"lead": here.guidance, "warn": " " + said + gates.said(lacking, actor.language), "act": act}


def to_do(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """The list of the stage, to be ticked off."""
    here = stages.stages().get(one.stage_id)
    if one.state != Opportunity.State.OPEN or here is None or not here.things or not clear("opportunity", actor, "stage"):
        return None
    may = actor.may("opportunity", "edit") and not actor.read_only
    rows = []
    for thing in here.things:
        done = gates.mark(here.id, thing) in one.ticked
        post = f"/opportunities/{one.pk}/do/opportunity_tick?thing={quote(thing[:180])}"
        act = {"label": _("Not yet") if done else pgettext("button", "Done"), "post": post, "quiet": done}
        rows.append({"icon": "checkbox" if done else "square", "tone": "ok" if done else "i3", "label": thing, "act": act if may else None})
    return {"rows": rows, "note": f"{sum(r['tone'] == 'ok' for r in rows)} / {len(rows)}"}


# ------------------------------------------------------------------------------------------------ what leaders say
def guidance(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """The latest guidance on it, and the way to give some."""
    show = show_for(actor)
    rows = [{"who": directory.doer_name(e.actor_id, e.on_behalf_of), "tint": e.actor_id or 0, "text": e.payload.get("text", ""),
             "when": words.ago(e.at, show.now, show.language)} for e in selectors.advice_on(one)]  # fmt: skip
    give = f"/opportunities/{one.pk}/do/opportunity_advise" if one.state == Opportunity.State.OPEN and not actor.read_only and one.alive else ""
    return {"rows": rows, "give": give} if rows or give and one.owner_id != actor.user_id else None


# ------------------------------------------------------------------------------------------------ who decides
def decision(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """The people of the decision, from the one who decides downwards, and how they stand to us."""
    if not clear("opportunitycontact", actor, "contact", "role", "attitude") or not clear("contact", actor, "name", "position"):
        return None
    language, decides = actor.language, terms.find("decision_role", "decides")
    may = actor.may("opportunitycontact", "create") and not actor.read_only and one.alive
    new = f"/opportunity-contacts/new?opportunity={one.pk}" if may else ""
    found = selectors.deciders(one)
    tones = {"for": "ok", "against": "bad"}
    rows: list[dict[str, Any]] = [
        {"label": p.contact.name, "person": p.contact.name, "tint": p.contact_id, "href": f"/opportunity-contacts/{p.pk}",
         "sub": " · ".join(filter(None, (terms.label(p.role_id, language) if p.role_id else "", p.contact.position))),
         "tag": {"label": str(p.get_attitude_display()), "tone": tones.get(p.attitude, "")}}
        for p in found
    ]  # fmt: skip
    if one.state == Opportunity.State.OPEN and not any(p.role_id == decides for p in found):
        missing = {"icon": "alert-triangle", "tone": "warn", "label": _("Nobody named who decides")}
        rows.insert(0, missing | ({"act": {"label": _("Name somebody"), "drawer": new}} if new else {}))
    return {"rows": rows, "new": new, "note": str(len(found) or "")} if rows or new else None


# ------------------------------------------------------------------------------------------------ who competes
def competition(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """Who competes, how he stands, what he asked for last beside our amount, what he is up to and what we do about it."""
    if not clear("opportunitycompetitor", actor, "competitor", "standing") or not actor.may("competitor", "view"):
        return None
    may = actor.may("opportunitycompetitor", "create") and not actor.read_only and one.alive
    new = f"/opportunity-competitors/new?opportunity={one.pk}" if may else ""
    show = show_for(actor)
    quotes = selectors.quotes_of(one) if clear("competitorquote", actor, "amount", "competitor", "quoted_on") else {}
    price = clear("opportunity", actor, "amount")
    rows = [facing(one, row, quotes.get(row.competitor_id, []), show, price=price, may=may) for row in selectors.rivals_of(one)]
    if not rows and not new and not one.uncontested:
        return None
    note = "" if rows else _("found out: nobody") if one.uncontested else ""
    return {"rows": rows, "new": new, "note": note or (str(len(rows)) if rows else ""),
            "empty": "" if rows or one.uncontested else _("Not known yet who competes.")}  # fmt: skip


def facing(one: Opportunity, row: OpportunityCompetitor, quotes: list[CompetitorQuote], show: Show, *, price: bool, may: bool) -> dict[str, Any]:
    """One competitor of the deal."""
    rival, last = rivals().get(row.competitor_id), quotes[0] if quotes else None
    facts = []
    if last is not None:
        day = words.relative_day(last.quoted_on, show.today, show.language)
        facts = [gap(last.amount, one.amount) if price else "", day, terms.label(last.source_id, show.language) if last.source_id else ""]
        if len(quotes) > 1 and quotes[1].amount:
            facts.insert(1, _("before %(amount)s") % {"amount": words.money(quotes[1].amount, show.language)})
    won = one.lost_to_id == row.competitor_id and one.state == Opportunity.State.LOST
    acts = []
    if may:
        acts = [{"label": _("Quote"), "icon": "plus", "drawer": f"/competitor-quotes/new?opportunity={one.pk}&competitor={row.competitor_id}"},
                {"label": _("State of play"), "icon": "pencil", "drawer": f"/opportunity-competitors/{row.pk}/edit"}]  # fmt: skip
    return {
        "label": rival.name if rival else str(row.competitor), "href": f"/competitors/{row.competitor_id}",
        "tag": {"label": _("Won it"), "tone": "bad"} if won else {"label": str(row.get_standing_display()), "tone": TONES.get(row.standing, "")},
        "amount": words.money(last.amount, show.language) if last else "", "facts": " · ".join(filter(None, facts)),
        "product": row.product.name if row.product else "", "strategy": row.strategy, "answer": row.answer, "acts": acts,
    }  # fmt: skip


def gap(theirs: Decimal, ours: Decimal) -> str:
    """How their price compares with ours."""
    if not ours:
        return ""
    share = (theirs - ours) / ours
    if abs(share) < Decimal("0.0005"):
        return _("as much as ours")
    said = words.percent(abs(share))
    return _("%(share)s below ours") % {"share": said} if share < 0 else _("%(share)s above ours") % {"share": said}


# ------------------------------------------------------------------------------------------------ what was said with the customer
def told(key: str, one: Opportunity, actor: Actor, before: dt.datetime | None, limit: int) -> list[dict[str, Any]]:
    """Follow-ups about it, and while the sale runs those with the customer about nothing in particular, for those who may see the customer."""
    customer = buyer(one, actor)
    if customer is None or not clear("followup", actor, "text", "kind", "at"):
        return []
    since, until = days.start_of(one.opened_on) if one.opened_on else None, days.end_of(one.closed_on) if one.closed_on else None
    found = follow_ups_about(customer.pk, key, one.pk, before, since, until, limit)
    with_customer = {"label": _("With the customer"), "href": f"/customers/{customer.pk}"}
    drawn = entries(found, customer, one, actor)
    return [entry | ({} if f.about_id else {"about": with_customer}) for f, entry in zip(found, drawn, strict=True)]


def buyer(one: Opportunity, actor: Actor) -> Customer | None:
    """Its customer, for whoever may see him; looked up once for a page."""
    if one.customer_id is None or not actor.may("customer", "view"):
        return None
    if one.buyer is None or one.buyer[0] != actor.user_id:
        one.buyer = (actor.user_id, scoped(Customer, actor).filter(pk=one.customer_id).first())
    return one.buyer[1]


def composer(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """Write a follow-up on the opportunity itself."""
    customer = buyer(one, actor)
    found = writing(customer, actor) if customer is not None else None
    return found and found | {"run": "opportunity_tell", "on": one.pk, "values": {}}


@subjects.offers
def in_progress(customer: Customer, actor: Actor) -> list[subjects.Subject]:
    """What a talk with a customer is about most of the time: what he may buy."""
    if not clear("opportunity", actor, "name"):
        return []
    return [subjects.Subject("opportunity", one.pk, one.name, "opportunity_tell") for one in selectors.open_with(customer, actor)]


place(
    Panel("opportunity", "follow_up", gettext_lazy("Write a follow-up"), "", composer, place="composer"),
    TimelineSource("customer_follow_up", gettext_lazy("Follow-ups"), ("opportunity",), told),
    Panel("opportunity", "guide", gettext_lazy("What to do here"), "", guide, place="guide"),
    Panel("opportunity", "to_do", gettext_lazy("In this stage"), "sales/to_do.html", to_do, position=8),
    Panel("opportunity", "guidance", gettext_lazy("Guidance"), "sales/guidance.html", guidance, position=9),
    *tasks_on("opportunity"),
    Panel("opportunity", "competition", gettext_lazy("Competition"), "sales/competition.html", competition, position=12),
    Panel("opportunity", "decision", gettext_lazy("Who decides"), "sales/decision.html", decision, needs="opportunitycontact.view", position=14),
)
