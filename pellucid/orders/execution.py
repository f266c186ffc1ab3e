"""How far an order is: what went out, what was paid, what comes when. Figures for its head, a rail along time, and both as lists."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.fields import clear

from . import selectors, step_pages
from .lifecycles import BOUND, OPEN
from .models import Contract, Delivery, Instalment, Order, OrderStep
from .obligations import ACCEPTANCE, Course
from .rails import Mark, rail

ZERO = Decimal(0)


def percent(part: Decimal, whole: Decimal) -> int:
    """A share in whole per cent, 0 of nothing."""
    return int(part * 100 / whole) if whole else 0


def head(order: Order, actor: Actor) -> dict[str, Any] | None:
    """Delivered, received, owed, invoiced, earned, each with a bar; of what is still being made: what it comes to and how much is in instalments."""
    if not clear("order", actor, "amount", "delivered", "received", "receivable"):
        return None
    def fact(label: Any, amount: Decimal, **more: Any) -> dict[str, Any]:
        value, unit = words.money_parts(amount, actor.language, order.currency)  # to the cent, as the lines below
        return {"label": label, "value": value, "unit": unit, **more}

    if order.state in OPEN:
        left = order.amount - order.planned
        return {"facts": [
            fact(_("Amount with tax"), order.amount),
            fact(_("In instalments"), order.planned, meter=[{"share": percent(order.planned, order.amount), "tone": "acc"}]),
            fact(_("Not in an instalment yet"), left, note=_("Instalments must add up to the amount before it is submitted") if left else "",
                 tone="warn" if left else ""),
            *earned(order, actor)]}  # fmt: skip
    today = days.today()
    known = selectors.progress(order, today)
    out = [fact(pgettext("goods", "Delivered"), order.delivered, note=ngettext("%(n)s batch", "%(n)s batches", known.batches) % {
        "n": known.batches}, meter=[{"share": percent(order.delivered, order.amount), "tone": "acc"}])]  # fmt: skip
    worth = order.amount - known.credited  # what came back or was written off is not paid any more
    late = _("Overdue %(amount)s") % {"amount": words.number(known.overdue, 2)} if known.overdue > 0 else ""
    out.append(fact(pgettext("money", "Received"), order.received, note=late or f"{percent(order.received, worth)}%",
                     tone="bad" if late else "", meter=[{"share": percent(order.received, worth), "tone": "acc"},
                                                        {"share": percent(known.overdue, worth), "tone": "bad"}]))  # fmt: skip
    out.append(fact(_("Receivable"), order.receivable, note=owing(order, known, today, actor)))
    if clear("order", actor, "invoiced"):
        share = percent(order.invoiced, order.amount)
        out.append(fact(_("Invoiced"), order.invoiced, note=f"{share}%", meter=[{"share": share, "tone": "acc"}]))
    return {"facts": [*out, *earned(order, actor)]}


def owing(order: Order, known: selectors.Progress, today: dt.date, actor: Actor) -> str:
    """What the balance of an order is made of, and what comes beside it."""
    if known.credit:  # of what is below zero is said why
        said = _("%(amount)s to the customer's credit") % {"amount": words.number(known.credit, 2)}
    elif known.next_due:
        said = _("Next due %(day)s") % {"day": words.that_day(known.next_due, today, actor.language)}
    elif order.receivable > 0:
        said = _("All of it is due")
    elif known.waiting:
        return _("Nothing more is owed yet")
    else:
        return _("Nothing is owed")
    return said + (" · " + _("%(amount)s more is not owed yet") % {"amount": words.number(known.waiting, 2)} if known.waiting else "")


def earned(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """What is earned by it, to who may read what it costs; nothing where that is not known."""
    if order.cost is None or not order.net or not clear("order", actor, "cost"):
        return []
    margin = (order.net - order.cost) / order.net * 100
    return [{"label": _("Gross margin"), "value": f"{margin:.1f}", "unit": "%", "meter": [{"share": max(0, min(100, int(margin))), "tone": "warn"}]}]


def execution(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The rail, then instalments and deliveries with how each stands, in words."""
    if not clear("order", actor, "amount") or not actor.may("instalment", "view") and not actor.may("delivery", "view"):
        return None
    today, show = days.today(), show_for(actor)
    parts = selectors.instalments_of(order) if actor.may("instalment", "view") else []
    sent = selectors.deliveries_of(order) if actor.may("delivery", "view") else []
    steps = step_pages.seen(selectors.steps_of([order.pk]).get(order.pk, ()), actor) if actor.may("orderstep", "view") else []
    course = Course(order)
    course.deliveries = sent if actor.may("delivery", "view") else selectors.deliveries_of(order)
    planned = any(not s.task.cancelled for s in steps)
    lanes = [
        {"label": _("Delivery"), "icon": "truck-delivery", "marks": goods(order, sent, today, None if not planned else steps, show)},
        {"label": _("Receipt"), "icon": "cash", "marks": [money(order, i, today, actor, course) for i in parts]},
        *(step_pages.lanes(steps, show) if planned else [
            {"label": pgettext("order", "Acceptance"), "icon": "clipboard-check", "marks": acceptance(order, today)}]),
    ]  # fmt: skip
    drawn = rail([lane for lane in lanes if lane["marks"]], today, actor.language)
    may = actor.may("orderline", "create") and not actor.read_only and order.state == Order.State.DRAFT
    takes = actor.may("receipt", "create") and not actor.read_only and order.state in BOUND and (
        order.received < sum((i.amount - i.credited for i in parts), ZERO) or not parts and order.received < order.amount)  # fmt: skip
    return {
        "rail": drawn, "late": sum(m.tone == "late" for lane in lanes for m in lane["marks"]),  # type: ignore[attr-defined]
        "plan": f"/orders/{order.pk}/do/order_start_plan" if order.state in BOUND and actor.may("order", "edit") and not actor.read_only else "",
        "steps": step_pages.listed(steps, show, actor), "next": step_pages.next_words(steps, show), "promises": step_pages.promises(steps),
        "instalments": [_instalment(order, i, today, actor, course) for i in parts], "deliveries": [_delivery(d, actor) for d in sent],
        "sums": sums(order, parts),
        "split": f"/orders/{order.pk}/do/order_split" if may and order.amount > 0 else "",
        "line": f"/order-lines/new?order={order.pk}" if may and order.amount == 0 else "",
        "more": f"/instalments/new?order={order.pk}" if may and order.amount > 0 else "",
        "take": f"/receipts/new?customer={order.customer_id}" + (f"&amount={order.receivable}" if order.receivable > 0 else "") if takes else "",
        "sign": f"/contracts/{order.contract_id}" if order.state in OPEN and order.contract.state == Contract.State.DRAFT else "",
        "send": f"/deliveries/new?order={order.pk}" if actor.may("delivery", "create") and order.state in BOUND and not actor.read_only
                and order.delivered < order.amount else "",
    }  # fmt: skip


