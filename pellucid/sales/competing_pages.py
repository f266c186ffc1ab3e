"""What is shown of competitors: our record against each, what its products cost along time, and on customers who competed there."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.needs import may
from pellucid.kernel.records import words
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import HomeCard, Menu, Panel, place
from pellucid.kernel.resources.fields import clear

from . import selectors, stages
from .competing import rivals
from .models import Competitor, CompetitorPrice, CompetitorProduct
from .record_pages import gap
from .subscribers import key_levels

RECORD = ("won_against", "lost_to_it", "lost_beside", "our_rate", "facing_now", "lost_to_amount", "price_gap")
YEARS = 2
WIDE, HIGH = 300, 64  # of a drawing of prices


# ------------------------------------------------------------------------------------------------ our record against one
def record(one: Competitor, actor: Actor) -> dict[str, Any] | None:
    """Won and lost against it in the last twelve months, as far as the reader reaches."""
    if not all(may(actor, name, ("competitor",)) for name in RECORD):
        return None
    show = show_for(actor)
    period = Days(show.today - dt.timedelta(days=365), show.today + dt.timedelta(days=1))
    cells = answer(actor, Ask(RECORD, period=period, filters={"competitor": one.pk}), show.today).lines[0].cells
    won, lost, beside = (int(cells[n] or 0) for n in RECORD[:3])
    total = won + lost + beside
    href = f"/opportunity-competitors/?view=all&f.competitor=in:{one.pk}"
    figures = [
        {"label": _("In progress against it"), "value": f"{int(cells['facing_now'] or 0):,}"},
        {"label": _("Amount lost to it"), "value": words.money(cells["lost_to_amount"] or 0, show.language)},
        {"label": _("Its price against ours"),
         "value": "–" if cells["price_gap"] is None else f"{Decimal(cells['price_gap']) * 100:+.1f}%".replace("-", "−")},
    ]
    parts = [(won, "ok", _("Won against it")), (lost, "bad", _("Lost to it")), (beside, "mute", _("Lost, not to it"))]
    return {"rate": "–" if cells["our_rate"] is None else words.percent(cells["our_rate"], 0), "figures": figures, "total": total,
            "bar": [{"share": 100 * n / total, "tone": tone} for n, tone, _label in parts if n] if total else [],
            "said": _("won %(won)s, lost to it %(lost)s, lost to others %(other)s") % {"won": won, "lost": lost, "other": beside},
            "legend": [{"label": label, "value": n, "tone": tone} for n, tone, label in parts], "all": href,
            "more": f"/analyses/AN21?period=last_12_months&f.competitor=in:{one.pk}"}  # fmt: skip


# ------------------------------------------------------------------------------------------------ prices along time
class Point(NamedTuple):
    """A price from a day on."""

    day: dt.date
    price: Decimal
    until: dt.date | None = None


def prices(one: Competitor | CompetitorProduct, actor: Actor) -> dict[str, Any] | None:
    """What each of its products cost when: lists as a line, offers from deals as points, our own list price beside them."""
    if not clear("competitorprice", actor, "price", "product", "valid_from", "kind"):
        return None
    show, since = show_for(actor), show_for(actor).today - dt.timedelta(days=365 * YEARS)
    ours = clear("product", actor, "list_price")
    charts = []
    for product, known in selectors.prices_of(one):
        lists = [Point(p.valid_from, p.price, p.valid_until) for p in known if p.kind == CompetitorPrice.Kind.LIST]
        offers = [Point(p.valid_from, p.price) for p in known if p.kind != CompetitorPrice.Kind.LIST]
        own = [Point(d, v) for d, v in selectors.list_prices(product.against_id)] if ours and product.against_id else []
        charts.append(chart(product, lists, offers, own, since, show))
    may_add = actor.may("competitorprice", "create") and not actor.read_only and one.alive
    asked = f"product={one.pk}" if isinstance(one, CompetitorProduct) else ""
    return {"charts": charts, "new": f"/competitor-prices/new?{asked}" if may_add else ""}


def chart(product: CompetitorProduct, lists: list[Point], offers: list[Point], own: list[Point], since: dt.date, show: Show) -> dict[str, Any]:
    """The drawing of one product."""
    today, seen = show.today, [p.price for p in (*lists, *offers, *own)]
    low, high = (min(seen), max(seen)) if seen else (Decimal(0), Decimal(1))
    room = max((high - low) * Decimal("0.15"), high / 100, Decimal("0.01"))
    low, high = low - room, high + room

    def x(day: dt.date) -> float:
        return round(WIDE * max(0, (min(day, today) - since).days) / max(1, (today - since).days), 1)

    def y(price: Decimal) -> float:
        return round(HIGH - float(HIGH * (price - low) / (high - low)), 1)

    def stairs(points: list[Point]) -> str:
        out = []
        for at, p in enumerate(points):
            end = points[at + 1].day if at + 1 < len(points) else today
            end = min(end, p.until) if p.until else end
            if end >= since and p.day <= today:
                out += [f"{x(p.day)},{y(p.price)}", f"{x(end)},{y(p.price)}"]
        return " ".join(out)

    last = max((*lists, *offers), key=lambda p: p.day) if lists or offers else None
    now = own[-1].price if own else None
    rows = sorted((*((p, _("List price")) for p in lists), *((p, _("Offered price")) for p in offers)), key=lambda r: r[0].day, reverse=True)
    return {
        "label": product.name, "href": f"/competitor-products/{product.pk}", "last": words.money(last.price, show.language) if last else "–",
        "against": product.against.name if product.against else "", "gap": gap(last.price, now) if last and now else "",
        "cheaper": bool(last and now and last.price < now), "theirs": stairs(lists), "ours": stairs(own),
        "offers": [{"x": x(p.day), "y": y(p.price), "said": f"{p.day} {words.money(p.price, show.language)}"} for p in offers if p.day >= since],
        "first": str(since)[:7], "middle": str(since + (today - since) / 2)[:7], "today": str(today)[:7],
        "rows": [{"day": str(p.day), "price": words.money(p.price, show.language), "kind": label} for p, label in rows[:3]],
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ on a customer
def deals(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What is in progress with a customer."""
    if not clear("opportunity", actor, "name", "amount", "stage", "probability"):
        return None
    show, known = show_for(actor), stages.stages()
    found = selectors.open_of(customer.pk, actor)
    rows = []
    for one in found:
        stage = known.get(one.stage_id)
        amount, unit = words.money_in_two(one.amount, show.language)
        rows.append({"label": one.name, "href": f"/opportunities/{one.pk}", "right": amount, "right_unit": unit or " ",
                     "sub": " ".join(filter(None, (stage.label(show.language) if stage else "", f"{one.probability:.0f}%")))})  # fmt: skip
    new = f"/opportunities/new?customer={customer.pk}" if actor.may("opportunity", "create") and not actor.read_only and customer.alive else ""
    return {"rows": rows, "note": str(len(found)), "new": new} if rows or new else None


