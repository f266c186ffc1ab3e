"""What was invoiced, beside an order and a customer; and what waits for whoever keeps the books, on the workbench."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped, show_for
from pellucid.kernel.metrics import briefing
from pellucid.kernel.records import days, words
from pellucid.kernel.resources.declare import HomeCard, Menu, Panel, place
from pellucid.kernel.resources.fields import clear

from . import selectors
from .actions.asking import may_be_invoiced
from .invoiceable import due_parts
from .lifecycles import BOUND
from .models import Invoice, Order, Receipt

SHOWN = 6
S = Invoice.State
READ = ("amount", "state", "name", "number", "invoiced_on")


def shown(actor: Actor) -> bool:
    """Whether the reader may read everything the cards say."""
    return clear("invoice", actor, *READ) and clear("order", actor, "amount", "invoiced", "to_invoice")


def line(one: Invoice, actor: Actor) -> dict[str, Any]:
    """An invoice as a row of a card."""
    day = words.relative_day(one.invoiced_on or days.day_of(one.created_at), days.today(), actor.language)
    tag = {"label": _("Red-letter"), "tone": "bad"} if one.corrects_id else None
    if one.state != S.ISSUED:
        tag = {"label": str(S(one.state).label), "tone": "warn" if one.state == S.DRAFT else ""}
    return {"label": one.number or one.name, "sub": f"{one.get_kind_display()} · {day}", "right": words.number(one.amount, 2),
            "tag": tag, "href": f"/invoices/{one.pk}"}  # fmt: skip


def of_order(order: Order, actor: Actor) -> dict[str, Any] | None:
    """How much of an order is invoiced, what is open, and each invoice."""
    if not shown(actor) or order.signed_on is None or order.state == Order.State.VOID:
        return None
    found = selectors.invoices(scoped(Invoice, actor), SHOWN, order=order.pk)
    may = actor.may("invoice", "create") and not actor.read_only and may_be_invoiced(order) and order.alive
    ready = sum((p.amount for p in due_parts(order, days.today())), Decimal(0)) if may else Decimal(0)
    rows = [due_row(order, ready)] if ready else []
    note = _("%(done)s of %(amount)s") % {"done": words.number(order.invoiced, 2), "amount": words.number(order.amount, 2)}
    new = {"label": _("Ask for an invoice"), "icon": "plus", "dialog": f"/orders/{order.pk}/do/order_invoice"} if may else None
    return {"rows": rows + [line(i, actor) for i in found], "note": note, "link": new} if found or may else None


def due_row(order: Order, amount: Decimal) -> dict[str, Any]:
    """What of an order is due and not invoiced yet, with the way to invoice it."""
    return {"label": _("Due, not invoiced"), "sub": words.number(amount, 2), "icon": "file-invoice", "tone": "acc",
            "act": {"label": pgettext("invoice", "Invoice it"), "post": f"/orders/{order.pk}/do/order_invoice_due"}}  # fmt: skip


def of_customer(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What a customer was invoiced, what is open of orders in force, the latest invoices."""
    if not shown(actor):
        return None
    orders = scoped(Order, actor).filter(customer=customer.pk, signed_on__isnull=False).exclude(state=Order.State.VOID)
    done, left = selectors.invoiced(orders)
    if not done and not left:
        return None
    rows: list[dict[str, Any]] = []
    if left > 0:
        rows.append({"label": _("Open to be invoiced"), "right": words.money(left, actor.language), "icon": "file-invoice", "tone": "acc",
                     "href": f"/orders/?view=uninvoiced&f.customer={customer.pk}"})  # fmt: skip
    rows += [line(i, actor) for i in selectors.invoices(scoped(Invoice, actor), 4, customer=customer.pk)]
    return {"rows": rows, "note": _("invoiced: %(amount)s") % {"amount": words.money(done, actor.language)}}


def takes_back(invoice: Invoice, actor: Actor) -> dict[str, Any] | None:
    """Of a red-letter invoice: that it is one, and what it corrects."""
    if invoice.corrects is None or not clear("invoice", actor, "corrects", "number"):
        return None
    return {"facts": [{"label": _("Red-letter invoice to"), "value": invoice.corrects.number, "href": f"/invoices/{invoice.corrects_id}",
                       "text": True, "note": invoice.reason if clear("invoice", actor, "reason") else "", "tone": "bad"}]}  # fmt: skip


