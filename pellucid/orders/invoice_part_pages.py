"""What an invoice is made of, as a table on its page: typed over while it is a draft."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import words
from pellucid.kernel.resources.cells import cells
from pellucid.kernel.resources.declare import Panel, place
from pellucid.kernel.resources.fields import clear

from . import selectors
from .models import Invoice, InvoicePart

READ = ("name", "amount", "tax_rate", "net", "tax", "corrected")


def parts(invoice: Invoice, actor: Actor) -> dict[str, Any] | None:
    """The lines of an invoice and what they come to; of one for the order as a whole that it is, as long as lines may be added."""
    if not clear("invoicepart", actor, *READ) or not clear("invoice", actor, "amount", "net", "tax"):
        return None
    found, draft = selectors.invoice_parts(invoice), invoice.state == Invoice.State.DRAFT and invoice.alive and not actor.read_only
    adds = draft and actor.may("invoicepart", "create")
    if not found and not adds:
        return None
    may, currency = draft and actor.may("invoicepart", "edit"), invoice.order.currency

    def exact(amount: Decimal) -> str:
        return words.money_exact(amount, actor.language, currency)

    note = ngettext("%(n)s line", "%(n)s lines", len(found)) % {"n": len(found)} if found else _("the order as a whole")
    return {"parts": [row(n, one, actor, may=may) for n, one in enumerate(found, 1)], "note": note,
            "more": f"/invoice-lines/new?invoice={invoice.pk}" if adds else "", "corrected": any(p.corrected for p in found),
            "sums": [(_("Amount without tax"), exact(invoice.net)), (_("Tax"), exact(invoice.tax))], "total": exact(invoice.amount),
            "empty": _("It is for the order as a whole. Lines say for which instalments or goods, each with its own tax.")}  # fmt: skip


def row(n: int, part: InvoicePart, actor: Actor, *, may: bool) -> dict[str, Any]:
    """A line: for what, its tax, how much."""
    here = f"/invoice-lines/{part.pk}"
    return {"n": n, "href": here, "edit": f"{here}/edit" if may else "", "drop": f"{here}/do/invoicepart_drop" if may else "",
            "name": part.name, "cell": cells(part, ("amount",), actor).get("amount") if may else None,
            "rate": f"{part.tax_rate.normalize():f}%" if part.tax_rate is not None else "", "net": words.number(part.net, 2),
            "tax": words.number(part.tax, 2), "amount": words.number(part.amount, 2),
            "corrected": words.number(part.corrected, 2) if part.corrected else ""}  # fmt: skip


place(Panel("invoice", "orders.invoice_parts", gettext_lazy("Lines of the invoice"), "orders/invoice_parts.html", parts, place="tab",
            needs="invoicepart", first=True, position=4))  # fmt: skip
