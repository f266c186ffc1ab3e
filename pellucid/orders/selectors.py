"""What is read of orders for others: which customers buy, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from pellucid.customers.models import Customer
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.resources.declare import registry

from .lifecycles import BOUND, OPEN
from .models import Contract, Delivery, Instalment, Invoice, InvoicePart, Order, OrderChange, OrderLine, OrderStep, Receipt


def with_open_order(ids: Collection[int]) -> set[int]:
    """Those of these customers with an order that is being made or carried out."""
    found = Order._base_manager.filter(customer__in=ids, state__in=OPEN | BOUND - {Order.State.SETTLED}, deleted_at=None)
    return set(found.values_list("customer_id", flat=True))


def last_signed(ids: Collection[int]) -> dict[int, dt.date]:
    """When those of these customers that ever signed an order did so last."""
    found = Order._base_manager.filter(customer__in=ids, signed_on__isnull=False, deleted_at=None).exclude(state=Order.State.VOID)
    return dict(found.values_list("customer_id").annotate(last=Max("signed_on")).order_by())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an order is: batches that went out, what is overdue, when the next part is due; what was credited, stands to the customer's
    credit, and is not owed yet."""

    batches: int
    overdue: Decimal
    next_due: dt.date | None
    credited: Decimal
    credit: Decimal
    waiting: Decimal


def progress(order: Order, today: dt.date) -> Progress:
    """Of an order the reader has been let to."""
    owed = Q(balance__gt=0)
    found = Instalment._base_manager.filter(order=order.pk, deleted_at=None).aggregate(
        overdue=Sum("balance", filter=owed & Q(due_on__lt=today)), next_due=Min("due_on", filter=owed & Q(due_on__gte=today)),
        credited=Sum("credited"), credit=Sum("balance", filter=Q(balance__lt=0)), waiting=Sum(F("amount") - F("owed")))  # fmt: skip
    none = Decimal(0)
    batches = Delivery._base_manager.filter(order=order.pk, deleted_at=None).aggregate(n=Count("batch", distinct=True))
    return Progress(batches["n"], found["overdue"] or none, found["next_due"], found["credited"] or none, -(found["credit"] or none),
                    found["waiting"] or none)  # fmt: skip


def instalments_of(order: Order) -> list[Instalment]:
    """In the order of the plan; of an order the reader has been let to."""
    return list(Instalment._base_manager.filter(order=order.pk, deleted_at=None).order_by("position", "pk"))


def lines_of(order: Order) -> list[OrderLine]:
    """As they were entered; of an order the reader has been let to."""
    return list(OrderLine._base_manager.filter(order=order.pk, deleted_at=None).select_related("product", "attributes").order_by("pk"))


def changes_of(order: Order) -> list[OrderChange]:
    """The latest first; of an order the reader has been let to."""
    return list(OrderChange._base_manager.filter(order=order.pk, deleted_at=None).order_by("-pk")[:4])


def asked_about(resource: str, pk: int) -> Order | None:
    """The order a request decides about: itself, or the one of a contract; for who has been let to the request."""
    rows = Order._base_manager.filter(deleted_at=None)
    if resource == "order":
        return rows.filter(pk=pk).first()
    if resource == "contract":
        return rows.filter(contract=pk).exclude(contract__kind=Contract.Kind.FRAMEWORK).first()
    return None


def party_of(resource: str, pk: int) -> int | None:
    """The customer a request is about, as the record's resource names it; for who has been let to the request."""
    of = registry.get(resource)
    if of is None or not of.party or of.model._meta.get_field(of.party).related_model is not Customer:
        return None
    found = of.model._base_manager.filter(pk=pk).values_list(of.party, flat=True).first()
    return int(found) if found else None


def deliveries_of(order: Order) -> list[Delivery]:
    """By batch; of an order the reader has been let to."""
    return list(Delivery._base_manager.filter(order=order.pk, deleted_at=None).select_related("line").order_by("batch", "pk"))


def steps_of(orders: Collection[int]) -> dict[int, list[OrderStep]]:
    """The steps of orders the reader has been let to, each with its task, in the order they were laid down."""
    out: dict[int, list[OrderStep]] = {}
    rows = OrderStep._base_manager.filter(order__in=orders, deleted_at=None, task__deleted_at=None)
    for one in rows.select_related("task__step").order_by("pk"):
        out.setdefault(one.order_id, []).append(one)
    return out


def orders_under(orders: QuerySet[Order], contract: int) -> list[Order]:
    """The orders of a contract within the reader's reach, the latest first."""
    return list(orders.filter(contract=contract).exclude(state=Order.State.VOID).order_by("-id")[:50])


def contract_of(contracts: QuerySet[Contract], quotation: int) -> Contract | None:
    """The contract that a quotation became, within the reader's reach."""
    return contracts.filter(quotation=quotation).exclude(state=Contract.State.VOID).order_by("-id").first()


