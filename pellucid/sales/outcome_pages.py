"""What came of it: the opportunities of a colleague on his page (R168), and those of the customers a scheme is carried out for (R084)."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.collaboration.sight import seen, shown
from pellucid.customers.models import Scheme
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import Panel, place
from pellucid.kernel.resources.marks import titled
from pellucid.people.models import Staff

from . import selectors, stages
from .models import Opportunity

S = Opportunity.State
TONES = {"open": "acc", "won": "ok", "lost": "bad"}
SHOWN = 15


def row(one: Opportunity, show: Show, may: frozenset[str], customers: dict[tuple[str, int], str]) -> dict[str, Any]:
    """An opportunity as a line: with whom, how far, for how much and by when."""
    stage = stages.stages().get(one.stage_id) if "stage" in may else None
    day = shown(one, "expected_on" if one.state == S.OPEN else "closed_on", may, None)
    said = (customers.get(("customer", one.customer_id or 0), "") if "customer" in may else "", f"{day:%Y-%m-%d}" if day else "")
    return {
        "label": shown(one, "name", may, f"#{one.pk}"), "href": f"/opportunities/{one.pk}", "sub": " · ".join(filter(None, said)),
        "tag": {"label": stage.label(show.language), "tone": TONES[one.state]} if stage else None,
        "right": words.money(one.amount_base, show.language) if "amount_base" in may else "",
    }  # fmt: skip


def lines(found: list[Opportunity], actor: Actor) -> list[dict[str, Any]]:
    """Opportunities as lines, as far as the reader sees their fields and their customers."""
    show, may = show_for(actor), seen("opportunity", actor)
    customers = titled([("customer", one.customer_id) for one in found if one.customer_id], actor)
    return [row(one, show, may, customers) for one in found]


def figure(label: str, n: int, amount: Any, href: str, show: Show, *, told: bool, tone: str = "") -> dict[str, Any]:
    """How many, and their amount for who may see amounts."""
    note = words.money(amount or 0, show.language) if told and n else ""
    return {"label": label, "value": f"{n:,}", "note": note, "href": href, "tone": tone}


# ------------------------------------------------------------------------------------------------ of a colleague
def of_staff(staff: Staff, actor: Actor) -> dict[str, Any]:
    """What a colleague is selling, what he won and lost this year, within the reader's reach."""
    show, may = show_for(actor), seen("opportunity", actor)
    rows, told = selectors.of_owner(staff.user_id, actor), "amount_base" in may
    year = days.today().replace(month=1, day=1)
    n = rows.aggregate(
        open=Count("pk", filter=Q(state=S.OPEN)), open_amount=Sum("amount_base", filter=Q(state=S.OPEN)),
        stalled=Count("pk", filter=Q(state=S.OPEN, rots_on__lte=days.today())),
        won=Count("pk", filter=Q(state=S.WON, closed_on__gte=year)), won_amount=Sum("amount_base", filter=Q(state=S.WON, closed_on__gte=year)),
        lost=Count("pk", filter=Q(state=S.LOST, closed_on__gte=year)), lost_amount=Sum("amount_base", filter=Q(state=S.LOST, closed_on__gte=year)),
    )  # fmt: skip
    base = f"/opportunities/?view=all&f.owner=in:{staff.user_id}"
    closed = f"{base}&f.closed_on=within:this_year"
    ended = n["won"] + n["lost"]
    return {
        "figures": [
            figure(_("In progress"), n["open"], n["open_amount"], f"{base}&f.state=in:open", show, told=told),
            {"label": _("Stalled"), "value": f"{n['stalled']:,}", "href": f"{base}&f.state=in:open&f.rots_on=within:overdue"},
            figure(_("Won this year"), n["won"], n["won_amount"], f"{closed}&f.state=in:won", show, told=told, tone="ok"),
            figure(_("Lost this year"), n["lost"], n["lost_amount"], f"{closed}&f.state=in:lost", show, told=told),
            {"label": _("Win rate this year"), "value": f"{100 * n['won'] / ended:.0f}%" if ended else "—"},
        ],
        "blocks": [
            {"label": _("In progress"), "href": f"{base}&f.state=in:open", "empty": _("Nothing is in progress."),
             "rows": lines(list(rows.filter(state=S.OPEN).order_by("-amount_base" if told else "-created_at", "-id")[:SHOWN]), actor)},
            {"label": _("Closed last"), "href": f"{base}&f.state=in:won,lost", "empty": _("Nothing was closed yet."),
             "rows": lines(list(rows.exclude(state=S.OPEN).order_by("-closed_on", "-id")[:SHOWN]), actor)},
        ],
    }  # fmt: skip


def open_of_staff(staff: Staff, actor: Actor) -> int:
    """How many opportunities a colleague has in progress within the reader's reach."""
    return selectors.of_owner(staff.user_id, actor).filter(state=S.OPEN).count()


# ------------------------------------------------------------------------------------------------ of a scheme
def of_scheme(scheme: Scheme, actor: Actor) -> dict[str, Any]:
    """What the customers of a scheme wanted to buy since it began for them, and what was won."""
    show, told = show_for(actor), "amount_base" in seen("opportunity", actor)
    started, rows = selectors.customers_of_plan(scheme.plan_id, actor), selectors.since_plan(scheme.plan_id, actor)
    n = rows.aggregate(
        customers=Count("customer", distinct=True), all=Count("pk"), amount=Sum("amount_base"), open=Count("pk", filter=Q(state=S.OPEN)),
        won=Count("pk", filter=Q(state=S.WON)), won_amount=Sum("amount_base", filter=Q(state=S.WON)), lost=Count("pk", filter=Q(state=S.LOST)),
    )  # fmt: skip
    share = f"{100 * n['customers'] / started:.0f}%" if started else ""
    ended = n["won"] + n["lost"]
    return {
        "figures": [
            {"label": _("Customers on it"), "value": f"{started:,}", "href": f"/plan-runs/?view=all&f.plan=in:{scheme.plan_id}"},
            {"label": _("With an opportunity since"), "value": f"{n['customers']:,}", "note": share},
            figure(_("Opportunities since"), n["all"], n["amount"], "", show, told=told),
            {"label": _("In progress"), "value": f"{n['open']:,}"},
            figure(_("Won"), n["won"], n["won_amount"], "", show, told=told, tone="ok"),
            {"label": _("Lost"), "value": f"{n['lost']:,}",
             "note": ngettext("won %(share)s%% of %(n)s", "won %(share)s%% of %(n)s", ended) % {
                 "share": round(100 * n["won"] / ended), "n": ended} if ended else ""},
        ],
        "blocks": [
            {"label": _("Won"), "rows": lines(list(rows.filter(state=S.WON).order_by("-closed_on", "-id")[:SHOWN]), actor),
             "empty": _("Nothing was won yet.")},
            {"label": _("In progress"), "rows": lines(list(rows.filter(state=S.OPEN).order_by("-created_at", "-id")[:SHOWN]), actor),
             "empty": _("Nothing is in progress.")},
        ],
        "how": _("Counted are opportunities of its customers that were opened on the day the scheme began for them, or later."),
    }  # fmt: skip


place(
    Panel("staff", "opportunities", gettext_lazy("Opportunities"), "sales/outcome.html", of_staff, place="tab", needs="opportunity.view", position=12,
          count=open_of_staff),
    Panel("scheme", "opportunities", gettext_lazy("Opportunities"), "sales/outcome.html", of_scheme, place="tab", needs="opportunity.view",
          position=30),
)  # fmt: skip
