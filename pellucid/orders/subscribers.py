"""What follows from money: profiles know what is used of them, a dunning case that is paid closes at once; who should know is told of levels, of
broken promises, and of steps that are not promised as asked."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from pellucid.collaboration.subscribers import of
from pellucid.customers.selectors import with_role
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.declare import APP, NoticeKind, declare
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records.errors import Failure
from pellucid.people.selectors import line_of
from pellucid.sales.subscribers import decided

from . import credit, dunning
from .actions.using import bring_up
from .models import Contract, DunningLevel, Order

declare(
    NoticeKind("dunning.raised", _("A customer is asked for overdue money"), _("{record} is at “{level}”: {amount:money} overdue"),
               many=_("{n} customers are to be asked for overdue money"), icon="bell", tone="warn", fold="flood"),
    NoticeKind("dunning.broken", _("A promise to pay was broken"), _("{record} did not pay as promised: {received:money} of {amount:money} received"),
               icon="alert-circle", tone="bad", fold="", channels=(APP, "mail")),
)  # fmt: skip
Told = DunningLevel.Told


@subscribe("receipt.allocated", "receipt.allocated_by_hand", "receipt.released", "receipt.reversed")
def paid(event: Event) -> None:
    """Money came in, or went: the cases of those it pays are looked at."""
    look(dunning.paid_by(event.record_id or 0), event)


@subscribe("instalment.written_off")
def given_up(event: Event) -> None:
    """What is written off is not asked for."""
    look(dunning.of_instalment(event.record_id or 0), event)


@subscribe("order.voided", "order.closed")
def order_ended(event: Event) -> None:
    """What an order that ended owed is not asked for."""
    look(dunning.of_order(event.record_id or 0), event)


def look(cases: Iterable[int], event: Event) -> None:
    """Look at cases; one that was closed meanwhile stays as it is."""
    for pk in cases:
        try:
            run("dunning_look", pk, Actor.system("rule", event.pk))
        except Failure:
            continue


@subscribe("order.confirmed", "order.accepted", "order.voided", "order.closed", "order.reopened", "order.delivered_rest", "orderchange.applied",
           "delivery.created", "returnedgoods.created", "receipt.allocated", "receipt.allocated_by_hand", "receipt.released", "receipt.reversed",
           "instalment.written_off", "instalment.revived", "creditprofile.created", "creditprofile.updated", "creditprofile.restored",
           "customer.updated", "customer.merged", "customer.unmerged", "order.created")
def credit_is_used(event: Event) -> None:
    """Profiles say how much of their limit is used. A customer counts for others once it hangs somewhere else; orders that come in a file may
    have been carried out before."""
    matters = {"customer.updated": "parent" in event.payload.get("fields", ()), "order.created": bool(event.many)}
    if matters.get(event.name, True):
        bring_up(credit.whose(event))


@subscribe("dunningcase.raised")
def raised(event: Event) -> None:
    """Who the level says is told."""
    facts = event.payload
    notify(known_to(str(facts.get("told")), int(facts["collector"])), "dunning.raised", resource="customer", record_id=facts["customer"],
           event_id=event.pk, level=facts["level"], amount=facts["amount"])  # fmt: skip


@subscribe("paymentpromise.broken")
def promise_broken(event: Event) -> None:
    """Who collects, and his superior."""
    facts = event.payload
    notify(known_to(Told.MANAGER, int(facts["collector"])), "dunning.broken", resource="customer", record_id=facts["customer"], event_id=event.pk,
           received=facts["received"], amount=facts["amount"])  # fmt: skip


def known_to(told: str, collector: int) -> list[int]:
    """Who collects; from the second on his superior, finance, the executives, each besides those before."""
    out = [collector]
    if told != Told.COLLECTOR:
        out += line_of(collector)[:1]
    if told in (Told.FINANCE, Told.EXECUTIVE):
        out += sorted(with_role("finance"))
    if told == Told.EXECUTIVE:
        out += sorted(with_role("executive"))
    return out


@subscribe("contract.signed")
def sold(event: Event) -> None:
    """A contract is signed: its opportunity is as good as won."""
    contract = Contract._base_manager.filter(pk=event.record_id).first()
    decided(contract.opportunity_id if contract else None, event, gettext_noop("the contract was signed"))


@subscribe("task.amended", "task.refused")
def contract_is_told(event: Event) -> None:
    """Whoever has the contract hears that a promise of one of its orders is not given as asked, if the order is somebody else's."""
    kind = "promise_refused" if event.name == "task.refused" else "promise_amended"
    for task in of(event):
        order = Order._base_manager.filter(pk=task.about_id).select_related("contract").first() if task.about_resource == "order" else None
        if order is not None and task.promise and order.contract.owner_id != task.giver_id:
            notify([order.contract.owner_id], kind, resource="contract", record_id=order.contract_id, actor_id=event.actor_id, event_id=event.pk,
                   reason=event.reason)  # fmt: skip
