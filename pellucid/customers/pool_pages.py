"""The pools from which colleagues take, what one may still take, and what goes back there soon."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.records import days, terms, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.declare import Menu, Page, Panel, place
from pellucid.kernel.resources.fields import masked, readable

from . import clocks, pools
from .models import Customer, CustomerRecall, Lead, LeadRecall, Pool

HERE = "/p/customers/pools"
SHOWN = 50                              # records of a pool on one page
LISTED = 8                              # what a rule would send back, by name
NEAR = 3                                # days that are left and shown as pressing
FACTS = ("name", "customer_class", "level", "score", "industry", "region", "origin", "needs", "pool", "owner")
ORDERS = {"best": gettext_lazy("The best first"), "long": gettext_lazy("The longest waiting first")}


# ------------------------------------------------------------------------------------------------ the page
def sea(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """What waits in the pools one may take from: enough to choose by, nothing to reach anybody by."""
    found, show = pools.open_to(actor), show_for(actor)
    mine = going(actor)
    asked, back = params.get("pool", ""), "back" in params
    counts = {p.pk: pools.waiting(p).count() for p in found}
    full = next((p for p in found if counts[p.pk]), found[0] if found else None)
    now = None if back else next((p for p in found if str(p.pk) == asked), full)
    tabs = [{"label": p.name, "href": f"{HERE}?pool={p.pk}", "count": f"{counts[p.pk]:,}", "current": p == now} for p in found]
    if actor.user_id:
        tabs.append({"label": _("Going back soon"), "href": f"{HERE}?back=1", "count": len(mine), "tone": "hot" if mine else "", "current": back})
    drawn = {"tabs": tabs, "now": None, "back": None, "warn": warned(mine), "rules": actor.may("leadrecall", "view")}
    if back:
        return drawn | {"back": [due_row(due, record, show) for due, record in mine]}
    return drawn | ({"now": shore(now, params, counts[now.pk], actor, show)} if now else {})


def shore(pool: Pool, params: dict[str, str], total: int, actor: Actor, show: Show) -> dict[str, Any]:
    """One pool: my limits, the records, how many I took this week."""
    fields = facts_of(pool, actor)
    text, order = params.get("q", "").strip()[:60], params.get("order", "best")
    rows = narrowed(pools.waiting(pool), text, fields, show.language)
    if order == "long":
        rows = pools.longest_first(pool, rows)
    first = whole(params.get("from"), 10**7) or 0
    n = rows.count() if text else total
    records, into = list(pools.since_when(pool, rows)[first:first + SHOWN]), pools.next_pool(pool)
    entries = pools.entries(pool, [r.pk for r in records])
    user = actor.user_id or 0
    cooling = pools.cooling_of(pool, user)
    may = actor.may(pool.kind, "edit") and not actor.read_only and actor.user_id is not None
    quota = quotas(pool, user, len(cooling)) if may else None
    week = pools.taken_since(pool, user, days.start_of(days.today() - dt.timedelta(days=days.today().weekday())))
    kept = {"pool": str(pool.pk)} | ({"q": text} if text else {}) | ({"order": order} if order == "long" else {})

    def at(**more: Any) -> str:
        return f"{HERE}?{urlencode({k: v for k, v in (kept | more).items() if v != ''})}"

    return {
        "key": f"pool-{pool.pk}", "kind": pool.kind, "fields": fields, "name": pool.name, "keeper": directory.user_name(pool.keeper_id),
        "rows": [row(pool, r, entries.get(r.pk), cooling.get(r.pk), fields, may, quota["full"] if quota else "", show, into is not None)
                 for r in records],
        "into": into.name if into else "", "leaving": (NEAR, len(pools.due_on(pool, ahead=NEAR))) if into else None,
        "quota": quota, "count": n, "q": text, "href": HERE, "hidden": [(k, v) for k, v in kept.items() if k != "q"],
        "orders": [{"label": label, "href": at(order="" if key == "best" else key), "current": key == order} for key, label in ORDERS.items()],
        "week": {"taken": week[0], "spoken": week[1]},
        "pager": {"first": first + 1, "last": first + len(records), "total": f"{n:,}",
                  "previous": at(**{"from": max(first - SHOWN, 0)}) if first else None,
                  "next": at(**{"from": first + SHOWN}) if first + SHOWN < n else None} if records else {},
        "bulk": bulk_of(pool, actor) if may else [],
    }  # fmt: skip


def facts_of(pool: Pool, actor: Actor) -> set[str]:
    """What of the records a reader may see here: what he may read in full; to reach anybody by, there is nothing."""
    found = readable(pool.kind, actor)
    return {name for name in FACTS if name in found and not masked(pool.kind, name, actor)}


def narrowed(rows: QuerySet, text: str, fields: set[str], language: str) -> QuerySet:
    """Those whose name, place or industry has these words."""
    if not text:
        return rows
    named = [pk for pk, term in terms.known().items() if term.dictionary in ("region", "industry") and text in terms.label(pk, language)]
    found = Q(pk__in=[])
    if "name" in fields:
        found |= Q(name__icontains=text)
    for name in ("region", "industry"):
        if name in fields:
            found |= Q(**{f"{name}__in": named})
    return rows.filter(found)


def quotas(pool: Pool, user: int, cooling: int) -> dict[str, Any]:
    """What a taker has to know: what is left today and in all, how many cool down for him."""
    bars = []
    asked = ((_("Taken today"), pool.daily_limit, pools.taken_today, pools.no_more_today), (_("Held by me"), pool.held_limit, pools.held,
                                                                                          pools.holds_enough))
    for label, most, ask, said in asked:
        if most is not None:
            n = ask(pool, user)
            full = n >= most
            bars.append({"label": label, "n": n, "of": most, "full": said(pool) if full else "",
                         "parts": [{"share": min(100, round(100 * n / most)) if most else 100, "tone": "bad" if full else "acc"}]})  # fmt: skip
    return {"bars": bars, "cooling": cooling, "days": pool.cooldown_days, "full": next((str(b["full"]) for b in bars if b["full"]), "")}


def bulk_of(pool: Pool, actor: Actor) -> list[dict[str, Any]]:
    """What can be done to a selection: take it, give it to somebody, let the rules give it away."""
    base = f"/{pool.kind}s/bulk/{pool.kind}"
    acts = [{"label": _("Take"), "icon": "hand-stop", "dialog": f"{base}_take"}]
    if actor.may(pool.kind, "transfer"):
        acts.append({"label": _("Give to"), "icon": "user-share", "dialog": f"{base}_reassign"})
        acts += [{"label": _("Allocate by rule"), "icon": "sitemap", "dialog": f"{base}_allocate"}] if pool.kind == "lead" else []
    return acts


def row(pool: Pool, record: Any, entry: pools.Entry | None, until: dt.date | None, fields: set[str], may: bool, full: str,
        show: Show, flows: bool = False) -> dict[str, Any]:  # fmt: skip
    """A waiting record: what it is, why and since when it waits, whose it was, when it moves on; how to take it, or why not, or from which
    day."""

    def term(name: str) -> str:
        pk = getattr(record, f"{name}_id", None) if name in fields else None
        return terms.label(pk, show.language) if pk else ""

    take = {"label": _("Take"), "icon": "hand-stop", "disabled": full, "post": f"/{pool.kind}s/{record.pk}/do/{pool.kind}_take"}
    return {
        "id": record.pk, "name": record.name if "name" in fields else record.number, "industry": term("industry"), "region": term("region"),
        "origin": term("origin"), "level": term("level"), "score": record.score if pool.kind == "lead" and "score" in fields else None,
        "class": (record.customer_class, record.get_customer_class_display()) if "customer_class" in fields else None,
        "needs": [terms.label(pk, show.language) for pk in record.needs[:2]] if "needs" in fields else [],
        "reason": entry.reason if entry and "pool" in fields else "",
        "former": (directory.user_name(entry.former), entry.former) if entry and entry.former and "owner" in fields else None,
        "days": (days.today() - days.day_of(record.came)).days, "onward": onward(pools.moves_on(pool, record.came)) if flows else None,
        "cold": _("yours again from %(day)s") % {"day": f"{until:%m-%d}"} if until else "",
        "take": take if may and not until else None,
    }  # fmt: skip


def onward(on: dt.date) -> dict[str, str]:
    """How long it still waits in this pool: pressing within days."""
    n = (on - days.today()).days
    return {"when": left(on), "tone": "bad" if n <= 0 else "warn" if n <= NEAR else ""}


# ------------------------------------------------------------------------------------------------ going back
def going(actor: Actor) -> list[tuple[pools.Due, Any]]:
    """What of the reader's own goes back within days, the nearest first."""
    out: list[tuple[pools.Due, Any]] = []
    for kind, model in pools.MODELS.items():
        if actor.user_id is None or not pools.rules_in_use(kind) or not actor.may(kind, "view"):
            continue
        own = {r.pk: r for r in scoped(model, actor).filter(owner=actor.user_id, pool=None)}
        out += [(due, own[due.record_id]) for due in pools.due_back(kind, ids=list(own), ahead=pools.SOON)]
    return sorted(out, key=lambda found: (found[0].on, found[1].pk))


