"""How an order is paid: parts that add up to it, from terms of payment or by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.history.selectors import periods
from pellucid.kernel.records.amounts import cents, split
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, MOVED, insert

from .. import grades
from ..lifecycles import OPEN
from ..models import Instalment, Order, PaymentPlan, PaymentPlanStep
from ..models.instalment import Basis
from .lines import add_up, held, still_draft

FREE = frozenset({"note", "in_charge", "disputed", "name"})  # what may be said of an instalment of a submitted order


def said(basis: str, days: int) -> str:
    """What an instalment waits for, in words."""
    label = str(Basis(basis).label)
    return pgettext("instalment", "%(after)s, %(days)s days") % {"after": label, "days": days} if days else label


@prepares(Instalment)
def instalment_prepare(instalments: list[Instalment], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its amount from its share, its place, its words."""
    if changed is None or changed - FREE:
        orders = still_draft(i.order_id for i in instalments)
    else:
        orders = {o.pk: o for o in held(i.order_id for i in instalments)}
    for one in instalments:
        order = orders[one.order_id]
        if one.share is not None and (changed is None and not one.amount or changed and "share" in changed and "amount" not in changed):
            one.amount = cents(order.amount * Decimal(one.share) / 100)
        elif changed is None and not one.amount:
            one.amount = max(order.amount - order.planned, Decimal(0))
        if one.amount <= 0:
            raise Invalid({"amount": [_("An instalment is above zero.")]})
        if not one.position:
            taken = Instalment._base_manager.filter(order=order, deleted_at=None).order_by("-position").values_list("position", flat=True).first()
            one.position = (taken or 0) + 1
        one.name = one.name or said(one.basis, one.days)
        one.in_charge_id = one.in_charge_id or order.owner_id
        if one.due_on and one.basis != Basis.DAY and changed is None:
            one.basis = Basis.DAY


@follows(Instalment)
def instalments_add_up(instalments: list[Instalment], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The order knows how much of it is planned."""
    if changed == GONE:
        still_draft(i.order_id for i in instalments)
    if changed is None or changed & {"amount", "share", *GONE}:
        add_up(held(i.order_id for i in instalments), actor)


@follows(Order)
def collecting_goes_along(orders: list[Order], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Whoever collects what an order is owed because he had it hands that over with it; somebody named besides the owner stays."""
    if changed is None or not changed & MOVED:
        return
    for one in orders:
        before = {one.sold_by_id, *(p.value for p in periods(Order, one.pk, "owner"))} - {one.owner_id, None}
        waiting = Instalment._base_manager.filter(order=one, deleted_at=None, allocated__lt=F("amount") - F("credited"))
        waiting.filter(in_charge__in=before).update(in_charge=one.owner_id)


@action(Order, label=gettext_lazy("Split into instalments"), icon="chart-pie", locks=("contract",), shown=lambda one: one.state == Order.State.DRAFT,
        sentence=gettext_lazy("{actor} split it by “{terms}”"), did=gettext_lazy("Split “{name}” into instalments"), position=15,
        suggest=lambda order, actor: {"plan": plan.pk} if (plan := grades.proposed(order.customer_id)) else {})
def order_split(order: Order, *, actor: Actor,
                plan: Annotated[int, Ask(gettext_lazy("Terms of payment"), kind="link", target="paymentplan")]) -> None:  # fmt: skip
    """Terms of payment become the order's instalments, to the cent; those it had are replaced."""
    terms = PaymentPlan._base_manager.filter(pk=plan, deleted_at=None).first()
    steps = list(PaymentPlanStep._base_manager.filter(plan=plan, deleted_at=None).order_by("position", "pk")) if terms else []
    if terms is None or not steps:
        raise Invalid({"plan": [_("These terms of payment have no parts.")]})
    if order.amount <= 0:
        raise Refused(_("Say first what is ordered: the order is worth nothing yet."))
    if order.state not in OPEN:
        raise Refused(_("The order has been submitted. Take it back to change what was ordered or how it is paid."))
    Instalment._base_manager.filter(order=order).delete()
    for n, (step, amount) in enumerate(zip(steps, split(order.amount, [s.share for s in steps]), strict=True), 1):
        if amount:
            made = Instalment(order=order, position=n, name=step.name, basis=step.basis, days=step.days, share=step.share, amount=amount)
            insert(registry["instalment"], made, actor=actor)
    noted(terms=terms.name)
