"""A red-letter invoice takes an issued one back: all that is left of it, or of some of its lines so much; to the cent, tax too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import F, Model, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import words
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import insert

from ..models import Invoice, InvoicePart
from .asking import amount_of, picked
from .invoicing import S, day_of, numbered, parts_of, steps_follow, take
from .lines import held

ZERO = Decimal(0)


def correctable(invoice: Invoice) -> bool:
    """Whether something of it stands that could be corrected."""
    return invoice.state == S.ISSUED and invoice.corrects_id is None and invoice.corrected < invoice.amount


def standing_parts(invoice: Invoice) -> dict[str, InvoicePart]:
    """What stands of an invoice, line by line, by the key of its row."""
    return {f"part_{p.pk}": p for p in parts_of(invoice) if p.corrected < p.amount}


def rows_of(invoice: Invoice, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """Of an invoice of several lines each is a row, with what is left of it; of any other one amount is asked for."""
    found = standing_parts(invoice)
    if len(found) < 2:
        return inputs
    like, out = next(s for s in inputs if s.name == "amount"), []
    for key, part in found.items():
        said = _("corrected so far: %(amount)s") % {"amount": words.number(part.corrected, 2)} if part.corrected else ""
        out.append(picked(like, key, part.name, said))
    first = tuple(s for s in inputs if s.name == "parts")
    return (*first, *out, *(s for s in inputs if s.name not in ("parts", "amount")))


def all_of_it(invoice: Invoice, actor: Actor) -> dict[str, Any]:
    """The dialog begins with all that is left ticked."""
    found = standing_parts(invoice)
    return {"parts": list(found)} | ({key: p.amount - p.corrected for key, p in found.items()} if len(found) > 1 else {})


@action(Invoice, label=gettext_lazy("Correct by a red-letter invoice"), icon="receipt-refund", tone="warn", verb="approve", locks=("order",),
        shown=correctable, event="invoice.corrected", sentence=gettext_lazy("{actor} corrected {amount:money} by a red-letter invoice: {reason}"),
        did=gettext_lazy("Corrected “{name}”"), asks=rows_of, suggest=all_of_it)  # fmt: skip
def invoice_correct(
    invoice: Invoice,
    *,
    actor: Actor,
    parts: Annotated[list[str] | None, Ask(gettext_lazy("Of which lines"), kind="picks", hidden=True)] = None,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount with tax"), kind="money", help=gettext_lazy(
        "Left empty: all that has not been corrected yet."))] = None,
    invoiced_on: Annotated[dt.date | None, Ask(gettext_lazy("Issued on"), help=gettext_lazy("Left empty: today."))] = None,
    fiscal_number: Annotated[str, Ask(gettext_lazy("Number of the tax system"), max_length=40)] = "",
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
    **amounts: Any,
) -> None:  # fmt: skip
    """A red-letter invoice takes all or a part of it back; what it takes back may be invoiced again."""
    if invoice.state != S.ISSUED or invoice.corrects_id:
        raise Refused(_("Only an issued invoice is corrected."))
    shares = chosen(invoice, parts or [], amount, amounts)
    left = invoice.amount - invoice.corrected
    what = sum((share for _part, share in shares), ZERO) if shares else amount if amount is not None else left
    if what <= 0 or not taken(Invoice, invoice.pk, what):
        raise Invalid({"amount": [_("Only %(amount)s of it is left to be corrected.") % {"amount": left}]})
    order = held([invoice.order_id])[0]
    red = Invoice(order=order, customer_id=invoice.customer_id, kind=invoice.kind, state=S.ISSUED, amount=-what, tax_rate=invoice.tax_rate,
                  buyer=invoice.buyer, name=invoice.name, buyer_tax_number=invoice.buyer_tax_number, fiscal_number=fiscal_number or "",
                  corrects=invoice, reason=reason, invoiced_on=day_of(invoiced_on, invoice.invoiced_on))  # fmt: skip
    reds = [taking_back(part, share) for part, share in shares]
    if rates := {p.tax_rate for p in reds}:
        red.tax_rate = rates.pop() if len(rates) == 1 else None
    red.net = sum((p.net for p in reds), ZERO) if reds else -net_of(invoice, what)
    red.tax, red.amount_base = red.amount - red.net, cents(red.amount * Decimal(order.rate))
    take(order.pk, red.amount)
    numbered(red, order, actor)
    insert(registry["invoice"], red, actor=actor)
    for part in reds:
        part.invoice, part.created_by_id = red, actor.user_id
        part.save(force_insert=True)
    steps_follow(order.pk)
    noted(amount=str(what), red=red.pk, order=order.pk, customer=invoice.customer_id)


def chosen(invoice: Invoice, keys: Sequence[str], amount: Decimal | None, amounts: dict[str, Any]) -> list[tuple[InvoicePart, Decimal]]:
    """Which lines of an invoice are taken back, and how much of each; nothing where it has no lines. Raises Invalid, Refused."""
    found = standing_parts(invoice)
    if not found:
        return []
    if len(found) == 1 and amount is not None:  # it is asked for one amount
        (part,) = found.values()
        if amount <= 0 or amount > part.amount - part.corrected:
            raise Invalid({"amount": [_("Only %(amount)s of it is left to be corrected.") % {"amount": part.amount - part.corrected}]})
        return [(part, amount)]
    if amount is not None and amount != invoice.amount - invoice.corrected:
        raise Invalid({"amount": [_("Say of which lines of the invoice: each is taxed by itself.")]})
    if any(key not in found for key in keys):
        raise Refused(_("Of one of these lines nothing is left to be corrected."))
    wanted = [k for k in found if k in keys] or (list(found) if not amounts_of(found, amounts) else [])
    if not wanted:
        raise Refused(_("Tick what is to be corrected."))
    return [(found[key], amount_of(key, amounts, found[key].amount - found[key].corrected)) for key in wanted]


def amounts_of(found: dict[str, InvoicePart], amounts: dict[str, Any]) -> list[str]:
    """The rows for which an amount was named."""
    return [key for key in found if amounts.get(key) is not None]


def taken(model: type[Model], pk: int | None, what: Decimal) -> bool:
    """Take so much of what is left of an invoice, or of a line of it; false beyond that."""
    rows = model._base_manager.filter(Q(amount__gte=F("corrected") + what), pk=pk, corrects=None)
    return bool(rows.update(corrected=F("corrected") + what))


def taking_back(part: InvoicePart, share: Decimal) -> InvoicePart:
    """The line of a red-letter invoice that takes so much of a line back."""
    net = net_of(part, share)
    if not taken(InvoicePart, part.pk, share):
        raise Refused(_("Only %(amount)s of it is left to be corrected.") % {"amount": part.amount - part.corrected})
    return InvoicePart(order_id=part.order_id, name=part.name, line_id=part.line_id, instalment_id=part.instalment_id, corrects=part,
                       amount=-share, net=-net, tax=net - share, tax_rate=part.tax_rate)  # fmt: skip


def net_of(one: Invoice | InvoicePart, amount: Decimal) -> Decimal:
    """How much of a correction is without tax: the last one takes what the others left, so that tax goes to nothing with the amount."""
    state = "state" if isinstance(one, Invoice) else "invoice__state"
    before = type(one)._base_manager.filter(**{state: S.ISSUED}, corrects=one.pk, deleted_at=None).aggregate(a=Sum("amount"), n=Sum("net"))
    done, net = -(before["a"] or ZERO), -(before["n"] or ZERO)
    return one.net - net if done + amount == one.amount else cents(one.net * amount / one.amount)