def sums(order: Order, parts: list[Instalment]) -> dict[str, str]:
    """The last row of the instalments: what they come to, of that received, credited, still owed - the balance of the order - and to come."""
    credited, waiting = (sum((getattr(i, name) for i in parts), ZERO) for name in ("credited", "waiting"))
    return {"amount": words.number(sum((i.amount for i in parts), ZERO), 2), "received": words.number(sum((i.allocated for i in parts), ZERO), 2),
            "credited": words.number(credited, 2) if credited else "", "balance": words.number(sum((i.balance for i in parts), ZERO), 2),
            "waiting": words.number(waiting, 2) if waiting else "", "worth": words.number(order.amount - credited, 2)}  # fmt: skip


def money(order: Order, one: Instalment, today: dt.date, actor: Actor, course: Course) -> Mark:
    """An instalment on the rail."""
    day = course.expected(one)
    share = f"{percent(one.amount, order.amount)}%" if order.amount else ""
    exact = words.money(one.amount, actor.language)
    if one.allocated + one.credited >= one.amount:
        return Mark(day, share, "done", f"{one.name} · {exact}")
    if one.balance > 0 and one.due_on is not None and one.due_on < today:
        return Mark(day, _("Overdue"), "late", f"{one.name} · {words.money(one.balance, actor.language)}")
    return Mark(day, share, "next" if one.owed else "plan", f"{one.name} · {exact}")


