"""What was accepted becomes a contract: with its order, line by line as it was offered."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follow, prepare
from pellucid.kernel.actions.run import call, noted
from pellucid.kernel.records import terms
from pellucid.kernel.records.copying import copy, reserve, row_of
from pellucid.kernel.records.errors import Forbidden, Refused
from pellucid.sales.models import Quotation
from pellucid.sales.selectors import offered_lines

from .. import grades, warranty
from ..models import Contract, Order, OrderLine
from ..selectors import became_contract

LINE = ("product_id", "name", "uom_id", "quantity", "unit_price", "discount", "tax_rate", "unit_cost", "note")
SINGLE = (Contract.Kind.SINGLE, Contract.Kind.SPECIAL)


@action(Quotation, label=gettext_lazy("Make the contract"), icon="file-text", verb="view", leads_on=True, event="quotation.contracted",
        locks=("customer",), position=10, shown=lambda one: one.state == Quotation.State.ACCEPTED and not became_contract(one.pk),
        sentence=gettext_lazy("{actor} made a contract of the quotation"), did=gettext_lazy("Made a contract of “{name}”"))  # fmt: skip
def contract_from_quotation(
    one: Quotation,
    *,
    actor: Actor,
    kind: Annotated[str, Ask(gettext_lazy("Kind of contract"), choices=[c for c in Contract.Kind.choices if c[0] in SINGLE])] = Contract.Kind.SINGLE,
) -> Contract:  # fmt: skip
    """A draft of the contract and its order, with the lines, the currency and the terms that the customer accepted; paid as the customer's
    credit grade proposes. Once only."""
    if not actor.may("contract", "create"):
        raise Forbidden("contract.create", _("You may not make contracts."))
    if one.state != Quotation.State.ACCEPTED:
        raise Refused(_("The customer has not accepted it yet."))
    if became_contract(one.pk):
        raise Refused(_("There is a contract of it already."))
    agreed = [terms.label(pk, actor.language) for pk in (one.payment_id, one.delivery_id, one.warranty_id) if pk]
    said = terms.label(one.warranty_id, "zh-hans") if one.warranty_id else ""
    made = Contract(customer_id=one.customer_id, opportunity_id=one.opportunity_id, quotation=one, name=one.name, kind=kind, currency=one.currency,
                    rate=one.rate, terms="\n".join([*agreed, one.terms]).strip(), warranty_months=warranty.in_words(said), owner_id=one.owner_id,
                    unit_id=one.unit_id)  # fmt: skip
    call("contract_create", None, actor=actor, filled=made)
    order = Order._base_manager.get(contract=made)
    rows = [OrderLine(order=order, created_by_id=actor.user_id, **{name: getattr(line, name) for name in LINE}) for line in offered_lines(one)]
    for row, pk in zip(rows, reserve(OrderLine, len(rows)), strict=True):
        row.id = pk
    prepare(OrderLine, rows, actor=actor, changed=None)
    copy(OrderLine, [row_of(row) for row in rows])
    follow(OrderLine, rows, actor=actor, changed=None)
    order.refresh_from_db(fields=("amount",))
    plan = grades.proposed(one.customer_id)
    if order.amount > 0 and plan is not None and grades.terms_of_plan(plan.pk) is not None:
        call("order_split", order, actor=actor, plan=plan.pk)
    noted(contract=made.pk)
    return made