def became_contract(quotation: int) -> bool:
    """Whether a quotation became a contract that stands, whoever may see it."""
    return Contract._base_manager.filter(quotation=quotation, deleted_at=None).exclude(state=Contract.State.VOID).exists()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a customer stands: orders in force, what is owed, what of it is overdue and since when."""

    orders: int
    receivable: Decimal
    overdue: Decimal
    since: dt.date | None


def standing(orders: QuerySet[Order], instalments: QuerySet[Instalment], customer: int, today: dt.date) -> Standing:
    """Of a customer, over the rows within the reader's reach."""
    told = orders.filter(customer=customer, state__in=BOUND).aggregate(n=Count("pk"), owed=Sum("receivable"))
    owed = instalments.filter(order__customer=customer, order__state__in=BOUND, balance__gt=0)
    late = owed.filter(due_on__lt=today).aggregate(s=Sum("balance"), since=Min("due_on"))
    return Standing(told["n"], told["owed"] or Decimal(0), late["s"] or Decimal(0), late["since"])


def to_bring(orders: QuerySet[Order], customer: int) -> QuerySet[Order]:
    """A customer's orders in force that are not delivered in full, what was promised first on top; within the reader's reach."""
    return orders.filter(customer=customer, state__in=(Order.State.SIGNED, Order.State.RUNNING)).order_by("promised_key", "pk")


def signed_with(orders: QuerySet[Order], customer: int, since: dt.date) -> tuple[Decimal, Decimal]:
    """What a customer's orders in force or done come to, in the company's currency: all of them, and those signed since a day."""
    found = orders.filter(customer=customer, signed_on__isnull=False).exclude(state=Order.State.VOID).aggregate(
        whole=Sum("amount_base"), late=Sum("amount_base", filter=Q(signed_on__gte=since)))  # fmt: skip
    return found["whole"] or Decimal(0), found["late"] or Decimal(0)


def prepaid(receipts: QuerySet[Receipt], customer: int) -> Decimal:
    """What a customer has paid that stands on no instalment, over the rows within the reader's reach."""
    found = receipts.filter(customer=customer, kind=Receipt.Kind.RECEIPT, reversed_on=None, free__gt=0)
    return found.aggregate(s=Sum("free"))["s"] or Decimal(0)


ZERO = Decimal(0)


def invoices(rows: QuerySet[Invoice], n: int, **of: int) -> list[Invoice]:
    """The latest invoices of an order or a customer, of the rows within the reader's reach; those to be issued first."""
    return list(rows.filter(**of).order_by(F("invoiced_on").desc(nulls_first=True), "-pk")[:n])


def invoice_parts(invoice: Invoice) -> list[InvoicePart]:
    """What an invoice is made of, as it was entered; of an invoice the reader has been let to."""
    return list(InvoicePart._base_manager.filter(invoice=invoice.pk, deleted_at=None).order_by("pk"))


def invoiced(orders: QuerySet[Order]) -> tuple[Decimal, Decimal]:
    """How much of these orders is invoiced, and how much is open, in the company's currency."""
    found = orders.filter(deleted_at=None).aggregate(done=Sum(F("invoiced") * F("rate")), left=Sum(F("to_invoice") * F("rate")))
    return cents(Decimal(found["done"] or ZERO)), cents(Decimal(found["left"] or ZERO))


def asked_invoices(rows: QuerySet[Invoice], n: int) -> tuple[list[Invoice], int]:
    """Invoices to be issued, the oldest first, and how many there are."""
    found = rows.filter(state=Invoice.State.DRAFT)
    return list(found.order_by("pk")[:n]), found.count()


def unallocated(rows: QuerySet[Receipt], n: int) -> tuple[list[Receipt], int, Decimal]:
    """Receipts of which something is free, the largest first; how many there are, and how much that is in the company's currency."""
    found = rows.filter(kind=Receipt.Kind.RECEIPT, reversed_on=None, free__gt=0)
    told = found.aggregate(n=Count("pk"), s=Sum(F("free") * F("rate")))
    return list(found.select_related("customer").order_by("-free", "pk")[:n]), told["n"], cents(Decimal(told["s"] or ZERO))


def owed_in_all(orders: QuerySet[Order], today: dt.date) -> tuple[Decimal, Decimal, dt.date | None, int]:
    """Of these orders: what is owed, what of it is overdue, since when the oldest, in how many instalments; in the company's currency."""
    rows = Instalment._base_manager.filter(order__in=orders.filter(state__in=BOUND), deleted_at=None, balance__gt=0)
    found = rows.aggregate(owed=Sum(F("balance") * F("order__rate")), late=Sum(F("balance") * F("order__rate"), filter=Q(due_on__lt=today)),
                           since=Min("due_on", filter=Q(due_on__lt=today)), n=Count("pk", filter=Q(due_on__lt=today)))  # fmt: skip
    return cents(Decimal(found["owed"] or ZERO)), cents(Decimal(found["late"] or ZERO)), found["since"], found["n"]


def steps_ahead(steps: QuerySet[OrderStep], units: Collection[int], today: dt.date, most: int) -> tuple[list[OrderStep], int, int]:
    """Open steps done by people of these units, the longest due first, how many there are, and how many are late."""
    found = steps.filter(done_on=None, task__done_at=None, task__cancelled=False, task__deleted_at=None, task__unit__in=units, deleted_at=None)
    told = found.aggregate(n=Count("pk"), late=Count("pk", filter=Q(task__due_at__lt=days.start_of(today))))
    rows = found.select_related("task__step", "order__customer").order_by("task__due_at", "pk")[:most]
    return list(rows), told["n"], told["late"]