def in_progress(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What is in progress with a customer, in the strip of its figures."""
    if not clear("opportunity", actor, "amount", "probability", "state"):
        return None
    n, worth, expected = selectors.worth_of(customer.pk, actor)
    if not n:
        return None
    value, unit = words.money_in_two(worth, actor.language)
    said = ngettext("%(n)s deal · weighted %(amount)s", "%(n)s deals · weighted %(amount)s", n) % {
        "n": n, "amount": words.money(expected, actor.language)}  # fmt: skip
    return {"facts": [{"label": _("In the pipeline"), "value": value, "unit": unit, "note": said,
                       "href": f"/opportunities/?view=open&f.customer={customer.pk}"}]}  # fmt: skip


def contested(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """Who competed for this customer's deals, in how many, how it ended, and what he asked for last."""
    if not clear("opportunitycompetitor", actor, "competitor", "quote", "quote_on") or not clear("opportunity", actor, "state", "lost_to"):
        return None
    show, known = show_for(actor), rivals()
    rows = []
    for met in selectors.met_at(customer.pk, actor):
        rival = known.get(met["competitor"])
        if rival is None:
            continue
        said = [_("%(n)s deals") % {"n": met["n"]}]
        said += [_("%(n)s in progress") % {"n": met["now"]}] if met["now"] else []
        said += [_("won %(n)s") % {"n": met["won"]}] if met["won"] else []
        said += [_("lost %(n)s") % {"n": met["lost"]}] if met["lost"] else []
        tone = "bad" if met["lost"] > met["won"] else "ok" if met["won"] > met["lost"] else ""
        right = words.relative_day(met["last"], show.today, show.language) if met["last"] else ""
        rows.append({"label": rival.name, "href": f"/competitors/{rival.id}", "sub": " · ".join(said), "dot": tone or "grey",
                     "right": _("quoted %(day)s") % {"day": right} if right else ""})  # fmt: skip
    return {"rows": rows} if rows else None


# ------------------------------------------------------------------------------------------------ on the workbench
def key_customers(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """How the largest sales with key customers stand, for those who follow them from headquarters (R188)."""
    if not clear("opportunity", actor, "name", "amount", "stage", "customer", "stage_since", "next_step"):
        return None
    show, known = show_for(actor), stages.stages()
    rows = []
    for one in selectors.key_deals(actor, key_levels()):
        stage = known.get(one.stage_id)
        stalled = one.rots_on is not None and one.rots_on < show.today
        since = words.duration(dt.timedelta(days=(show.today - one.stage_since.astimezone(show.zone).date()).days), show.language)
        said = [one.customer.name if one.customer else "", directory.user_name(one.owner_id), _("%(stage)s for %(days)s") % {
            "stage": stage.label(show.language) if stage else "", "days": since}]  # fmt: skip
        rows.append({"icon": "star", "tone": "warn" if stalled else "acc", "label": one.name, "href": f"/opportunities/{one.pk}",
                     "sub": " · ".join(filter(None, said)), "right": words.money(one.amount_base, show.language)})  # fmt: skip
    return {"rows": rows, "all": "/opportunities/?view=key"} if rows else None


def under_attack(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Deals in progress in which a competitor is ahead, or has just asked for less than we do."""
    from .home import mine

    if not clear("opportunitycompetitor", actor, "competitor", "standing", "quote", "quote_on") or not clear("opportunity", actor, "name", "amount"):
        return None
    show, known, within = show_for(actor), rivals(), mine(actor)
    rows = []
    for row in selectors.pressing(actor, show.today, owner_id=within.get("owner")):
        rival = known.get(row.competitor_id)
        said = [rival.brief if rival else "", _("ahead of us") if row.standing == "ahead" else ""]
        if row.quote and row.quote_on:
            asked = _("%(day)s asked for %(amount)s") % {"day": words.relative_day(row.quote_on, show.today, show.language),
                                                         "amount": words.money(row.quote, show.language)}  # fmt: skip
            said += [asked, gap(row.quote, row.opportunity.amount)]
        rows.append({"icon": "swords", "tone": "bad" if row.standing == "ahead" else "warn", "label": row.opportunity.name, "inline": False,
                     "href": f"/opportunities/{row.opportunity_id}", "sub": " · ".join(filter(None, said)),
                     "right": words.money(row.opportunity.amount, show.language)})  # fmt: skip
    return {"rows": rows, "all": f"/opportunities/?view=open&f.competitors=filled{'&f.owner=me' if within else ''}"} if rows else None


place(
    Panel("competitor", "record", gettext_lazy("Our record"), "sales/rival_record.html", record, needs="opportunitycompetitor.view", position=5),
    Panel("competitor", "prices", gettext_lazy("Prices along time"), "sales/prices.html", prices, place="tab", needs="competitorprice.view",
          position=5),
    Panel("competitorproduct", "prices", gettext_lazy("Prices along time"), "sales/prices.html", prices, place="tab", needs="competitorprice.view",
          position=5),
    Panel("customer", "in_progress", gettext_lazy("In the pipeline"), "", in_progress, place="strip", needs="opportunity", position=20),
    Panel("customer", "deals", gettext_lazy("Opportunities"), "sales/deals.html", deals, needs="opportunity.view", position=4, lazy=True),
    Panel("customer", "contested", gettext_lazy("Competition"), "sales/contested.html", contested, needs="opportunitycompetitor.view", position=30,
          lazy=True),
    HomeCard("sales.key", pgettext_lazy("deals", "Key customers"), "sales/key_customers.html", key_customers, roles=("executive",),
             needs="opportunity.view", position=12),
    HomeCard("sales.pressed", gettext_lazy("Competitors press"), "sales/under_attack.html", under_attack, needs="opportunity.edit",
             position=15),
    Menu("competitor", gettext_lazy("Competitors"), "/competitors/", "swords", group="sales", needs="competitor.view", position=85),
)