def goods(order: Order, sent: list[Delivery], today: dt.date, steps: list[OrderStep] | None, show: Show) -> list[Mark]:
    """Batches that went out, and those to come: as planned, or on the day promised for the rest."""
    batches: dict[int, dt.date] = {}
    for one in sent:
        batches.setdefault(one.batch, one.delivered_on)
    marks = [Mark(day, str(batch), "done", words.relative_day(day, today, "en")) for batch, day in sorted(batches.items())]
    if steps is not None:
        marks += step_pages.goods_to_come(steps, show, len(batches))
    elif order.promised_on and order.delivered < order.amount and order.state in OPEN | BOUND:
        late = order.promised_on < today and order.state in BOUND
        marks.append(Mark(order.promised_on, str(len(batches) + 1), "late" if late else "next", str(order.promised_on)))
    return marks


def acceptance(order: Order, today: dt.date) -> list[Mark]:
    """When the customer took it, or would."""
    if order.accepted_on:
        return [Mark(order.accepted_on, pgettext("order", "Accepted"), "done", str(order.accepted_on))]
    if order.promised_on and order.state in OPEN | BOUND:
        day = max(order.promised_on, today) + dt.timedelta(days=ACCEPTANCE)
        return [Mark(day, pgettext("order", "Acceptance"), "plan", str(day))]
    return []


def state_words(order: Order, one: Instalment, today: dt.date) -> tuple[str, str]:
    """How an instalment stands, and its colour."""
    if one.allocated + one.credited >= one.amount:
        return (_("All paid") if one.allocated >= one.amount else _("Settled")), "ok"
    if one.balance > 0 and one.due_on is not None and one.due_on < today:
        n = (today - one.due_on).days
        return ngettext("%(n)s day overdue", "%(n)s days overdue", n) % {"n": n}, "bad"
    if one.disputed:
        return _("Disputed"), "warn"
    return (_("Not due yet"), "") if one.owed else (pgettext("instalment", "Waits"), "")


def _instalment(order: Order, one: Instalment, today: dt.date, actor: Actor, course: Course) -> dict[str, Any]:
    said, tone = state_words(order, one, today)
    day = one.due_on or (course.expected(one) if order.state in BOUND | OPEN else None)
    return {"n": one.position, "href": f"/instalments/{one.pk}", "name": one.name, "share": f"{percent(one.amount, order.amount)}%",
            "amount": words.number(one.amount, 2), "received": words.number(one.allocated, 2),
            "credited": words.number(one.credited, 2) if one.credited else "", "balance": words.number(one.balance, 2) if one.owed else "",
            "day": words.relative_day(day, today, actor.language) if day else "", "sure": one.due_on is not None,
            "state": {"label": said, "tone": tone}, "who": directory.user_name(one.in_charge_id) if one.in_charge_id else ""}  # fmt: skip


def _delivery(one: Delivery, actor: Actor) -> dict[str, Any]:
    late = one.promised_on is not None and one.delivered_on > one.promised_on
    return {"n": one.batch, "href": f"/deliveries/{one.pk}", "name": one.line.name, "quantity": f"{one.quantity.normalize():f}",
            "planned": one.promised_on, "day": one.delivered_on, "late": late, "carrier": one.carrier,
            "who": directory.user_name(one.executor_id) if one.executor_id else ""}  # fmt: skip
