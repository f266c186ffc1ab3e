"""The credit check at work: what it finds is written on what asks for it, and only a decision on exactly these figures lets it pass."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.customers.groups import upwards
from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import noted
from pellucid.kernel.processes.effects import agreed_in
from pellucid.kernel.processes.gate import undecided
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.processes.selectors import answerable
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Refused

from .. import credit
from ..models import Contract, CreditDecision, Order, OrderChange

Way = CreditDecision.Way


def look(order: Order) -> credit.Check | None:
    """Write down what the credit check finds now, for gates, conditions and those who decide. What is being decided on, or was just agreed
    to, keeps the figures that were seen."""
    if agreed_in() is not None or undecided("order", order.pk) or undecided("contract", order.contract_id):
        return None
    found = credit.check(order, days.today())
    write(order, found)
    if order.credit_seen != (kept := found.kept()):
        order.credit_seen = kept
        order.save(update_fields=("credit_seen",))
    return found


def write(row: Order | Contract, found: credit.Check) -> None:
    """The grade, and whether credit or terms are exceeded."""
    facts: dict[str, Any] = {"credit_grade": found.grade, "over_credit": found.over_credit, "terms_beyond_grade": found.wide_terms}
    if changed := [name for name, value in facts.items() if getattr(row, name) != value]:
        for name in changed:
            setattr(row, name, facts[name])
        row.save(update_fields=changed)


def look_at_contract(contract: Contract) -> None:
    """The same for the one order of a contract that is signed together with it."""
    if contract.kind == Contract.Kind.FRAMEWORK:
        return
    rows = Order._base_manager.filter(contract=contract, deleted_at=None, state__in=(Order.State.DRAFT, Order.State.PENDING))
    for order in rows.select_for_update(of=("self",), no_key=True):
        if found := look(order):
            write(contract, found)


def look_at_change(change: OrderChange) -> None:
    """The same for what a change adds to an order; its terms were agreed to with the order."""
    if agreed_in() is None and not undecided("orderchange", change.pk) and change.amount_after > change.amount_before:
        change.credit_seen = credit.check(added(change), days.today(), terms=False, whole=change.amount_after).kept()
        change.save(update_fields=("credit_seen",))


def added(change: OrderChange) -> Order:
    """The order, worth what the change adds to it."""
    more = Order._base_manager.get(pk=change.order_id)
    more.amount = change.amount_after - change.amount_before
    return more


def trusted(order: Order, *, actor: Actor, beyond: str, seen: dict[str, Any] | None = None, terms: bool = True,
            whole: Decimal | None = None) -> None:  # fmt: skip
    """Refused, saying what speaks against it, unless credit allows the order, the process it waited for agreed to these very figures, or
    somebody who decides on credit gives a reason. The customer is locked, and the companies above it after it: whoever confirms next for one
    of them sees this order."""
    for pk in upwards(order.customer_id)[1:]:
        list(Customer._base_manager.filter(pk=pk).select_for_update(of=("self",), no_key=True).values_list("pk"))
    found = credit.check(order, days.today(), terms=terms, whole=whole)
    if not found.against:
        return
    if request := agreed_in():
        if grown := found.beyond(order.credit_seen if seen is None else seen):
            raise Refused(_("It has changed since it was agreed to: %(why)s It is tried again once that is settled, or ended and asked for anew.") % {
                "why": _said(grown)})  # fmt: skip
        decided(order, found, Way.PROCESS, answerable(request), request=request)
    elif beyond and actor.may("creditprofile", "approve"):
        order.special_reason = beyond
        if order.pk and terms:
            order.save(update_fields=("special_reason",))
        noted(beyond=beyond)
        decided(order, found, Way.PERSON, actor.user_id, reason=beyond)
    else:
        raise Refused(_said(found.against))


def _said(found: Any) -> str:
    return " ".join(credit.said(one.what, one.facts) for one in found)


def decided(order: Order, found: credit.Check, way: str, by: int | None, *, reason: str = "", request: ProcessInstance | None = None) -> None:
    """Keep who let the order pass, and on what figures."""
    use = found.tightest
    CreditDecision._base_manager.create(
        order_id=order.pk, customer_id=order.customer_id, way=way, decided_by_id=by, decided_on=days.today(), reason=reason[:200], grade=found.grade,
        worth=found.worth, limit=use.profile.limit if use else None, used=use.exposure if use else 0,
        overdue=max((u.overdue for u in found.uses), default=0), found=[one.kept() for one in found.against], request=request, created_by_id=by,
    )  # fmt: skip
