"""The ledger of instalments: what is owed, received, released, returned, written off. Each movement is a row, and the instalment's and the
order's facts move with it in the same transaction, under the lock of the order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from django.db.models import BooleanField, Case, DateField, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Greatest
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import days, prepared
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.records.errors import Invalid, Refused

from .. import warranty
from ..lifecycles import BOUND
from ..models import Instalment, Order, Posting, Receipt
from ..models.instalment import Basis
from .executing import follow_facts
from .lines import held

ZERO = Decimal(0)
K = Posting.Kind


@dataclass(frozen=True, slots=True)
class Movement:
    """What is posted to an instalment: a positive amount; its kind says which way."""

    instalment: Instalment
    kind: str
    amount: Decimal
    receipt: Receipt | None = None
    reason: str = ""


# kind -> (sign on the ledger, the instalment's fact that grows by the amount, by which sign)
SIGNS: dict[str, tuple[int, str, int]] = {
    K.DUE: (1, "owed", 1), K.RECEIPT: (-1, "allocated", 1), K.RELEASE: (1, "allocated", -1), K.RETURN: (-1, "credited", 1),
    K.WRITE_OFF: (-1, "credited", 1), K.REVERSAL: (1, "credited", -1)}  # fmt: skip


def locked_instalments(orders: Iterable[int]) -> list[Instalment]:
    """The instalments of locked orders, in the order they are due."""
    rows = Instalment._base_manager.filter(order__in=list(orders), deleted_at=None).select_related("order")
    return sorted(rows.select_for_update(of=("self",), no_key=True), key=lambda i: (i.due_on or dt.date.max, i.position, i.pk))


def post(movements: Sequence[Movement], *, actor: Actor, on: dt.date) -> list[Posting]:
    """Write the movements and what follows from them. Refused, by its instalment, when one would go beyond what is there. The orders are
    locked by the caller."""
    made = []
    for move in movements:
        sign, fact, way = SIGNS[move.kind]
        left = {"owed": F("amount") - F("owed"), "allocated": F("owed") - F("allocated") - F("credited"), "credited": F("owed") - F("credited")}
        room = Instalment._base_manager.filter(pk=move.instalment.pk)
        room = room.alias(left=left[fact]).filter(left__gte=move.amount) if way > 0 else room.filter(**{f"{fact}__gte": move.amount})
        if move.amount <= 0 or not room.update(**{fact: F(fact) + way * move.amount}, **_course(sign * move.amount, on)):
            raise Refused(_("“%(name)s” has no room for %(amount)s.") % {"name": move.instalment.name, "amount": move.amount})
        order = move.instalment.order
        made.append(Posting(
            order=order, instalment=move.instalment, receipt=move.receipt, kind=move.kind, amount=sign * move.amount,
            amount_base=cents(sign * move.amount * Decimal(order.rate)), posted_on=on, due_on=move.instalment.due_on,
            customer_id=order.customer_id, sold_by_id=order.owner_id, sold_unit_id=order.unit_id, sold_branch_id=order.branch_id,
            reason=move.reason[:200], created_by_id=actor.user_id))  # fmt: skip
    Posting._base_manager.bulk_create(made)
    course_kept({m.instalment.pk for m in movements})
    lateness_kept({m.instalment.pk for m in movements if m.kind in (K.DUE, K.RECEIPT)})
    tally(sorted({m.instalment.order_id for m in movements}))
    return made


COURSE = """
UPDATE orders_posting p SET settled_on = i.settled_on, winding = i.winding FROM orders_instalment i
 WHERE i.id = p.instalment_id AND p.instalment_id = ANY(%s::bigint[]) AND (p.settled_on, p.winding) IS DISTINCT FROM (i.settled_on, i.winding)"""
LATENESS = """
UPDATE orders_posting p SET late_on = f.first
 FROM (SELECT d.id, (SELECT min(r.posted_on) FROM orders_posting r WHERE r.instalment_id = d.instalment_id AND r.kind = 'receipt'
         AND r.posted_on > d.due_on) AS first FROM orders_posting d WHERE d.instalment_id = ANY(%s::bigint[]) AND d.kind = 'due') f
 WHERE f.id = p.id AND p.late_on IS DISTINCT FROM f.first"""


def course_kept(instalments: Iterable[int]) -> None:
    """Postings say of their instalment what it says itself."""
    prepared.ask(COURSE, [list(instalments)])


def lateness_kept(instalments: Iterable[int]) -> None:
    """What was owed says when the first payment for it came after it was due."""
    prepared.ask(LATENESS, [list(instalments)])


def _course(change: Decimal, on: dt.date) -> dict[str, Case]:
    """`settled_on`: the last day of an instalment's postings, if they add up to nothing once this one is among them. `winding`: whether something
    was not owed throughout the days between its first posting and its last: it was settled before, fell below zero, or this one is dated back."""
    last = Subquery(Posting._base_manager.filter(instalment=OuterRef("pk")).order_by("-posted_on").values("posted_on")[:1])
    turns = Q(winding=True) | Q(balance=0, owed__gt=0) | Q(balance__lt=-change) | Q(GreaterThan(last, Value(on)))
    return {"settled_on": Case(When(balance=-change, then=Greatest(Value(on), last)), default=None, output_field=DateField()),
            "winding": Case(When(turns, then=Value(True)), default=Value(False), output_field=BooleanField())}  # fmt: skip


def tally(ids: Sequence[int]) -> None:
    """Write what the instalments of locked orders come to, and the state that follows from it."""
    for order in Order._base_manager.filter(pk__in=ids).order_by("pk"):
        found = Instalment._base_manager.filter(order=order, deleted_at=None)
        sums = found.aggregate(received=Sum("allocated"), receivable=Sum("balance"))
        order.received, order.receivable = sums["received"] or ZERO, sums["receivable"] or ZERO
        settle(order, "received", "receivable")


# Whether all of an order has gone out, something has, and all is paid; without lines, or instalments, none of it.
STANDS = """
SELECT lines.whole, lines.some, parts.paid
 FROM (SELECT bool_and(delivered >= quantity) AS whole, bool_or(delivered > 0) AS some
        FROM orders_orderline WHERE order_id = %(order)s AND deleted_at IS NULL) lines,
      (SELECT bool_and(allocated >= amount - credited) AS paid FROM orders_instalment WHERE order_id = %(order)s AND deleted_at IS NULL) parts"""


def settle(order: Order, *changed: str) -> None:
    """Into the state that follows from what was delivered and paid, as long as it is carried out; its steps follow. What is `changed` of it is
    written with that."""
    if order.state in BOUND:
        ((all_out, some_out, all_paid),) = prepared.ask(STANDS, {"order": order.pk}).fetchall()
        S = Order.State
        state = S.SETTLED if all_out and all_paid else S.DELIVERED if all_out else S.RUNNING if some_out or order.received > 0 else S.SIGNED
        if state != order.state:
            noted(state=state)
            order.state, changed = state, (*changed, "state")
    if changed:
        order.save(update_fields=changed)
    if order.state in BOUND:
        follow_facts(order)


def owed_from(instalment: Instalment, order: Order) -> dt.date | None:
    """The day from which an instalment is owed, before its days of grace; None while what it waits for has not happened."""
    match instalment.basis:
        case Basis.SIGNED | Basis.DAY:
            return order.signed_on
        case Basis.DELIVERED:
            lines = order.lines.filter(deleted_at=None)
            if not lines.exists() or lines.filter(delivered__lt=F("quantity")).exists():
                return None
            return order.deliveries.filter(deleted_at=None).order_by("-delivered_on").values_list("delivered_on", flat=True).first()
        case _:
            return order.accepted_on


def become_owed(order: Order, *, actor: Actor, not_before: dt.date | None = None) -> None:
    """Post what has become owed of a locked order by now, each since the day it waited for; what was agreed later, not before that."""
    by_day: dict[dt.date, list[Movement]] = {}
    for one in locked_instalments([order.pk]):
        if one.owed >= one.amount or (since := owed_from(one, order)) is None:
            continue
        if one.basis != Basis.DAY:
            one.due_on = (warranty.ends_on(order, since) if one.basis == Basis.WARRANTY else since) + dt.timedelta(days=one.days)
            one.save(update_fields=("due_on",))
        by_day.setdefault(max(since, not_before or since), []).append(Movement(one, K.DUE, one.amount - one.owed))
    for day, movements in sorted(by_day.items()):
        post(movements, actor=actor, on=day)


def owe_early(instalment: Instalment, amount: Decimal, *, actor: Actor, on: dt.date) -> None:
    """What is paid before it is owed becomes owed with the payment."""
    lacking = amount - (instalment.owed - instalment.allocated - instalment.credited)
    if lacking > 0 and instalment.owed + lacking <= instalment.amount:
        if instalment.due_on is None:
            instalment.due_on = on
            instalment.save(update_fields=("due_on",))
        post([Movement(instalment, K.DUE, lacking)], actor=actor, on=on)
        instalment.refresh_from_db()


@action(Instalment, label=gettext_lazy("Write off"), icon="eraser", tone="bad", verb="approve", locks=("order",), event="instalment.written_off",
        shown=lambda one: one.balance > 0, sentence=gettext_lazy("{actor} wrote off {amount:money}: {reason}"),
        confirm=gettext_lazy("What is written off is not collected any more."), did=gettext_lazy("Wrote “{name}” off"))
def instalment_write_off(
    instalment: Instalment,
    *,
    actor: Actor,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money", help=gettext_lazy("Left empty: all that is owed."))] = None,
    reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)],
) -> None:
    """A debt that will not be paid: it leaves the receivables, and counts as bad."""
    held([instalment.order_id])
    instalment.refresh_from_db()
    what = amount if amount is not None else instalment.balance
    if what <= 0:
        raise Refused(_("Nothing of it is owed."))
    if what > instalment.balance:
        raise Invalid({"amount": [_("Only %(amount)s of it is owed.") % {"amount": instalment.balance}]})
    noted(amount=str(what))
    post([Movement(instalment, K.WRITE_OFF, what, reason=reason)], actor=actor, on=days.today())


def written_off(instalment: Instalment) -> Decimal:
    """How much of it was written off and has not come back."""
    found = Posting._base_manager.filter(instalment=instalment.pk, kind__in=(K.WRITE_OFF, K.REVERSAL))
    return -(found.aggregate(s=Sum("amount"))["s"] or ZERO)


@action(Instalment, label=gettext_lazy("Take the write-off back"), icon="arrow-back-up", verb="approve", locks=("order",), event="instalment.revived",
        shown=lambda one: one.credited > 0 and written_off(one) > 0,
        sentence=gettext_lazy("{actor} took a write-off of {amount:money} back: {reason}"),
        did=gettext_lazy("“{name}” is owed again"))
def instalment_revive(instalment: Instalment, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> None:
    """The debt is alive again: what was written off is owed as before."""
    held([instalment.order_id])
    if (what := written_off(instalment)) <= 0:
        raise Refused(_("Nothing of it was written off."))
    noted(amount=str(what))
    post([Movement(instalment, K.REVERSAL, what, reason=reason)], actor=actor, on=days.today())


def spread(instalments: Sequence[Instalment], amount: Decimal) -> list[tuple[Instalment, Decimal]]:
    """A sum over what is open of instalments, in their order; what is left over is not spread."""
    out = []
    for one in instalments:
        part = min(amount, one.amount - one.allocated - one.credited)
        if part > 0:
            out.append((one, part))
            amount -= part
    return out


def movements(pairs: Sequence[tuple[Instalment, Decimal]], kind: str, **more: Any) -> list[Movement]:
    """One movement of a kind for each pair."""
    return [Movement(one, kind, amount, **more) for one, amount in pairs]