def left(on: dt.date) -> str:
    """How long until that day."""
    n = (on - days.today()).days
    if n <= 0:
        return _("tonight")
    return ngettext("in %(n)s day", "in %(n)s days", n) % {"n": n}


def warned(mine: list[tuple[pools.Due, Any]]) -> dict[str, str] | None:
    """A word about what is lost next."""
    if not mine:
        return None
    due, record = mine[0]
    n = len(mine)
    text = ngettext("%(n)s of yours goes back into a pool: “%(name)s” %(when)s", "%(n)s of yours go back into a pool, first “%(name)s” %(when)s", n)
    return {"text": text % {"n": n, "name": record, "when": left(due.on)}, "href": f"{HERE}?back=1"}


def due_row(due: pools.Due, record: Any, show: Show) -> dict[str, Any]:
    """One of the reader's own that goes back: to where, why, when, and the way to keep it."""
    key = record._meta.model_name
    return {
        "name": str(record), "href": f"/{key}s/{record.pk}", "pool": str(due.rule.pool), "rule": str(due.rule), "why": due.why, "when": left(due.on),
        "tone": "bad" if (due.on - days.today()).days <= NEAR else "warn",
        "last": words.ago(record.last_contact_at, show.now, show.language) if record.last_contact_at else _("never"),
        "act": {"label": _("Write a follow-up"), "icon": "message", "href": f"/{key}s/{record.pk}"},
    }  # fmt: skip


