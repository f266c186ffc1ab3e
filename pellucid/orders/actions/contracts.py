"""The way of a contract: signed, fulfilled, or void."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused

from ..lifecycles import BOUND, CONTRACT, OPEN
from ..models import Contract, Order
from .lines import held
from .receipts import issuing, legal_number
from .states import complete, confirm_with, voided
from .trusting import look_at_contract

Kind, S = Contract.Kind, Order.State


def can(name: str) -> Any:
    """Whether the contract may take this step now."""
    return lambda one: one.state in CONTRACT.transitions[name].sources


def orders_of(contract: Contract) -> list[Order]:
    """Its living orders, locked."""
    return held(Order._base_manager.filter(contract=contract, deleted_at=None).values_list("pk", flat=True))


@action(Contract, label=pgettext_lazy("contract", "Sign"), icon="signature", move="sign", lifecycle=CONTRACT, verb="approve", shown=can("sign"),
        locks=("customer",), looks=look_at_contract, event="contract.signed", sentence=gettext_lazy("{actor} signed the contract"),
        did=gettext_lazy("Signed “{name}”"))
def contract_sign(contract: Contract, *, actor: Actor,
                  signed_on: Annotated[dt.date | None, Ask(gettext_lazy("Signed on"), help=gettext_lazy("Left empty: today."))] = None,
                  beyond: Annotated[str, Ask(gettext_lazy("Why it is right in spite of the credit check"), max_length=200, help=gettext_lazy(
                      "Only for those who decide on credit, and only if the check says no."))] = "") -> None:  # fmt: skip
    """It is in force since that day, under its legal number; the one order of a single or special contract is confirmed with it."""
    on = signed_on or days.today()
    if on > days.today():
        raise Invalid({"signed_on": [_("This day has not come yet.")]})
    orders = [o for o in orders_of(contract) if o.state in OPEN] if contract.kind != Kind.FRAMEWORK else []
    for order in orders:
        complete(order)
    CONTRACT.move(contract, "sign")
    contract.signed_on = on
    contract.issued_by_id = issuing(contract.unit_id, actor)
    contract.save(update_fields=("state", "signed_on", "issued_by"))
    for order in orders:
        confirm_with(order, on, actor=actor, beyond=beyond or "")
    contract.number = legal_number("HT", contract.issued_by_id, on.year)  # last: whoever signs next waits for it
    contract.save(update_fields=("number",))


@action(Contract, confirm=gettext_lazy("Nothing more is done under it."),
        label=gettext_lazy("Fulfilled"), icon="checks", move="end", lifecycle=CONTRACT, verb="approve", shown=can("end"),
        event="contract.ended", sentence=gettext_lazy("{actor}: the contract is fulfilled"), did=gettext_lazy("“{name}” is fulfilled"))
def contract_end(contract: Contract, *, actor: Actor) -> None:
    """Both sides have done what they promised."""
    unfinished = [o for o in orders_of(contract) if o.state in OPEN or o.state in BOUND - {S.SETTLED}]
    if unfinished:
        raise Refused(_("Not all of its orders are delivered and paid: %(numbers)s.") % {"numbers": "、".join(o.number for o in unfinished[:5])})
    CONTRACT.move(contract, "end")
    contract.save(update_fields=("state",))


@action(Contract, label=gettext_lazy("Back in force"), icon="rotate", move="revive", lifecycle=CONTRACT, verb="approve", shown=can("revive"),
        event="contract.revived", sentence=gettext_lazy("{actor} put the contract back in force: {reason}"),
        did=gettext_lazy("“{name}” is back in force"))
def contract_revive(contract: Contract, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It was not the end."""
    CONTRACT.move(contract, "revive")
    contract.save(update_fields=("state",))


@action(Contract, label=gettext_lazy("Declare void"), icon="ban", tone="bad", move="void", lifecycle=CONTRACT, verb="delete", shown=can("void"),
        event="contract.voided", sentence=gettext_lazy("{actor} declared the contract void: {reason}"),
        did=gettext_lazy("Declared “{name}” void"))
def contract_void(contract: Contract, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It does not hold any more, its orders neither. Refused once something was delivered or paid under it."""
    for order in orders_of(contract):
        if order.state != S.VOID:
            voided(order)
    CONTRACT.move(contract, "void")
    contract.voided_on = days.today()
    contract.save(update_fields=("state", "voided_on"))
