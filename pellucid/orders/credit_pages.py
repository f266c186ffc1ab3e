"""How far a customer is trusted, what its grade gives it, and what was decided: beside customers, profiles and orders, and while one writes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.customers.models import Customer
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.records import days, words
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.declare import Hint, Menu, Panel, place
from pellucid.kernel.resources.fields import clear

from . import credit, grades, selectors
from .lifecycles import OPEN
from .models import CreditDecision, CreditProfile, Order
from .models.trust import TONES

READ = ("limit", "grade", "blocked")
LATEST = 3


def seen(customer: int, actor: Actor) -> list[credit.Use]:
    """The profiles that cover a customer, as far as the reader's reach, the nearest first."""
    found = credit.uses(customer, days.today())
    within = set(scoped(CreditProfile, actor).filter(pk__in=[u.profile.pk for u in found]).values_list("pk", flat=True))
    return [u for u in found if u.profile.pk in within]


def money(amount: Decimal | None, actor: Actor) -> str:
    """An amount as it is read."""
    return words.money(amount or Decimal(0), actor.language)


# ------------------------------------------------------------------------------------------------ customers and profiles
def beside(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """How far a customer is trusted, with what its grade gives."""
    if not clear("creditprofile", actor, *READ):
        return None
    found = seen(customer.pk, actor)
    return card(found, customer.pk, actor) if found else None


def of_profile(profile: CreditProfile, actor: Actor) -> dict[str, Any] | None:
    """The same beside the profile itself."""
    return beside(profile.customer, actor)


def card(found: list[credit.Use], customer: int, actor: Actor) -> dict[str, Any]:
    """Grade and what it gives, the limit and how much of it is used, what is overdue, what was decided lately."""
    near, rows = found[0], []
    for use in found:
        whose = str(use.profile.customer) if use.profile.customer_id != customer else ""
        if use.available is not None:
            bad = use.available < 0
            rows.append({"label": _("Beyond the limit") if bad else _("Available"), "sub": whose, "icon": "alert-circle" if bad else "circle-check",
                         "tone": "bad" if bad else "ok", "right": f"{money(use.available, actor)} / {money(use.profile.limit, actor)}"})
        if use.profile.blocked:
            rows.append({"label": _("No new orders"), "icon": "ban", "tone": "bad", "sub": whose})
    if near.overdue > 0 and near.since is not None:
        rows.append(late(near, actor))
    if near.profile.valid_until and near.profile.valid_until < days.today():
        rows.append({"label": _("To be reviewed"), "icon": "clock", "tone": "warn",
                     "right": words.relative_day(near.profile.valid_until, days.today(), actor.language)})
    rows += decisions(scoped(CreditDecision, actor).filter(customer=customer), actor, of_order=True)
    top, parts = near.profile.limit, []
    if top:
        share = int(max(Decimal(0), near.exposure) * 100 / top)
        parts = [{"share": min(100, share), "tone": "bad" if share > 100 else "warn" if share >= 80 else "acc"}]
    return {
        "rows": rows, "gives": grades.gives(grades.grades().get(near.profile.grade), actor.language), "parts": parts,
        "used": _("%(used)s of %(limit)s used") % {"used": money(near.exposure, actor), "limit": money(top, actor)} if top else "",
        "tag": {"label": str(near.profile.get_grade_display()), "tone": TONES[near.profile.grade]},
        "link": {"label": _("Credit profile"), "href": f"/credit-profiles/{near.profile.pk}", "accent": True},
    }  # fmt: skip


def late(use: credit.Use, actor: Actor) -> dict[str, Any]:
    """What is overdue; bad once new orders wait for it."""
    n = (days.today() - use.since).days if use.since else 0
    bad = n > credit.patience(use.profile.grade)
    return {"label": _("Overdue receivables"), "icon": "alert-circle" if bad else "alert-triangle", "tone": "bad" if bad else "warn",
            "sub": ngettext("%(n)s day overdue", "%(n)s days overdue", n) % {"n": n}, "right": money(use.overdue, actor)}  # fmt: skip


def decisions(found: Any, actor: Actor, *, of_order: bool) -> list[dict[str, Any]]:
    """Who let orders pass in spite of the check, when, on what figures; what spoke against them under it."""
    if not clear("creditdecision", actor, "decided_by", "decided_on", "worth", "used", "limit"):
        return []
    rows = []
    for one in found.select_related("order").order_by("-pk")[:LATEST]:
        when = words.relative_day(one.decided_on, days.today(), actor.language)
        who = directory.user_name(one.decided_by_id) if one.decided_by_id else _("System")
        figures = _("needs %(worth)s, used %(used)s of %(limit)s") % {
            "worth": money(one.worth, actor), "used": money(one.used, actor), "limit": money(one.limit, actor)} if one.limit is not None else money(
            one.worth, actor)  # fmt: skip
        href = f"/approvals/{one.request_id}" if one.request_id and not of_order else f"/orders/{one.order_id}" if of_order else ""
        label = _("%(order)s let pass by %(who)s") if of_order else _("Let pass by %(who)s")
        rows.append({"label": label % {"order": one.order.number, "who": who}, "sub": figures, "icon": "signature", "tone": "i2", "right": when,
                     "href": href})  # fmt: skip
    return rows


def within(kept: Iterable[dict[str, Any]], found: list[credit.Use]) -> list[dict[str, Any]]:
    """Of what spoke against an order, what concerns profiles the reader sees."""
    known = {use.profile.pk for use in found}
    return [one for one in kept if one["profile"] in known]


def against(found: Iterable[dict[str, Any]], actor: Actor, tone: str) -> list[dict[str, str]]:
    """What spoke against an order, as it is kept, in words."""
    return [{"text": credit.said(one["what"], one["facts"], actor.language), "tone": tone} for one in found]


# ------------------------------------------------------------------------------------------------ orders
def credit_check(order: Order, actor: Actor) -> dict[str, Any] | None:
    """Whether the customer's credit allows the order, line by line, and its terms; of one in force what was decided. Nothing for customers
    without a profile."""
    if not clear("creditprofile", actor, *READ) or not clear("order", actor, "amount"):
        return None
    if order.state not in OPEN:
        made = scoped(CreditDecision, actor).filter(order=order.pk)
        rows = decisions(made, actor, of_order=False)
        profiles, reasons = seen(order.customer_id, actor), clear("creditdecision", actor, "reason")
        lines = [line for one in made.order_by("-pk")[:LATEST] for line in (*against(within(one.found, profiles), actor, "i2"), *(
            [{"text": _("Reason: %(reason)s") % {"reason": one.reason}, "tone": "i2"}] if one.reason and reasons else []))]
        return {"rows": rows, "lines": lines, "tag": {"label": _("Let pass"), "tone": "info"}} if rows else None
    found = seen(order.customer_id, actor)
    if not found:
        return None
    check, rows = credit.checked(order, found, days.today()), []
    for use in found:
        whose = str(use.profile.customer) if use.profile.customer_id != order.customer_id else ""
        if use.available is not None:
            bad = check.worth > use.available
            rows.append({"label": _("Limit exceeded") if bad else _("Enough credit"), "icon": "alert-circle" if bad else "circle-check",
                         "tone": "bad" if bad else "ok", "sub": whose,
                         "right": f"{money(use.available, actor)} / {money(use.profile.limit, actor)}"})  # fmt: skip
        if use.overdue > 0 and use.since is not None:
            rows.append(late(use, actor))
        if use.profile.blocked:
            rows.append({"label": _("No new orders"), "icon": "ban", "tone": "bad", "sub": whose})
    lines = against((one.kept() for one in check.against if one.what in credit.TERMS or one.what == "large"), actor, "bad")
    gives = grades.gives(grades.grades().get(check.grade), actor.language)
    tag = {"label": _("Waits for a decision") if check.against else _("Passed"), "tone": "warn" if check.against else "ok"}
    return {"rows": rows, "lines": lines, "tag": tag, "gives": gives} if rows or gives else None


def asked(request: ProcessInstance, actor: Actor) -> dict[str, Any] | None:
    """Beside a request: on what figures it is decided, as they stood when it was sent, and what has come up since."""
    order = selectors.asked_about(request.resource, request.record_id)
    if order is None or not clear("creditprofile", actor, *READ) or not clear("order", actor, "amount"):
        return None
    found = seen(order.customer_id, actor)
    if not found or not request.gate:
        return None
    now = credit.checked(order, found, days.today())
    kept = within(order.credit_seen.get("against", ()), found)
    rows = [{"label": _("The order needs"), "right": money(Decimal(order.credit_seen.get("worth", now.worth)), actor)}]
    if (use := now.tightest) is not None and use.available is not None:
        rows.append({"label": _("Available now"), "sub": str(use.profile.customer), "right": f"{money(use.available, actor)} / "
                     f"{money(use.profile.limit, actor)}"})  # fmt: skip
    lines = against(kept, actor, "warn")
    if request.state == ProcessInstance.State.RUNNING and (grown := now.beyond(order.credit_seen)):
        lines.append({"text": _("Since it was sent:"), "tone": "bad"})
        lines += against((one.kept() for one in grown), actor, "bad")
    tag = {"label": _("Decides on credit") if kept else _("Passed"), "tone": "warn" if kept else "ok"}
    return {"rows": rows, "lines": lines, "tag": tag, "gives": grades.gives(grades.grades().get(now.grade), actor.language)}


def standing(request: ProcessInstance, actor: Actor) -> dict[str, Any] | None:
    """Of a request about something with a customer: the grade, and what is left of the limit."""
    party = selectors.party_of(request.resource, request.record_id)
    if party is None or not clear("creditprofile", actor, *READ):
        return None
    near = next(iter(seen(party, actor)), None)
    if near is None:
        return None
    note, tone = "", ""
    if near.available is not None:
        note = _("%(left)s of %(limit)s left") % {"left": money(near.available, actor), "limit": money(near.profile.limit, actor)}
        tone = "bad" if near.available < 0 else ""
    if near.profile.blocked:
        note, tone = _("No new orders"), "bad"
    elif near.overdue > 0:
        note, tone = " · ".join(filter(None, (note, _("overdue %(amount)s") % {"amount": money(near.overdue, actor)}))), "bad"
    return {"facts": [{"label": _("Customer's credit"), "value": str(near.profile.get_grade_display()), "text": True, "note": note, "tone": tone,
                       "href": f"/credit-profiles/{near.profile.pk}"}]}  # fmt: skip


# ------------------------------------------------------------------------------------------------ while one writes
def hint(actor: Actor, values: dict[str, Any], record_id: int | None) -> dict[str, Any] | None:
    """What the grade of the customer gives, once it is chosen; and what stands against an order already."""
    pk = str(values.get("customer") or "")
    if not is_whole(pk) or not clear("creditprofile", actor, *READ) or not scoped(Customer, actor).filter(pk=int(pk)).exists():
        return None
    found = seen(int(pk), actor)
    if not found:
        return None
    near, lines = found[0], []
    for use in found:
        if use.profile.blocked:
            lines.append({"text": credit.said("blocked", {"customer": str(use.profile.customer)}, actor.language), "tone": "bad"})
        if use.available is not None:
            lines.append({"text": _("%(amount)s of the credit limit left") % {"amount": money(use.available, actor)},
                          "tone": "bad" if use.available <= 0 else ""})
    if near.overdue > 0 and near.since is not None:
        said = late(near, actor)
        lines.append({"text": f"{said['label']} {said['right']} · {said['sub']}", "tone": said["tone"]})
    return {"credit": {"label": str(near.profile.get_grade_display()), "tone": TONES[near.profile.grade], "lines": lines,
                       "gives": grades.gives(grades.grades().get(near.profile.grade), actor.language)}}


place(
    Panel("customer", "orders.trust", gettext_lazy("Credit"), "orders/credit.html", beside, needs="creditprofile", position=36, lazy=True),
    Panel("creditprofile", "orders.trust", gettext_lazy("Credit"), "orders/credit.html", of_profile, needs="creditprofile", position=10, lazy=True),
    Panel("processinstance", "orders.credit", gettext_lazy("Credit check"), "orders/credit.html", asked, needs="creditprofile", position=10,
          lazy=True),
    Panel("processinstance", "orders.standing", gettext_lazy("Customer's credit"), "", standing, place="strip", needs="creditprofile", position=20),
    Panel("order", "orders.credit", gettext_lazy("Credit check"), "orders/credit.html", credit_check, needs="creditprofile", position=10),
    Hint("contract", ("customer",), "orders/grade.html", hint),
    Hint("quotation", ("customer",), "orders/grade.html", hint),
    Menu("creditgrade", gettext_lazy("Credit grades"), "/credit-grades/", "award", group="settings/rules", needs="creditgrade.edit", position=71),
)