def goes_back(record: Lead | Customer, actor: Actor) -> dict[str, Any] | None:
    """On the record: when it goes back into which pool, and why; None while that is far away or nobody says so."""
    key = record._meta.model_name
    if not actor.may(str(key), "edit"):
        return None
    if record.pool_id:
        return goes_on(record)
    plan = {"label": _("Plan the next step"), "dialog": f"/{key}s/{record.pk}/do/{key}_next_step"}
    if at := clocks.recall_at(record):
        show = show_for(actor)
        when = words.appointed(at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)
        text = _("Goes back into the pool “%(pool)s” %(when)s") % {"pool": clocks.pool_for(record), "when": when}
        return {"lead": text, "warn": _("no follow-up planned in time"), "act": plan}
    due = pools.soon(record)
    if due is None:
        return None
    return {"lead": _("Goes back into the pool “%(pool)s” %(when)s") % {"pool": due.rule.pool, "when": left(due.on)}, "warn": due.why,
            "text": _("a follow-up keeps it") if due.quiet else _("a deal keeps it")}  # fmt: skip


def goes_on(record: Lead | Customer) -> dict[str, Any] | None:
    """On a record that waits in a pool: when it moves on, and into which."""
    pool = next((p for p in pools.in_use() if p.pk == record.pool_id), None)
    found = pools.due_on(pool, ids=[record.pk], ahead=pools.SOON) if pool else []
    if pool is None or not found:
        return None
    return {"lead": _("Moves on into the pool “%(pool)s” %(when)s") % {"pool": pools.next_pool(pool), "when": left(found[0][1])},
            "warn": untaken(pool), "text": _("whoever takes it keeps it here")}  # fmt: skip


def untaken(pool: Pool) -> str:
    """Why something moves on from a pool."""
    n = pool.flow_days or 0
    return ngettext("not taken for %(n)s day", "not taken for %(n)s days", n) % {"n": n}


def would_flow(pool: Pool, actor: Actor) -> dict[str, Any] | None:
    """On a pool from which something moves on: what does tonight and within days, as far as the reader sees the records."""
    into = pools.next_pool(pool)
    if into is None:
        return None
    found = pools.due_on(pool, ahead=pools.SOON)
    known = scoped(pools.MODELS[pool.kind], actor).in_bulk([pk for pk, _on in found])
    rows = [{"label": str(known[pk]), "href": f"/{pool.kind}s/{pk}", "sub": f"→ {into} · {untaken(pool)}", "right": left(on)}
            for pk, on in found if pk in known]  # fmt: skip
    return previewed(rows, sum(1 for _pk, on in found if on <= days.today()), len(found))


def previewed(rows: list[dict[str, Any]], tonight: int, n: int) -> dict[str, Any]:
    """What a rule moves, for its card: the first by name, how many when."""
    note = _("%(now)s tonight, %(n)s within %(days)s days") % {"now": f"{tonight:,}", "n": f"{n:,}", "days": pools.SOON}
    return {"rows": rows[:LISTED], "note": note, "rest": n - len(rows[:LISTED])}


def would_send(rule: LeadRecall | CustomerRecall, actor: Actor) -> dict[str, Any] | None:
    """On a recall rule, in use or not: what it sends back tonight and within days, as far as the reader sees the records."""
    kind = "lead" if isinstance(rule, LeadRecall) else "customer"
    found = [due for due in pools.due_back(kind, ahead=pools.SOON, trial=rule.pk) if due.rule.pk == rule.pk]
    tonight = sum(1 for due in found if due.on <= days.today())
    known = scoped(pools.MODELS[kind], actor).in_bulk([due.record_id for due in found])
    rows = [{"label": str(record), "href": f"/{kind}s/{record.pk}", "sub": f"{directory.user_name(record.owner_id)} · {due.why}",
             "right": left(due.on)} for due in found if (record := known.get(due.record_id))]  # fmt: skip
    return previewed(rows, tonight, len(found))


place(
    Page("customers/pools", gettext_lazy("Pools"), "customers/pools.html", sea, needs="pool.view", icon="ripple"),
    Menu("pools", gettext_lazy("Pools"), HERE, "ripple", group="customers", needs="pool.view", position=63),
    Panel("customer", "goes_back", gettext_lazy("Going back into a pool"), "", goes_back, place="guide", position=50),
    Panel("pool", "would_flow", gettext_lazy("What moves on"), "customers/recalled.html", would_flow, position=10),
    Panel("leadrecall", "would_send", gettext_lazy("What it sends back"), "customers/recalled.html", would_send, position=10),
    Panel("customerrecall", "would_send", gettext_lazy("What it sends back"), "customers/recalled.html", would_send, position=10),
)  # fmt: skip
