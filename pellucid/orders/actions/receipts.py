"""Money that comes in: its number, over what it is spread, and how a wrong one is taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.customers.groups import group_of
from pellucid.customers.models import Customer
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted, scoped
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.numbers import draw_gapless
from pellucid.kernel.records.reading import by_id
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, insert
from pellucid.products.models import company_currency

from ..lifecycles import BOUND
from ..models import Instalment, Posting, Receipt
from .ledger import K, Movement, locked_instalments, movements, owe_early, post, spread
from .lines import held

CHANGEABLE = frozenset({"note", "method", "reference"})
Kind = Receipt.Kind


def issuing(unit: int | None, actor: Actor) -> int:
    """The branch that issues a legal document: of the one who writes it, else of the unit."""
    home = directory.home_of(actor.user_id) if actor.user_id else None
    return tree().branch(home or unit or 0)


def legal_number(prefix: str, branch: int, year: int) -> str:
    """The next number of a legal document of a branch: without gaps, by year."""
    return legal(prefix, branch, year, draw_gapless(f"{prefix}:{branch}:{year}"))


def legal(prefix: str, branch: int, year: int, n: int) -> str:
    """How the number of a legal document is written: a branch's says which one, the headquarters' does not, so that no two are called the same."""
    units = tree()
    return f"{prefix}{branch:02d}-{year}-{n:05d}" if branch in units and units.ancestors(branch) else f"{prefix}-{year}-{n:05d}"


@prepares(Receipt)
def receipt_prepare(receipts: list[Receipt], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its day, its worth, its number; afterwards it stands."""
    if changed is not None:
        if fixed := sorted(changed - CHANGEABLE):
            raise Invalid({fixed[0]: [_("A receipt stands as it was entered; reverse it and enter another one.")]})
        return
    payers = by_id(Customer, (r.customer_id for r in receipts))
    for one in receipts:
        one.received_on = one.received_on or days.today()
        if one.received_on > days.today():
            raise Invalid({"received_on": [_("This day has not come yet.")]})
        if one.currency == company_currency():
            one.rate = Decimal(1)
        one.amount_base = cents(Decimal(one.amount) * Decimal(one.rate))
        one.issued_by_id = issuing(payers[one.customer_id].unit_id, actor)
        one.number = legal_number("SK", one.issued_by_id, one.received_on.year)


@follows(Receipt)
def receipt_stays(receipts: list[Receipt], *, actor: Any, changed: frozenset[str] | None) -> None:
    """A receipt is not thrown away: its number would be missing."""
    if changed == GONE:
        raise Refused(_("A receipt is not deleted; reverse it."))


