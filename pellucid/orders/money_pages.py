"""What is owed and paid, beside a customer and beside a receipt."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import days, words
from pellucid.kernel.resources.fields import clear

from . import selectors
from .actions.receipts import has_left, payable, proposal
from .invoice_pages import fact
from .models import Instalment, Order, Receipt

SHOWN = 8


def owed(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What this customer owes, how much of it is overdue and since when, and what is prepaid; as far as the reader's orders reach."""
    if not clear("order", actor, "amount", "receivable") or not clear("instalment", actor, "balance", "due_on"):
        return None
    today, language = days.today(), actor.language
    found = selectors.standing(scoped(Order, actor), scoped(Instalment, actor), customer.pk, today)
    if not found.orders:
        return None
    prepaid = selectors.prepaid(scoped(Receipt, actor), customer.pk) if clear("receipt", actor, "free") else Decimal(0)
    rows = [{"label": _("Orders in force"), "right": str(found.orders), "href": f"/orders/?view=running&f.customer={customer.pk}"},
            {"label": _("Receivable"), "right": words.money(found.receivable, language), "href": f"/orders/?view=owing&f.customer={customer.pk}"}]
    if found.overdue > 0 and found.since is not None:
        n = (today - found.since).days
        rows.append({"label": _("Overdue"), "right": words.money(found.overdue, language), "icon": "alert-circle", "tone": "bad",
                     "sub": ngettext("%(n)s day overdue", "%(n)s days overdue", n) % {"n": n}, "href": "/instalments/?view=overdue"})  # fmt: skip
    if prepaid > 0:
        rows.append({"label": _("Prepaid"), "right": words.money(prepaid, language), "href": f"/receipts/?view=free&f.customer={customer.pk}"})
    return {"rows": rows}


def figures(customer: Customer, actor: Actor) -> dict[str, Any] | None:
    """What a customer signed and owes, in the strip of its figures; silent where nothing was ever signed."""
    if not clear("order", actor, "amount", "receivable", "signed_on") or not clear("instalment", actor, "balance", "due_on"):
        return None
    today, language, orders = days.today(), actor.language, scoped(Order, actor)
    whole, late = selectors.signed_with(orders, customer.pk, today - dt.timedelta(days=365))
    if not whole:
        return None
    found = selectors.standing(orders, scoped(Instalment, actor), customer.pk, today)
    overdue = found.overdue > 0 and found.since is not None
    said = _("Overdue %(amount)s") % {"amount": words.money(found.overdue, language)} if overdue else ""
    if found.since is not None and overdue:
        n = (today - found.since).days
        said += " · " + ngettext("%(n)s day", "%(n)s days", n) % {"n": n}
    return {"facts": [
        fact(_("Signed in all"), whole, language, note=_("last 12 months %(amount)s") % {"amount": words.money(late, language)},
             href=f"/orders/?view=all&f.customer={customer.pk}"),
        fact(_("Receivable"), found.receivable, language, note=said or _("nothing overdue"), tone="bad" if overdue else "",
             href=f"/orders/?view=owing&f.customer={customer.pk}"),
    ]}  # fmt: skip


def to_allocate(receipt: Receipt, actor: Actor) -> dict[str, Any] | None:
    """What this receipt could pay, and how much of each is proposed: oldest first."""
    if not has_left(receipt) or not clear("receipt", actor, "amount", "free") or not actor.may("instalment", "view"):
        return None
    today, may = days.today(), actor.may("receipt", "edit") and not actor.read_only
    proposed = {i.pk: amount for i, amount in proposal(receipt, actor)}
    rows = []
    for one in payable(receipt, actor)[:SHOWN]:
        share = proposed.get(one.pk)
        amount = share or min(receipt.amount - receipt.allocated - receipt.refunded, one.amount - one.allocated - one.credited)
        href = f"/receipts/{receipt.pk}/do/receipt_allocate?instalment={one.pk}&amount={amount}"
        when = words.relative_day(one.due_on, today, actor.language) if one.due_on else pgettext("instalment", "not due yet")
        said = f"{words.number(one.amount - one.allocated - one.credited, 2)} · {when} · {one.name}"  # what may be cut comes last
        act = {"label": _("Allocate %(amount)s") % {"amount": words.number(amount, 2)}, "dialog": href, "quiet": not share}
        rows.append({"label": one.order.number, "sub": said, "href": f"/orders/{one.order_id}", "act": act if may else None})
    return {"rows": rows, "note": _("proposed: %(amount)s") % {"amount": words.number(sum(proposed.values(), Decimal(0)), 2)}
            if proposed else ""} if rows else None  # fmt: skip