# ------------------------------------------------------------------------------------------------ on the workbench
def to_issue(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Invoices that colleagues ask for, the oldest first."""
    if not clear("invoice", actor, *READ, "customer", "created_by"):
        return None
    found, n = selectors.asked_invoices(scoped(Invoice, actor), SHOWN)
    now = days.now()
    rows = [{"label": i.buyer, "sub": f"{i.name} · {words.ago(i.created_at, now, actor.language)}", "right": words.money(i.amount, actor.language),
             "icon": "file-invoice", "tone": "acc", "href": f"/invoices/{i.pk}",
             "act": {"label": _("Issue"), "dialog": f"/invoices/{i.pk}/do/invoice_issue"} if not actor.read_only else None}
            for i in found]  # fmt: skip
    return {"rows": rows, "all": "/invoices/?view=open", "note": str(n)} if rows else None


def to_allocate(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """Receipts of which something stands on no instalment, the largest first."""
    if not clear("receipt", actor, "amount", "free", "customer", "received_on"):
        return None
    found, n, total = selectors.unallocated(scoped(Receipt, actor), SHOWN)
    today = days.today()
    rows = [{"label": str(r.customer), "sub": f"{r.number} · {words.relative_day(r.received_on or today, today, actor.language)}",
             "right": words.money(r.free, actor.language), "icon": "cash", "tone": "ok", "href": f"/receipts/{r.pk}",
             "act": {"label": _("Allocate"), "dialog": f"/receipts/{r.pk}/do/receipt_allocate_oldest"} if not actor.read_only else None}
            for r in found]  # fmt: skip
    said = ngettext("%(n)s receipt, %(amount)s", "%(n)s receipts, %(amount)s", n) % {"n": n, "amount": words.money(total, actor.language)}
    return {"rows": rows, "all": "/receipts/?view=free", "note": said} if rows else None


def money_strip(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """What came in and fell due in the period; what is owed, overdue, not allocated and to be invoiced, for whoever keeps the books."""
    if not clear("order", actor, "receivable", "to_invoice") or not clear("instalment", actor, "balance", "due_on") or not clear(
            "receipt", actor, "free"):  # fmt: skip
        return None
    today, language = days.today(), actor.language
    owed, late, since, n = selectors.owed_in_all(scoped(Order, actor), today)
    _rows, count, free = selectors.unallocated(scoped(Receipt, actor), 0)
    left = selectors.invoiced(scoped(Order, actor).filter(state__in=BOUND))[1]
    notes: dict[str, str] = {"overdue": ngettext("%(n)s instalment", "%(n)s instalments", n) % {"n": n}}
    if since is not None:
        late_by = (today - since).days
        notes["overdue"] += " · " + ngettext("the oldest for %(n)s day", "the oldest for %(n)s days", late_by) % {"n": late_by}
    flows = briefing.figures(("received", "fallen_due"), actor, show_for(actor), params, {})
    return {"facts": [
        *flows, fact(_("Receivable"), owed, language, href="/instalments/?view=owed"),
        fact(_("Overdue"), late, language, href="/p/orders/dunning", note=notes["overdue"], tone="bad" if late > 0 else ""),
        fact(_("To be allocated"), free, language, href="/receipts/?view=free", note=ngettext("%(n)s receipt", "%(n)s receipts", count) % {
            "n": count}),
        fact(_("Open to be invoiced"), left, language, href="/orders/?view=uninvoiced"),
    ]}  # fmt: skip


def fact(label: Any, amount: Decimal, language: str, **more: Any) -> dict[str, Any]:
    """A figure of a strip."""
    value, unit = words.money_in_two(amount, language)
    return {"label": label, "value": value, "unit": unit, **more}


place(
    Panel("invoice", "orders.takes_back", gettext_lazy("Corrects"), "", takes_back, place="strip", position=10),
    Panel("order", "orders.invoices", gettext_lazy("Invoices"), "orders/rows.html", of_order, needs="invoice", position=15),
    Panel("customer", "orders.invoices", gettext_lazy("Invoices"), "orders/rows.html", of_customer, needs="invoice", position=36, lazy=True),
    Menu("invoice", gettext_lazy("Invoices"), "/invoices/", "file-invoice", group="orders", needs="invoice.view", position=96),
    HomeCard("orders.money", gettext_lazy("Money"), "", money_strip, place="strip", roles=("finance",), needs="receipt.edit", position=4),
    HomeCard("orders.to_allocate", gettext_lazy("Receipts to allocate"), "orders/home.html", to_allocate, roles=("finance",), needs="receipt.edit",
             position=5),
    HomeCard("orders.to_issue", gettext_lazy("Invoices to issue"), "orders/home.html", to_issue, roles=("finance",), needs="invoice.approve",
             position=7),
)