@follows(Customer)
def payer_stays(customers: list[Customer], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Who has paid something is not thrown away: his receipts would go with him."""
    gone = [c.pk for c in customers if c.deleted_at is not None] if changed == GONE else []
    if gone and Receipt._base_manager.filter(customer__in=gone).exists():
        raise Refused(_("There are receipts from this customer."))


def payable(receipt: Receipt, actor: Actor) -> list[Instalment]:
    """What this receipt may be spread over, as far as the actor's orders reach: open instalments of orders in force of the payer and its group,
    in its currency; the payer's own first, each by when it is due."""
    found = scoped(Instalment, actor).filter(
        order__customer__in=group_of(receipt.customer_id), order__currency=receipt.currency, order__state__in=BOUND, order__deleted_at=None,
        deleted_at=None, amount__gt=F("allocated") + F("credited"))  # fmt: skip
    ordered = found.select_related("order").order_by("position", "pk")
    return sorted(ordered, key=lambda i: (i.order.customer_id != receipt.customer_id, i.owed == 0, i.due_on or dt.date.max, i.position, i.pk))


def proposal(receipt: Receipt, actor: Actor) -> list[tuple[Instalment, Decimal]]:
    """How what is left of a receipt would be spread: over what is owed, oldest first."""
    return spread([i for i in payable(receipt, actor) if i.owed > 0], receipt.amount - receipt.allocated - receipt.refunded)


def allocate(receipt: Receipt, wanted: Sequence[tuple[int, Decimal]], *, actor: Actor, on: dt.date) -> None:
    """Spread a locked receipt: its orders are locked, then checked anew. Refused when one would get more than it is open for."""
    total = sum((amount for _pk, amount in wanted), Decimal(0))
    orders = Instalment._base_manager.filter(pk__in=[pk for pk, _amount in wanted]).values_list("order_id", flat=True)
    known = {o.pk: o for o in held(orders)}
    open_ones = {i.pk: i for i in locked_instalments(known)}
    payers = {order.customer_id for order in known.values()}
    group = payers if payers == {receipt.customer_id} else group_of(receipt.customer_id)
    for pk, amount in wanted:
        one = open_ones.get(pk)
        if one is None or known[one.order_id].customer_id not in group:
            raise Invalid({"instalment": [_("This instalment is not the payer's, nor that of a company of its group.")]})
        if known[one.order_id].currency != receipt.currency:
            raise Invalid({"instalment": [_("It is owed in another currency.")]})
        if known[one.order_id].state not in BOUND:
            raise Refused(_("The order is not in force."))
        if amount <= 0 or amount > one.amount - one.allocated - one.credited:
            raise Refused(_("“%(name)s” is open for %(amount)s.") % {
                "name": one.name, "amount": one.amount - one.allocated - one.credited})  # fmt: skip
        owe_early(one, amount, actor=actor, on=on)
    took = Receipt._base_manager.filter(pk=receipt.pk, reversed_on=None, kind=Kind.RECEIPT, amount__gte=F("allocated") + F("refunded") + total)
    if not took.update(allocated=F("allocated") + total):
        raise Refused(_("Only %(amount)s of this receipt is left.") % {"amount": receipt.amount - receipt.allocated - receipt.refunded})
    post(movements([(open_ones[pk], amount) for pk, amount in wanted], K.RECEIPT, receipt=receipt), actor=actor, on=on)
    receipt.refresh_from_db()


def has_left(receipt: Receipt) -> bool:
    """Whether some of it is neither allocated nor paid back."""
    return receipt.kind == Kind.RECEIPT and receipt.reversed_on is None and receipt.amount > receipt.allocated + receipt.refunded


def has_proposal(receipt: Receipt) -> bool:
    """Whether what is left of it could pay anything that is owed."""
    return has_left(receipt) and bool(proposal(receipt, Actor.system()))


@action(Receipt, label=gettext_lazy("Allocate as proposed"), icon="wand", locks=("customer",), bulk=True, shown=has_proposal,
        event="receipt.allocated", sentence=gettext_lazy("{actor} allocated {amount:money}"), did=gettext_lazy("Allocated “{name}”"))
def receipt_allocate_oldest(receipt: Receipt, *, actor: Actor) -> None:
    """What is left is spread over what the payer and its group owe, oldest first; what is more than that stays prepaid."""
    wanted = proposal(receipt, actor)
    if not wanted:
        raise Refused(_("Nothing is owed that it could be allocated to."))
    allocate(receipt, [(i.pk, amount) for i, amount in wanted], actor=actor, on=max(receipt.received_on or days.today(), _since(wanted)))
    noted(amount=str(sum((a for _i, a in wanted), Decimal(0))))


def _since(wanted: Sequence[tuple[Instalment, Decimal]]) -> dt.date:
    """No earlier than what it pays was owed."""
    posted = Posting._base_manager.filter(instalment__in=[i.pk for i, _a in wanted], kind=K.DUE).order_by("-posted_on")
    return posted.values_list("posted_on", flat=True).first() or dt.date.min


@action(Receipt, label=gettext_lazy("Allocate"), icon="git-branch", locks=("customer",), shown=has_left, event="receipt.allocated_by_hand",
        sentence=gettext_lazy("{actor} allocated {amount:money}"), did=gettext_lazy("Allocated “{name}”"))
def receipt_allocate(
    receipt: Receipt,
    *,
    actor: Actor,
    instalment: Annotated[int, Ask(gettext_lazy("Instalment"), kind="link", target="instalment")],
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money", help=gettext_lazy("Left empty: as much as there is."))] = None,
) -> None:
    """Some of it pays this instalment, of the payer or of a company of its group."""
    one = Instalment._base_manager.filter(pk=instalment, deleted_at=None).first()
    if one is None:
        raise Invalid({"instalment": [_("This record does not exist, or it is not yours to see.")]})
    left = receipt.amount - receipt.allocated - receipt.refunded
    what = amount if amount is not None else min(left, one.amount - one.allocated - one.credited)
    allocate(receipt, [(one.pk, what)], actor=actor, on=max(receipt.received_on or days.today(), _since([(one, what)])))
    noted(amount=str(what))


def _taken_back(receipt: Receipt, pairs: Sequence[tuple[Instalment, Decimal]], reason: str, *, actor: Actor) -> None:
    """Release allocations of a receipt whose orders are locked."""
    post([Movement(one, K.RELEASE, amount, receipt=receipt, reason=reason) for one, amount in pairs], actor=actor, on=days.today())
    total = sum((amount for _one, amount in pairs), Decimal(0))
    if not Receipt._base_manager.filter(pk=receipt.pk, allocated__gte=total).update(allocated=F("allocated") - total):
        raise Refused(_("Less than that is allocated."))
    receipt.refresh_from_db()


def allocations(receipt: Receipt) -> dict[int, Decimal]:
    """How much of it stands on which instalment."""
    found = Posting._base_manager.filter(Q(kind=K.RECEIPT) | Q(kind=K.RELEASE), receipt=receipt)
    sums = found.values_list("instalment").annotate(s=Sum("amount")).order_by()
    return {pk: -amount for pk, amount in sums if amount}


@action(Receipt, label=gettext_lazy("Take an allocation back"), icon="arrow-back-up", tone="warn", locks=("customer",),
        shown=lambda one: one.allocated > 0, event="receipt.released",
        sentence=gettext_lazy("{actor} took an allocation of {amount:money} back: {reason}"),
        did=gettext_lazy("An allocation of “{name}” is free again"))
def receipt_release(
    receipt: Receipt,
    *,
    actor: Actor,
    instalment: Annotated[int, Ask(gettext_lazy("Instalment"), kind="link", target="instalment")],
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money", help=gettext_lazy("Left empty: all of it."))] = None,
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """What stood on this instalment is free again, to be allocated elsewhere or paid back."""
    order = Instalment._base_manager.filter(pk=instalment).values_list("order_id", flat=True).first()
    held([order] if order else [])
    standing = allocations(receipt).get(instalment, Decimal(0))
    what = amount if amount is not None else standing
    if what <= 0 or what > standing:
        raise Invalid({"amount": [_("%(amount)s of this receipt stands on it.") % {"amount": standing}]})
    one = next(i for i in locked_instalments([order]) if i.pk == instalment)  # type: ignore[list-item]
    _taken_back(receipt, [(one, what)], reason, actor=actor)
    noted(amount=str(what))


def _counter(receipt: Receipt, kind: str, amount: Decimal, on: dt.date, note: str, *, actor: Actor) -> Receipt:
    return insert(registry["receipt"], Receipt(
        kind=kind, customer_id=receipt.customer_id, received_on=on, amount=amount, currency=receipt.currency, rate=receipt.rate,
        method_id=receipt.method_id, counters=receipt, note=note[:200]), actor=actor)  # type: ignore[return-value] # fmt: skip


@action(Receipt, label=gettext_lazy("Reverse"), icon="x", tone="bad", locks=("customer",), event="receipt.reversed",
        shown=lambda one: one.kind in (Kind.RECEIPT, Kind.REFUND) and one.reversed_on is None,
        needs=lambda one: ("receipt", "approve") if one.kind == Kind.REFUND else None,  # who may pay back
        sentence=gettext_lazy("{actor} reversed it: {reason}"), did=gettext_lazy("Reversed “{name}”"),
        confirm=gettext_lazy("A counter-document is written: what a receipt paid is owed again, what was paid back is prepaid again."))
def receipt_reverse(receipt: Receipt, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """It was wrong: everything it paid is owed again, what it paid back is prepaid again; a document of its own says so, under a number of
    its own."""
    if receipt.kind not in (Kind.RECEIPT, Kind.REFUND):
        raise Refused(_("This reverses another document, and stands."))
    if receipt.reversed_on is not None:
        raise Refused(_("It has been reversed already."))
    if receipt.kind == Kind.REFUND:
        _unrefund(receipt, reason, actor=actor)
        return
    if receipt.refunded:
        raise Refused(_("Some of it has been paid back: reverse that first."))
    standing = allocations(receipt)
    orders = Instalment._base_manager.filter(pk__in=standing).values_list("order_id", flat=True)
    held(orders)
    known = {i.pk: i for i in locked_instalments(orders)}
    if standing:
        _taken_back(receipt, [(known[pk], amount) for pk, amount in sorted(standing.items())], reason, actor=actor)
    _reversed(receipt, Kind.REVERSAL, reason, actor=actor)


def _reversed(receipt: Receipt, kind: str, reason: str, *, actor: Actor) -> None:
    """The document does not count any more, its counter-document does."""
    receipt.reversed_on = days.today()
    receipt.save(update_fields=("reversed_on",))
    _counter(receipt, kind, receipt.amount, days.today(), reason, actor=actor)


def _unrefund(refund: Receipt, reason: str, *, actor: Actor) -> None:
    """What a wrong refund took from its receipt is prepaid again."""
    took = Receipt._base_manager.filter(pk=refund.counters_id, refunded__gte=refund.amount)
    if not took.update(refunded=F("refunded") - refund.amount):
        raise Refused(_("Less than that was paid back of its receipt."))
    _reversed(refund, Kind.REFUND_REVERSAL, reason, actor=actor)


@action(Receipt, label=gettext_lazy("Pay back"), icon="receipt-refund", locks=("customer",), verb="approve", shown=has_left,
        event="receipt.refunded", sentence=gettext_lazy("{actor} paid {amount:money} back: {reason}"), did=gettext_lazy("Paid back from “{name}”"))
def receipt_refund(
    receipt: Receipt,
    *,
    actor: Actor,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money", help=gettext_lazy("Left empty: all that is prepaid."))] = None,
    paid_on: Annotated[dt.date | None, Ask(gettext_lazy("Paid back on"), help=gettext_lazy("Left empty: today."))] = None,
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """What is prepaid goes back to the payer, with a document of its own."""
    what = amount if amount is not None else receipt.amount - receipt.allocated - receipt.refunded
    took = Receipt._base_manager.filter(pk=receipt.pk, reversed_on=None, kind=Kind.RECEIPT, amount__gte=F("allocated") + F("refunded") + what)
    if what <= 0 or not took.update(refunded=F("refunded") + what):
        raise Invalid({"amount": [_("Only %(amount)s of this receipt is left.") % {"amount": receipt.amount - receipt.allocated - receipt.refunded}]})
    _counter(receipt, Kind.REFUND, what, paid_on or days.today(), reason, actor=actor)
    noted(amount=str(what))
