"""Which state of a contract or an order may follow which."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.lifecycles.machine import Lifecycle, Transition

from .models import Contract, Invoice, Order, OrderChange

C, S = Contract.State, Order.State
CONTRACT = Lifecycle(
    "state",
    C,
    Transition("sign", (C.DRAFT,), C.ACTIVE, pgettext_lazy("contract", "Sign"), gate="contract"),
    Transition("end", (C.ACTIVE,), C.ENDED, _("Fulfilled")),
    Transition("revive", (C.ENDED,), C.ACTIVE, _("Back in force")),
    Transition("void", (C.DRAFT, C.ACTIVE), C.VOID, _("Void")),
    start=C.DRAFT,
    way=(C.DRAFT, C.ACTIVE, C.ENDED),
)
ORDER = Lifecycle(
    "state",
    S,
    Transition("submit", (S.DRAFT,), S.PENDING, _("Submit")),
    Transition("take_back", (S.PENDING,), S.DRAFT, pgettext_lazy("order", "Take back")),
    Transition("confirm", (S.DRAFT, S.PENDING), S.SIGNED, _("Confirm"), gate="order"),
    Transition("run", (S.SIGNED, S.DELIVERED, S.SETTLED), S.RUNNING, _("In execution")),
    Transition("deliver", (S.SIGNED, S.RUNNING, S.SETTLED), S.DELIVERED, _("All delivered")),
    Transition("settle", (S.SIGNED, S.RUNNING, S.DELIVERED), S.SETTLED, _("All paid")),
    Transition("close", (S.RUNNING, S.DELIVERED, S.SETTLED), S.CLOSED, _("Close")),
    Transition("reopen", (S.CLOSED,), S.RUNNING, _("Reopen")),
    Transition("void", (S.DRAFT, S.PENDING, S.SIGNED), S.VOID, _("Void")),
    start=S.DRAFT,
    way=(S.DRAFT, S.PENDING, S.SIGNED, S.RUNNING, S.DELIVERED, S.SETTLED, S.CLOSED),
)
G = OrderChange.State
CHANGE = Lifecycle(
    "state",
    G,
    Transition("apply", (G.DRAFT,), G.APPLIED, pgettext_lazy("change", "Submit"), gate="orderchange"),
    Transition("drop", (G.DRAFT,), G.DROPPED, pgettext_lazy("change", "Drop")),
    start=G.DRAFT,
    stands={G.APPLIED: frozenset(), G.DROPPED: frozenset()},
)
OPEN = frozenset({S.DRAFT, S.PENDING})  # nothing is owed, nothing goes out yet
BOUND = frozenset({S.SIGNED, S.RUNNING, S.DELIVERED, S.SETTLED})  # it is being carried out
AFTERWARDS = frozenset({"note", "fiscal_number"})  # what may be said of an invoice once it is issued
INVOICE = Lifecycle(
    "state",
    Invoice.State,
    Transition("issue", (Invoice.State.DRAFT,), Invoice.State.ISSUED, _("Issue"), gate="invoice"),
    Transition("void", (Invoice.State.ISSUED,), Invoice.State.VOID, _("Declare void")),
    start=Invoice.State.DRAFT,
    stands={Invoice.State.ISSUED: AFTERWARDS, Invoice.State.VOID: AFTERWARDS},
)
