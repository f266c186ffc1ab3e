"""What is shown on leads, and the pools from which colleagues take."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.pages import tasks_on
from pellucid.collaboration.plan_pages import plans_on
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import terms, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.throttle import spend
from pellucid.kernel.resources.declare import Hint, Menu, Panel, TimelineSource, place
from pellucid.kernel.resources.fields import clear

from . import intake, scoring, selectors
from .intake import HINTS_A_MINUTE
from .models import FollowUp, Lead, LeadFollowUp
from .pages import ICONS
from .pool_pages import goes_back


def composer(lead: Lead, actor: Actor) -> dict[str, Any] | None:
    """Write a follow-up on the lead itself."""
    if not actor.may("leadfollowup", "create") or lead.state not in Lead.OPEN:
        return None
    language = show_for(actor).language
    results = [{"value": value, "label": label} for value, label, _tone in terms.options("follow_up_result", language)]
    kinds = [k for k in FollowUp.Kind if k in ("call", "wechat", "visit", "email", "meeting")]
    return {
        "run": "leadfollowup_create",
        "values": {"lead": lead.pk},
        "contacts": [],
        "fields": {"kind": "kind", "text": "text", "next_step_at": "next_on", "next_step": "next_text", "result": "result"},
        "extra": [{"name": "result", "id": "composer-result", "label": _("Result"), "kind": "choice", "options": results}],
        "kinds": [{"value": k.value, "label": str(k.label), "icon": ICONS[k.value][0], "selected": k == FollowUp.Kind.CALL} for k in kinds],
    }


def follow_ups(key: str, lead: Lead, actor: Actor, before: dt.datetime | None, limit: int) -> list[dict[str, Any]]:
    """Follow-ups in the lead's timeline."""
    if not clear("leadfollowup", actor, "text", "kind", "at"):
        return []
    rows = selectors.told_of(lead)
    show = show_for(actor)
    may = {n for n in ("author", "result", "next_step", "next_step_at") if clear("leadfollowup", actor, n)}
    return [entry(f, show, may) for f in (rows.filter(at__lt=before) if before else rows).order_by("-at", "-id")[:limit]]


def entry(told: LeadFollowUp, show: Show, may: set[str]) -> dict[str, Any]:
    """A follow-up as the timeline draws it, of its other fields those that one may read."""
    icon, tone = ICONS[told.kind]
    tags, step = [], ""
    if told.result_id and "result" in may:
        tags.append({"label": terms.label(told.result_id, show.language), "tone": terms.known()[told.result_id].tone})
    if told.next_step_at and may >= {"next_step", "next_step_at"}:
        when = words.appointed(told.next_step_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
        step = _("Next: %(when)s %(what)s") % {"when": when, "what": told.next_step}
    return {"at": told.at, "who": directory.doer_name(told.author_id, told.on_behalf_of_id) if "author" in may else "", "icon": icon, "tone": tone,
            "did": str(told.get_kind_display()), "link": None, "tags": tags,
            "box": told.text, "next": step, "remarks": [], "buttons": [], "files": [], "images": []}  # fmt: skip


def points(lead: Lead, actor: Actor) -> dict[str, Any] | None:
    """The score, line by line (R080)."""
    if not clear("lead", actor, "score"):
        return None
    lines = [line for line in scoring.explained(lead) if line.points]
    if not lines:
        return None
    return {"note": f"{lead.score}", "rows": [{"label": line.rule.name, "right": f"{line.points:+d}"} for line in lines]}


def guide(lead: Lead, actor: Actor) -> dict[str, Any] | None:
    """What a lead needs next: a look at its double, a judgement, a word before it goes back into the pool."""
    if lead.state not in Lead.OPEN or not actor.may("lead", "edit"):
        return None
    if lead.same_as_id and clear("lead", actor, "same_as", "name"):
        look = {"label": _("Open"), "href": f"/leads/{lead.same_as_id}"}
        return {"lead": _("Perhaps the same as another lead"), "warn": str(lead.same_as), "act": look}
    if back := goes_back(lead, actor):
        return back
    if lead.state == Lead.State.NEW and lead.customer_id and clear("lead", actor, "customer") and clear("customer", actor, "name"):
        return {"lead": _("Comes from a customer of ours"), "warn": str(lead.customer),
                "act": {"label": _("Open"), "href": f"/customers/{lead.customer_id}"}}  # fmt: skip
    if lead.state == Lead.State.NEW and lead.pool_id is None:
        return {"lead": _("Waits to be judged"), "text": _("an opportunity goes to sales, potential is nurtured first, and what is neither says why")}
    return None


def same(actor: Actor, values: dict[str, str], record_id: int | None) -> dict[str, Any] | None:
    """Customers and open leads that may be the one being typed; of those out of reach only that somebody works on them (D5)."""
    if len(values.get("name", "")) < 2 and not values.get("mobile") and not values.get("phone"):
        return None
    if spend(("duplicates", actor.user_id), HINTS_A_MINUTE)[0] < 0:
        return None
    known = intake.known(actor, name=values.get("name", ""), mobile=values.get("mobile", ""), phone=values.get("phone", ""), exclude=record_id)
    hits: list[dict[str, Any]] = []
    for k in known:
        noun = _("customer") if k.resource == "customer" else _("lead")
        if k.record is None:
            hits.append({"label": _("A %(what)s you cannot see") % {"what": noun}, "why": _("is being worked on by a colleague")})
        else:
            href = f"/{'customers' if k.resource == 'customer' else 'leads'}/{k.record.pk}"
            why = f"{noun} · {directory.user_name(k.record.owner_id)}"
            hits.append({"label": str(k.record), "why": why, "act": {"label": _("Open"), "href": href}})
    return {"duplicates": {"note": _("%(n)s alike") % {"n": len(hits)}, "hits": hits}} if hits else None


place(
    Panel("lead", "follow_up", gettext_lazy("Write a follow-up"), "", composer, place="composer"),
    Panel("lead", "guide", gettext_lazy("What is next"), "", guide, place="guide"),
    Panel("lead", "points", gettext_lazy("Score"), "customers/points.html", points, position=15),
    *tasks_on("lead"),
    plans_on("lead"),
    Hint("lead", ("name", "mobile", "phone"), "parts/duplicates.html", same),
    TimelineSource("lead_follow_up", gettext_lazy("Follow-ups"), ("lead",), follow_ups),
    Menu("lead", gettext_lazy("Leads"), "/leads/", "target-arrow", group="customers", needs="lead.view", position=51),
    Menu("leadfollowup", gettext_lazy("Follow-ups of leads"), "/lead-follow-ups/", "message", group="customers",
         needs="leadfollowup.view", position=64),
    Menu("allocationrule", gettext_lazy("Allocation rules"), "/allocation-rules/", "sitemap", group="settings/rules",
         needs="allocationrule.view", position=10),
    Menu("scorerule", gettext_lazy("Score rules"), "/score-rules/", "gauge", group="settings/rules", needs="scorerule.view", position=20),
    Menu("pool", gettext_lazy("Pools and their limits"), "/pools/", "ripple", group="settings/rules", needs="pool.edit", position=30),
    Menu("leadrecall", gettext_lazy("Recall rules for leads"), "/lead-recall-rules/", "clock-pause", group="settings/rules",
         needs="leadrecall.view", position=40),
    Menu("customerrecall", gettext_lazy("Recall rules for customers"), "/customer-recall-rules/", "clock-pause", group="settings/rules",
         needs="customerrecall.view", position=50),
)
