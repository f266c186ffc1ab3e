"""What is shown on leads, and the pools from which colleagues take."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.collaboration.pages import tasks_on
from pellucid.collaboration.plan_pages import plans_on
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, terms, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.throttle import spend
from pellucid.kernel.resources.declare import Hint, Menu, Page, Panel, TimelineSource, place
from pellucid.kernel.resources.fields import masked, readable

from . import intake, pools, scoring
from .intake import HINTS_A_MINUTE
from .models import Customer, FollowUp, Lead, LeadFollowUp, Pool
from .pages import ICONS

SHOWN = 60                              # records of a pool on one page
SOON = 14                               # days before a recall that are worth a word


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
    if not actor.may("leadfollowup", "view") or "text" not in readable("leadfollowup", actor) or masked("leadfollowup", "text", actor):
        return []
    rows = LeadFollowUp._base_manager.filter(lead=lead, deleted_at=None)
    show = show_for(actor)
    return [entry(f, show) for f in (rows.filter(at__lt=before) if before else rows).order_by("-at", "-id")[:limit]]


def entry(told: LeadFollowUp, show: Show) -> dict[str, Any]:
    """A follow-up as the timeline draws it."""
    icon, tone = ICONS[told.kind]
    tags = [{"label": terms.label(told.result_id, show.language), "tone": terms.known()[told.result_id].tone}] if told.result_id else []
    step = ""
    if told.next_step_at:
        when = words.appointed(told.next_step_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
        step = _("Next: %(when)s %(what)s") % {"when": when, "what": told.next_step}
    return {"at": told.at, "who": told.author_id, "icon": icon, "tone": tone, "did": str(told.get_kind_display()), "link": None, "tags": tags,
            "box": told.text, "next": step, "remarks": [], "buttons": [], "files": [], "images": []}  # fmt: skip


def points(lead: Lead, actor: Actor) -> dict[str, Any] | None:
    """The score, line by line (R080)."""
    lines = [line for line in scoring.explained(lead) if line.points]
    if not lines:
        return None
    return {"note": f"{lead.score}", "rows": [{"label": line.rule.name, "right": f"{line.points:+d}"} for line in lines]}


def guide(lead: Lead, actor: Actor) -> dict[str, Any] | None:
    """What a lead needs next: a look at its double, a judgement, a word before it goes back into the pool."""
    if lead.state not in Lead.OPEN or not actor.may("lead", "edit"):
        return None
    if lead.same_as_id:
        look = {"label": _("Open"), "href": f"/leads/{lead.same_as_id}"}
        return {"lead": _("Perhaps the same as another lead"), "warn": str(lead.same_as), "act": look}
    if said := recall_words(lead):
        return {"lead": said, "act": {"label": _("Plan the next step"), "dialog": f"/leads/{lead.pk}/do/lead_next_step"}}
    if lead.state == Lead.State.NEW and lead.customer_id:
        return {"lead": _("Comes from a customer of ours"), "warn": str(lead.customer),
                "act": {"label": _("Open"), "href": f"/customers/{lead.customer_id}"}}  # fmt: skip
    return None


def recall_words(record: Lead | Customer) -> str:
    """How long until a record goes back into a pool; "" while that is far away or no rule says so."""
    due = pools.countdown(record)
    if due is None:
        return ""
    left = (due.on - days.today()).days
    if left > max(SOON, due.rule.warn_days):
        return ""
    if left <= 0:
        return _("Goes back into the pool “%(pool)s” tonight") % {"pool": due.rule.pool}
    said = ngettext("Goes back into the pool “%(pool)s” in %(n)s day", "Goes back into the pool “%(pool)s” in %(n)s days", left)
    return said % {"pool": due.rule.pool, "n": left}


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


# ------------------------------------------------------------------------------------------------ the pools
def sea(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """What waits in the pools one may take from: enough to choose by, nothing to reach anybody by."""
    found = pools.open_to(actor)
    asked = params.get("pool", "")
    counts = {p.pk: pools.waiting(p).count() for p in found}
    full = next((p for p in found if counts[p.pk]), found[0] if found else None)
    now = next((p for p in found if str(p.pk) == asked), full)
    tabs = [{"label": p.name, "href": f"/p/customers/pools?pool={p.pk}", "count": counts[p.pk], "current": p == now} for p in found]
    if now is None:
        return {"tabs": [], "rows": [], "pool": None}
    waiting, show = pools.waiting(now), show_for(actor)
    rows = [row(now, record, actor, show) for record in waiting[:SHOWN]]
    return {"tabs": tabs, "rows": rows, "pool": {"name": now.name, "keeper": directory.user_name(now.keeper_id), "said": limits(now, actor)},
            "rest": max(0, counts[now.pk] - SHOWN)}  # fmt: skip


def limits(pool: Pool, actor: Actor) -> str:
    """What a taker has to know."""
    parts = []
    if pool.daily_limit is not None:
        parts.append(_("at most %(n)s a day") % {"n": pool.daily_limit})
    if pool.held_limit is not None:
        held = pools.held(pool, actor.user_id) if actor.user_id else 0
        parts.append(_("you hold %(held)s of %(n)s") % {"held": held, "n": pool.held_limit})
    if pool.cooldown_days:
        parts.append(_("%(n)s days of cool-down for the former owner") % {"n": pool.cooldown_days})
    return (" · ").join(parts)


def row(pool: Pool, record: Any, actor: Actor, show: Show) -> dict[str, Any]:
    """A waiting record: its name, what it is, what it needs, since when."""
    facts = [terms.label(pk, show.language) for pk in (record.industry_id, record.region_id, record.origin_id) if pk]
    needs = [terms.label(pk, show.language) for pk in record.needs[:3]]
    take = {"label": _("Take"), "icon": "user-check", "post": f"/{pool.kind}s/{record.pk}/do/{pool.kind}_take"}
    return {"name": record.name, "facts": " · ".join(facts), "needs": needs, "since": words.ago(record.updated_at, show.now, show.language),
            "score": record.score if pool.kind == "lead" else terms.label(record.level_id, show.language) if record.level_id else "",
            "take": take if actor.may(pool.kind, "edit") and not actor.read_only else None}  # fmt: skip


place(
    Panel("lead", "follow_up", gettext_lazy("Write a follow-up"), "", composer, place="composer"),
    Panel("lead", "guide", gettext_lazy("What is next"), "", guide, place="guide"),
    Panel("lead", "points", gettext_lazy("Score"), "customers/points.html", points, position=15),
    *tasks_on("lead"),
    plans_on("lead"),
    Hint("lead", ("name", "mobile", "phone"), "parts/duplicates.html", same),
    TimelineSource("lead_follow_up", gettext_lazy("Follow-ups"), ("lead",), follow_ups),
    Page("customers/pools", gettext_lazy("Pools"), "customers/pools.html", sea, needs="pool.view", icon="ripple"),
    Menu("lead", gettext_lazy("Leads"), "/leads/", "target-arrow", group="customers", needs="lead.view", position=51),
    Menu("pools", gettext_lazy("Pools"), "/p/customers/pools", "ripple", group="customers", needs="pool.view", position=63),
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
