"""What follows from the fields of contracts and orders themselves, and what may still be changed in which state."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pellucid.customers.models import Customer
from pellucid.kernel.actions.declare import follows, prepares
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.reading import by_id
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, insert
from pellucid.products.models import company_currency
from pellucid.sales.models import Opportunity

from ..models import Contract, Order, OrderLine

FIXED = frozenset({"kind", "customer", "currency", "rate"})  # of a contract once it is in force
Kind, State = Contract.Kind, Contract.State


@prepares(Contract)
def contract_prepare(contracts: list[Contract], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its name, its rate, and that what is in force keeps what was agreed."""
    customers = by_id(Customer, (c.customer_id for c in contracts if not c.name))
    sales = by_id(Opportunity, (c.opportunity_id for c in contracts))
    for one in contracts:
        if changed and one.state != State.DRAFT and (fixed := changed & FIXED):
            raise Invalid({sorted(fixed)[0]: [_("What is in force keeps what was agreed.")]})
        if one.currency == company_currency():
            one.rate = 1  # type: ignore[assignment]
        sale = sales.get(one.opportunity_id or 0)
        if sale is not None and sale.customer_id != one.customer_id:
            raise Invalid({"opportunity": [_("This opportunity is with another customer.")]})
        if changed and "warranty_months" in changed and one.pk:
            warranty_runs_not_yet(Order._base_manager.filter(contract=one.pk, warranty_months=None))
        if changed and changed & {"customer", "currency", "rate"} and one.pk:
            follows_along(one)
        if not one.name:
            customer = customers.get(one.customer_id)
            whose = (customer.short_name or customer.name) if customer else ""
            one.name = (sale.name if sale is not None and sale.name else whose)[:200] or one.number


def warranty_runs_not_yet(orders: Any) -> None:
    """What is due at its end is fixed by the acceptance: it is agreed before."""
    if orders.filter(accepted_on__isnull=False, deleted_at=None).exists():
        raise Invalid({"warranty_months": [_("The goods are accepted: the warranty runs as it was agreed.")]})


def follows_along(contract: Contract) -> None:
    """Customer and currency of a draft's orders are those of the contract."""
    orders = Order._base_manager.filter(contract=contract.pk, deleted_at=None)
    if orders.exclude(state=Order.State.DRAFT).exists():
        raise Invalid({"customer": [_("An order of it has been submitted.")]})
    orders.update(customer=contract.customer_id, currency=contract.currency, rate=contract.rate)
    for line in OrderLine._base_manager.filter(order__in=orders):
        in_base(line, Decimal(contract.rate))
        line.save(update_fields=("net_base", "cost_base"))


def in_base(line: OrderLine, rate: Decimal) -> None:
    """What a line comes to in the company's currency."""
    line.net_base = cents(line.net * rate)
    line.cost_base = cents(line.cost * rate) if line.cost is not None else None


@follows(Contract)
def contract_has_its_order(contracts: list[Contract], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A single or special contract has one order, made with it. A contract in force is not thrown away."""
    if changed == GONE:
        if any(not one.alive and one.state not in (State.DRAFT, State.VOID) for one in contracts):
            raise Refused(_("It is in force: declare it void instead."))
        return
    if changed is not None:
        return
    for one in contracts:
        if one.kind != Kind.FRAMEWORK:
            insert(registry["order"], Order(contract=one, owner_id=one.owner_id, unit_id=one.unit_id), actor=actor)


@prepares(Order)
def order_prepare(orders: list[Order], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Customer, currency and name are those of its contract, which decides how many orders it has."""
    contracts = by_id(Contract, (o.contract_id for o in orders))
    for one in orders:
        contract = contracts.get(one.contract_id)
        if contract is None:
            raise Invalid({"contract": [_("Please choose from the list.")]})
        if changed and "contract" in changed and one.state != Order.State.DRAFT:
            raise Invalid({"contract": [_("A submitted order stays under its contract.")]})
        if changed and "warranty_months" in changed:
            warranty_runs_not_yet(Order._base_manager.filter(pk=one.pk))
        if changed is None or "contract" in changed:
            if contract.state not in (State.DRAFT, State.ACTIVE):
                raise Invalid({"contract": [_("This contract is not in force any more.")]})
            others = Order._base_manager.filter(contract=contract, deleted_at=None).exclude(pk=one.pk or 0)
            if contract.kind != Kind.FRAMEWORK and others.exists():
                raise Invalid({"contract": [_("This contract has its one order already; only a framework contract has several.")]})
            one.customer_id, one.currency, one.rate = contract.customer_id, contract.currency, contract.rate
        if not one.name:
            one.name = contract.name


@follows(Order)
def order_leaves_only_as_draft(orders: list[Order], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What has been confirmed is declared void, not thrown away."""
    if changed == GONE and any(not one.alive and one.state not in (Order.State.DRAFT, Order.State.VOID) for one in orders):
        raise Refused(_("It has been submitted: declare it void instead."))
