"""The numbers of contracts, orders and money. Sales are without tax, by the day of signing; what is owed and paid is with tax."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Case, CharField, DecimalField, F, Func, IntegerField, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.measures import of_customer
from pellucid.kernel.metrics.declare import Ctx, Derived, Dim, Measure, dataset, declare, history
from pellucid.kernel.metrics.dims import people
from pellucid.products.attributes import by_attribute

from .models import Contract, Delivery, Invoice, Order, OrderLine, Posting, Receipt, ReturnedGoods

S, K = Order.State, Posting.Kind
PAID = (K.RECEIPT, K.RELEASE)
COUNTING = (S.PENDING, S.SIGNED, S.RUNNING, S.DELIVERED, S.SETTLED, S.CLOSED)
AGES = ((0, _("Not due yet")), (1, _("1 to 30 days")), (31, _("31 to 60 days")), (61, _("61 to 90 days")), (91, _("Over 90 days")))
FAR = (("none", pgettext_lazy("progress", "Nothing")), ("part", pgettext_lazy("progress", "A part")),
       ("all", pgettext_lazy("progress", "Everything")))  # fmt: skip


def of_order(via: str) -> tuple[Dim, ...]:
    """Whose an order was when it was signed, for whom, under what."""
    return (
        *people(f"{via}sold_by", f"{via}sold_unit", f"{via}sold_branch"),
        Dim("customer", _("Customer"), f"{via}customer"),
        Dim("order", _("Order by number"), f"{via}id", target="order"),
        Dim("contract_kind", _("Kind of contract"), f"{via}contract__kind"),
        *of_customer(f"{via}customer__"),
    )


def of_product(via: str = "") -> tuple[Dim, ...]:
    """What was ordered."""
    return (
        Dim("product", _("Product"), f"{via}product", none=_("Without a product")),
        Dim("product_class", _("Product class"), f"{via}product__product_class"),
        Dim("uom", _("Unit of measure"), f"{via}uom"),
    )


def age(ctx: Ctx) -> Any:
    """Days since what is owed was due, at the end of the day, in bands."""
    cases = [When(due_on__lte=ctx.day - dt.timedelta(days=low), then=Value(low)) for low, _label in reversed(AGES) if low]
    return Case(*cases, default=Value(0), output_field=IntegerField())


def late(ctx: Ctx) -> Q:
    """Due before the day."""
    return Q(due_on__lt=ctx.day)


def open_by(ctx: Ctx) -> Q:
    """Of instalments of which something is owed at the end of the day."""
    unsettled = Q(settled_on=None) | Q(settled_on__gt=ctx.day)
    winding = Posting._base_manager.filter(unsettled, winding=True, posted_on__lte=ctx.day).values("instalment")
    left = winding.annotate(s=Sum("amount")).filter(s__gt=0).values("instalment")
    return Q(kind=K.DUE) & unsettled & (Q(winding=False) | Q(instalment__in=left))


def paid_late(ctx: Ctx) -> Q:
    """Of instalments paid after they were due, or due before the day and owed still."""
    return Q(kind=K.DUE, late_on__lte=ctx.day) | open_by(ctx) & late(ctx)


def between(since: str) -> Any:
    """Days from another day to that of the posting."""
    return Func(F("posted_on"), F(since), arg_joiner=" - ", template="(%(expressions)s)::numeric", output_field=DecimalField())


def total(rows: Any, field: str) -> Any:
    """The sum of a field over rows of an order, 0 without any."""
    sums = rows.values("order").annotate(s=Sum(field)).values("s")
    return Coalesce(Subquery(sums, output_field=DecimalField()), Value(0), output_field=DecimalField())


def delivered_by(ctx: Ctx) -> Any:
    """What had gone out of an order by the day, with tax."""
    return total(Delivery._base_manager.filter(order=OuterRef("pk"), delivered_on__lte=ctx.by, deleted_at=None), "amount")


def received_by(ctx: Ctx) -> Any:
    """What had been paid for an order by the day."""
    return 0 - total(Posting._base_manager.filter(order=OuterRef("pk"), kind__in=PAID, posted_on__lte=ctx.by), "amount")


def how_far(amount: Any) -> Any:
    """Nothing of an order, a part, or everything."""
    return lambda ctx: Case(When(Q(amount__lte=amount(ctx)), then=Value("all")), When(Q(amount__gt=0) & ~Q(amount__lte=amount(ctx)) & Q(
        pk__in=Order._base_manager.annotate(far=amount(ctx)).filter(far__gt=0).values("pk")), then=Value("part")), default=Value("none"),
        output_field=CharField())  # fmt: skip


LIFE = ("signed_on", "voided_on")
USED = ("amount", "delivered", "received")
declare(
    dataset("contracts", _("Contracts"), Contract, (
        *people(), Dim("customer", _("Customer"), "customer"), Dim("contract_kind", _("Kind of contract"), "kind"), *of_customer("customer__"),
    ), axis="signed_on", life=LIFE, title="name", usual=("contract_kind", "branch")),
    dataset("order_lines", _("Order lines"), OrderLine, (*of_order("order__"), *of_product()), axis="signed_on", life=LIFE, title="name",
            usual=("product_class", "customer"), more=by_attribute("")),
    dataset("orders", _("Orders"), Order, (
        *of_order(""),
        Dim("delivered_far", _("Delivered so far"), how_far(delivered_by), FAR, uses=USED, by_day=True, whole=True),
        Dim("paid_far", _("Paid so far"), how_far(received_by), FAR, uses=USED, by_day=True, whole=True),
    ), axis="signed_on", life=LIFE, title="name", usual=("delivered_far", "paid_far")),
    history("order_history", _("Orders over time"), Order, (
        *people(), Dim("order_state", _("State of the order"), "state", tuple((s.value, s.label) for s in COUNTING), whole=True),
        Dim("customer", _("Customer"), "record__customer"),
        *of_customer("record__customer__"),
    ), where=Q(state__in=COUNTING), title="record__name", usual=("order_state", "branch")),
    dataset("deliveries", _("Deliveries"), Delivery, (
        *of_order("order__"), *of_product("line__"), Dim("executor", _("Done by"), "executor"),
        Dim("warehouse", pgettext_lazy("warehouse", "From"), "warehouse"),
    ), axis="delivered_on", axes=("order__signed_on",), within=(("", "order__deleted_at"), ("", "order__voided_on")), title="line__name",
       usual=("executor", "product_class"), more=by_attribute("line__")),
    dataset("returns", _("Returns"), ReturnedGoods, (
        *of_order("order__"), *of_product("line__"), Dim("return_reason", _("Why returned"), "reason"),
    ), axis="returned_on", axes=("order__signed_on",), within=(("", "order__deleted_at"), ("", "order__voided_on")), title="line__name",
       usual=("product", "return_reason"), more=by_attribute("line__")),
    dataset("ledger", _("Ledger"), Posting, (
        *people("sold_by", "sold_unit", "sold_branch"), Dim("customer", _("Customer"), "customer"), Dim("order", _("Order by number"), "order"),
        Dim("posting_kind", _("Movement"), "kind"), Dim("due_age", _("Age"), age, AGES, uses=("due_on",), by_day=True, whole=True),
        Dim("collector", _("Collected by"), "instalment__in_charge"), *of_customer("customer__"),
    ), axis="posted_on", axes=("due_on", "order__signed_on"), life=("posted_on", ""), within=(("", "order__voided_on"),),
       spent="settled_on", title="instalment__name", usual=("customer", "posting_kind")),
    dataset("receipts", _("Receipts"), Receipt, (
        Dim("customer", _("Customer"), "customer"), Dim("payment_method", _("Way of payment"), "method"), *of_customer("customer__"),
    ), axis="received_on", life=("received_on", "reversed_on"), title="number", usual=("payment_method", "customer")),
    dataset("invoices", _("Invoices"), Invoice, (*of_order("order__"), Dim("invoice_kind", _("Kind of invoice"), "kind")), axis="invoiced_on",
            axes=("order__signed_on",), life=("invoiced_on", "voided_on"), within=(("", "order__deleted_at"),), title="name",
            usual=("customer", "invoice_kind")),
)  # fmt: skip

NET, OWED = "net_base", "amount_base"
GROSS = Round(F("amount") * F("order__rate"), 2)  # with tax, in the company's currency
INSTALMENTS = pgettext_lazy("count", "instalments")
declare(
    Measure("contract_count", _("Contracts signed"), "contracts", _("Contracts by the day they were signed, those declared void by the day left out"),
            noun=pgettext_lazy("count", "contracts")),
    Measure("contract_amount", _("Amount of contracts"), "contracts", _("What contracts signed in the period are worth, with tax"), "sum", OWED,
            unit="money"),
    Measure("order_count", _("Orders signed"), "order_lines", _("Different orders by the day they were signed"), "distinct", "order_id",
            noun=pgettext_lazy("count", "orders")),
    Measure("amount", _("Sales amount"), "order_lines",
            _("Order lines by the day of signing, without tax, in the company's currency; returns are apart"), "sum", NET, unit="money"),
    Measure("qty", _("Quantity sold"), "order_lines", _("Quantities of order lines by the day of signing; within one unit of measure"), "sum",
            "quantity", unit="number"),
    Measure("buyers", _("Customers that bought"), "order_lines", _("Different customers with an order signed"), "distinct", "order__customer_id",
            noun=_("accounts")),
    Measure("won_customers", _("New customers that bought"), "order_lines", _("Different customers whose first order was signed"), "distinct",
            "order__customer_id", where=Q(order__is_first=True), noun=_("accounts")),
    Measure("cost_known_amount", _("Sales with known cost"), "order_lines", _("Sales of the lines whose cost is known"), "sum", NET,
            where=Q(cost_base__isnull=False), unit="money"),
    Measure("cost", _("Cost of sales"), "order_lines", _("What sold lines cost, as it was when they were signed"), "sum", "cost_base", unit="money",
            good="down"),
    Measure("cost_missing", _("Lines without cost"), "order_lines", _("Order lines whose cost is not known: they are in no profit"),
            where=Q(cost_base__isnull=True), noun=_("times"), good="down"),
    Derived("profit", _("Gross profit"), "cost_known_amount - cost", _("Sales less their cost, over the lines whose cost is known"), unit="money"),
    Derived("margin", _("Gross margin"), "profit / cost_known_amount", _("Gross profit divided by the sales whose cost is known")),
    Measure("returned_amount", _("Returns by amount"), "returns",
            _("Goods that came back, by day, without tax"), "sum", NET, unit="money", good="down"),
    Measure("returned_qty", _("Quantity returned"), "returns", _("Quantities that came back, by day"), "sum", "quantity", unit="number", good="down"),
    Derived("return_rate", _("Return rate"), "returned_amount / amount",
            _("What came back in the period, divided by what was sold in it"), good="down"),
    Derived("net_amount", _("Sales less returns"), "amount - returned_amount", _("Sales less what came back in the period"), unit="money"),
    Measure("delivered", _("Delivered by amount"), "deliveries", _("Goods that went out, by day, with tax"), "sum", GROSS, unit="money"),
    Measure("delivery_count", _("Deliveries"), "deliveries", _("Deliveries by day"), noun=_("times")),
    Measure("deliveries_promised", _("Deliveries with a promise"), "deliveries", _("Deliveries of lines for which a day was promised"),
            where=Q(promised_on__isnull=False), noun=_("times")),
    Measure("deliveries_in_time", _("Deliveries in time"), "deliveries", _("Deliveries by the day that was promised"),
            where=Q(promised_on__gte=F("delivered_on")), noun=_("times")),
    Derived("delivery_in_time_rate", _("Delivered in time"), "deliveries_in_time / deliveries_promised",
            _("Deliveries by the promised day, divided by those with a promise")),
    Measure("received", pgettext_lazy("money", "Received"), "ledger", _("Allocations of receipts by day, less those taken back"), "sum", 0 - F(OWED),
            where=Q(kind__in=PAID), unit="money"),
    Measure("fallen_due", _("Fallen due"), "ledger", _("What became owed, by the day it was due"), "sum", OWED, where=Q(kind=K.DUE), axis="due_on",
            unit="money", good=""),
    Measure("receivable", _("Receivable"), "ledger", _("What is owed at the end of the day: all postings up to it"), "sum", OWED, time="balance",
            unit="money", good="down"),
    Measure("overdue", _("Overdue"), "ledger", _("What is owed at the end of the day and was due before it"), "sum", OWED, where=late, time="balance",
            unit="money", uses=("due_on",), good="down"),
    Measure("open_instalments", _("Instalments owed"), "ledger", _("Instalments of which something is owed at the end of the day"), "distinct",
            "instalment_id", where=open_by, time="balance", uses=("amount", "due_on"), noun=INSTALMENTS, good="down"),
    Measure("instalments_owed", _("Instalments due"), "ledger", _("Instalments by the day they became owed"), "distinct", "instalment_id",
            where=Q(kind=K.DUE), noun=INSTALMENTS, good=""),
    Measure("became_owed", _("Became owed"), "ledger", _("What became owed, by the day since when it is"), "sum", OWED, where=Q(kind=K.DUE),
            unit="money", good=""),
    Measure("late_instalments", _("Paid late"), "ledger",
            _("Instalments that became owed, paid after they were due, or due and owed still"), "distinct",
            "instalment_id", where=paid_late, uses=("amount", "due_on"), noun=INSTALMENTS, good="down"),
    Measure("late_amount", _("Amount paid late"), "ledger",
            _("What became owed and was paid after it was due, or is due and owed still"), "sum", OWED,
            where=paid_late, uses=("amount", "due_on"), unit="money", good="down"),
    Measure("payment_days", _("Days to payment"), "ledger", _("Mean days from signing to each payment"), "avg", between("order__signed_on"),
            where=Q(kind=K.RECEIPT), uses=("order__signed_on",), unit="days", good="down"),
    Measure("most_days_late", _("Most days late"), "ledger", _("The longest time from the day something was due to a payment for it"), "max",
            between("due_on"), where=Q(kind=K.RECEIPT, due_on__isnull=False), uses=("due_on",), unit="days", good="down"),
    Measure("disputed_instalments", _("Disputed instalments"), "ledger", _("Instalments that became owed and are disputed today"), "distinct",
            "instalment_id", where=Q(kind=K.DUE, instalment__disputed=True), noun=INSTALMENTS, good="down"),
    Derived("late_rate", _("Share paid late"), "late_instalments / instalments_owed", _("Instalments paid late, divided by all that became owed"),
            good="down"),
    Measure("written_off", _("Written off"), "ledger", _("Debts given up, by day"), "sum", 0 - F(OWED), where=Q(kind__in=(K.WRITE_OFF, K.REVERSAL)),
            unit="money", good="down"),
    Measure("money_in", _("Money received"), "receipts", _("Receipts by day, those reversed by the day left out"), "sum", OWED,
            where=Q(kind=Receipt.Kind.RECEIPT), unit="money"),
    Measure("invoiced", _("Invoiced"), "invoices", _("Invoices by the day they were issued, with tax, less what red-letter invoices correct;"
            " those void by the day left out"), "sum", OWED, unit="money"),
    Measure("invoice_count", _("Invoices issued"), "invoices", _("Invoices by the day they were issued, red-letter ones and those void left out"),
            where=Q(corrects=None), noun=pgettext_lazy("count", "invoices")),
    Measure("ordered_gross", _("Ordered with tax"), "orders", _("Orders by the day of signing, with tax"), "sum", OWED, unit="money"),
    Measure("orders_standing", _("Orders in force"), "orders", _("Orders signed by the end of the day and not void"), time="stock",
            noun=pgettext_lazy("count", "orders")),
    Measure("standing_amount", _("Amount of orders in force"), "orders", _("What orders in force are worth, with tax"), "sum", OWED, time="stock",
            unit="money"),
    Measure("orders_in_state", _("Orders in the state"), "order_history", _("Orders by the state they are in at the end of the day"), time="stock",
            noun=pgettext_lazy("count", "orders")),
    Measure("amount_in_state", _("Amount in the state"), "order_history", _("What these orders are worth, with tax"), "sum", OWED, time="stock",
            unit="money"),
)  # fmt: skip
