"""What became of the orders signed in a period, by the day asked about; what was promised and kept; how many days of sales are owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.metrics.declare import Ctx, Derived, Measure, declare

from .measures import GROSS, OWED, PAID
from .models import Delivery, Posting

K = Posting.Kind
SIGNED = "order__signed_on"
YEAR = 365


def by(path: str, **more: Any) -> Callable[[Ctx], Q]:
    """What had happened by the day; of a compared period, by when its orders were as old."""
    return lambda ctx: Q(**{f"{path}__lte": ctx.by}, **more)


def due(**more: Any) -> Callable[[Ctx], Q]:
    """Of what was due by the day."""
    return lambda ctx: Q(due_on__lte=ctx.by, posted_on__lte=ctx.by, **more)


def promised(ctx: Ctx) -> Q:
    """Lines to be delivered by the day."""
    return Q(promised_on__lte=ctx.by)


def kept(ctx: Ctx) -> Q:
    """Of those, the ones of which everything had gone out on the day that was promised for them."""
    sent = Delivery._base_manager.filter(deleted_at=None, line=OuterRef("pk"), delivered_on__lte=OuterRef("promised_on"))
    whole = sent.order_by().values("line").annotate(sent=Sum("quantity")).values("sent")  # asked of each line: most questions are about few
    return promised(ctx) & Q(quantity__lte=Subquery(whole))


def of_a_year(ctx: Ctx) -> Q:
    """What became owed in the 365 days up to the day, of orders not void by then."""
    stands = Q(order__voided_on=None) | Q(order__voided_on__gt=ctx.day)
    return stands & Q(kind=K.DUE, deleted_at=None, posted_on__lte=ctx.day, posted_on__gt=ctx.day - dt.timedelta(days=YEAR))


LINES = pgettext_lazy("count", "order lines")
declare(
    Measure("cohort_delivered", _("Delivered of these orders"), "deliveries",
            _("What went out by the day asked about, of the orders signed in the period, with tax"), "sum", GROSS,
            where=by("delivered_on"), axis=SIGNED, uses=("delivered_on",), unit="money"),
    Measure("cohort_returned", _("Returned of these orders"), "returns",
            _("What came back by the day asked about, of the orders signed in the period, with tax"), "sum", GROSS,
            where=by("returned_on"), axis=SIGNED, uses=("returned_on",), unit="money", good="down"),
    Measure("cohort_invoiced", _("Invoiced of these orders"), "invoices",
            _("What was invoiced by the day asked about, of the orders signed in the period, with tax, less what red-letter invoices correct"),
            "sum", OWED, where=by("invoiced_on"), axis=SIGNED, uses=("invoiced_on",), unit="money"),
    Measure("cohort_received", _("Received of these orders"), "ledger",
            _("What was paid by the day asked about for the orders signed in the period, less what was taken back"), "sum", 0 - F(OWED),
            where=by("posted_on", kind__in=PAID), axis=SIGNED, uses=("posted_on", "kind"), unit="money"),
    Measure("cohort_due", _("Due of these orders"), "ledger",
            _("What was due by the day asked about, of the orders signed in the period"), "sum", OWED, where=due(kind=K.DUE), axis=SIGNED,
            uses=("due_on", "posted_on", "kind"), unit="money", good=""),
    Measure("cohort_due_received", _("Received of what was due"), "ledger",
            _("What was paid by the day asked about for instalments due by then, of the orders signed in the period"), "sum", 0 - F(OWED),
            where=due(kind__in=PAID), axis=SIGNED, uses=("due_on", "posted_on", "kind"), unit="money"),
    Derived("delivered_rate", _("Share delivered"), "cohort_delivered / ordered_gross",
            _("Of the orders signed in the period: what went out by the day asked about, divided by what was ordered, both with tax")),
    Derived("invoiced_rate", _("Share invoiced"), "cohort_invoiced / ordered_gross",
            _("Of the orders signed in the period: what was invoiced by the day asked about, divided by what was ordered, both with tax")),
    Derived("received_rate", _("Share received"), "cohort_received / ordered_gross",
            _("Of the orders signed in the period: what was paid by the day asked about, divided by what was ordered, both with tax")),
    Derived("due_received_rate", _("Received of what was due, share"), "cohort_due_received / cohort_due",
            _("Of the orders signed in the period: what was paid for instalments due by the day asked about, divided by what was due by then")),
    Measure("lines_promised", _("Lines promised"), "order_lines",
            _("Lines of orders signed in the period that were promised for the day asked about, or before"), where=promised, uses=("promised_on",),
            noun=LINES, good=""),
    Measure("lines_kept", _("Lines delivered as promised"), "order_lines",
            _("Of those, the lines of which everything had gone out on the day that was promised"), where=kept, uses=("promised_on", "quantity"),
            noun=LINES),
    Derived("promises_kept_rate", _("Promises of delivery kept"), "lines_kept / lines_promised",
            _("Lines delivered by the promised day, divided by the lines promised by the day asked about; what is late or not out yet was not kept")),
    Measure("owed_of_a_year", _("Became owed in 365 days"), "ledger", _("What became owed in the 365 days up to the end of the day, by the ledger"),
            "sum", OWED, where=of_a_year, time="any", uses=("posted_on", "kind", "order__voided_on"), unit="money", good=""),
    Derived("dso", _("Days sales outstanding"), "receivable / owed_of_a_year * 365",
            _("What is owed at the end of the day, divided by what became owed in the 365 days up to it, times 365; both from the ledger, with tax"),
            unit="days", good="down"),
)
