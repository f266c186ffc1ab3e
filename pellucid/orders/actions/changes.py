"""Changes of orders in force: proposed with the old beside the new, agreed by a process where one is in use, carried out all at once."""

from __future__ import annotations

import copy
import datetime as dt
from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import noted
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.processes.effects import passing
from pellucid.kernel.records import days
from pellucid.kernel.records.amounts import cents, split
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import GONE, insert
from pellucid.products.actions.keeping import attribute_sets
from pellucid.products.models import Product

from .. import changing
from ..invoiceable import standing
from ..lifecycles import BOUND, CHANGE
from ..models import Instalment, Order, OrderChange, OrderLine
from ..models.instalment import Basis
from .executing import renew
from .instalments import said
from .ledger import become_owed, settle
from .lines import add_up, held
from .preparing import in_base
from .trusting import added, look_at_change, trusted

ZERO = Decimal(0)
S = OrderChange.State
LAST = 10_000  # until the instalments are numbered anew
PRICED = ("product_id", "unit_price", "discount", "tax_rate")
declare(EventKind("order.changed", gettext_lazy("{actor} changed the order: {what}"), icon="arrows-diff", tone="warn"))


def is_draft(change: OrderChange) -> bool:
    """Whether it may still be written."""
    return change.state == S.DRAFT


@action(Order, label=pgettext_lazy("order", "Change"), icon="arrows-diff", shown=lambda order: order.state in BOUND, leads_on=True, position=40,
        event="order.change_begun", sentence=gettext_lazy("{actor} proposes a change: {reason}"), did=gettext_lazy("Began a change of “{name}”"))
def order_change(order: Order, *, actor: Actor, reason: Annotated[str, Ask(gettext_lazy("Reason"), max_length=200)]) -> OrderChange:
    """Propose what is to be different: the change begins as what is, and nothing holds before it is agreed."""
    made = OrderChange(order=order, reason=reason)
    insert(registry["orderchange"], made, actor=actor)
    noted(change=made.pk)
    return made


@prepares(OrderChange)
def change_prepare(changes: list[OrderChange], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """It begins as its order is, and is written by its own steps."""
    for one in changes:
        if changed is not None:
            must_be_open(one)
            continue
        order = one.order
        if order.state not in BOUND:
            raise Invalid({"order": [_("Only an order in force is changed like this; a draft is edited.")]})
        now = changing.snapshot(order)
        one.before, one.after, one.amount_before, one.amount_after = now, now, order.amount, order.amount
        one.planned_after, one.promised_before, one.promised_after = order.planned, order.promised_on, order.promised_on


@follows(OrderChange)
def change_stays(changes: list[OrderChange], *, actor: Any, changed: frozenset[str] | None) -> None:
    """What was changed stays known."""
    if changed == GONE and any(one.state == S.APPLIED for one in changes):
        raise Refused(_("A change that holds stays with its order."))


def must_be_open(change: OrderChange) -> None:
    """Refuse to write what holds already, or what somebody is deciding on."""
    if change.state != S.DRAFT:
        raise Refused(_("This change is not a draft any more."))
    if changing.waiting(change):
        raise Refused(_("Somebody is deciding on this change; withdraw the request first."))


def written(change: OrderChange, after: dict[str, Any]) -> None:
    """Keep what is to be, with what it comes to."""
    change.after = after
    change.amount_after, change.planned_after = changing.worth(change.order, after), changing.planned(after)
    change.change_base = cents((change.amount_after - change.amount_before) * Decimal(change.order.rate))
    change.promised_after = changing.day(after["promised_on"])
    change.save(update_fields=("after", "amount_after", "change_base", "planned_after", "promised_after"))


def entry_of(rows: list[dict[str, Any]], row: str, blank: dict[str, Any]) -> dict[str, Any]:
    """The entry a dialog is about; a new one, put last, where it names none. Raises Invalid."""
    if row:
        found = next((entry for entry in rows if entry["row"] == row), None)
        if found is None:
            raise Invalid({"row": [_("Please choose from the list.")]})
        return found
    used = [int(entry["row"][1:]) for entry in rows if entry["row"].startswith("+")]
    made = {"row": f"+{max(used, default=0) + 1}"} | blank
    rows.append(made)
    return made


@action(OrderChange, label=gettext_lazy("Change dates"), icon="calendar-event", shown=is_draft, position=20, event="orderchange.dated",
        sentence=gettext_lazy("{actor} proposed other dates"),
        suggest=lambda change, actor: {"promised_on": changing.day(change.after["promised_on"]), "ends_on": changing.day(change.after["ends_on"])})
def orderchange_dates(
    change: OrderChange,
    *,
    actor: Actor,
    promised_on: Annotated[dt.date | None, Ask(gettext_lazy("Delivery promised for"))] = None,
    ends_on: Annotated[dt.date | None, Ask(gettext_lazy("Contract valid until"))] = None,
) -> None:
    """Other days for the delivery and the end of the contract. Lines promised for the old day move along."""
    must_be_open(change)
    after = copy.deepcopy(change.after)
    for entry in after["lines"]:
        if entry["promised_on"] is not None and entry["promised_on"] == after["promised_on"]:
            entry["promised_on"] = changing.told(promised_on)
    after["promised_on"], after["ends_on"] = changing.told(promised_on), changing.told(ends_on)
    written(change, after)


@action(OrderChange, label=gettext_lazy("Change a line"), icon="list-details", shown=lambda change: False, event="orderchange.lined",
        sentence=gettext_lazy("{actor} proposed another line: {name}"))
def orderchange_line(
    change: OrderChange,
    *,
    actor: Actor,
    row: Annotated[str, Ask(gettext_lazy("Which line"), max_length=20, hidden=True)] = "",
    product: Annotated[int | None, Ask(gettext_lazy("Product"), kind="link", target="product")] = None,
    name: Annotated[str, Ask(pgettext_lazy("goods", "What"), max_length=200)] = "",
    quantity: Annotated[Decimal | None, Ask(gettext_lazy("Quantity"))] = None,
    unit_price: Annotated[Decimal | None, Ask(gettext_lazy("Unit price without tax"))] = None,
    discount: Annotated[Decimal | None, Ask(gettext_lazy("Discount"))] = None,
    promised_on: Annotated[dt.date | None, Ask(gettext_lazy("Delivery promised for"))] = None,
    drop: Annotated[bool, Ask(gettext_lazy("Leave this line out"), kind="bool")] = False,
) -> None:
    """Another quantity, price or day; a line more, or one less."""
    must_be_open(change)
    after = copy.deepcopy(change.after)
    blank: dict[str, Any] = dict.fromkeys(changing.LINE) | {"quantity": "1", "discount": "0", "promised_on": after["promised_on"]}
    entry = entry_of(after["lines"], row, blank)
    if drop:
        after["lines"].remove(entry)
    else:
        if quantity is not None and quantity <= 0:
            raise Invalid({"quantity": [_("A quantity is above zero.")]})
        if unit_price is not None and unit_price < 0:
            raise Invalid({"unit_price": [_("A price is not below zero.")]})
        if discount is not None and not 0 <= discount <= 100:
            raise Invalid({"discount": [_("Between 0 and 100 per cent.")]})
        given = {"product_id": product, "name": name or None, "quantity": quantity, "unit_price": unit_price, "discount": discount,
                 "promised_on": promised_on}  # fmt: skip
        entry.update({key: changing.told(value) for key, value in given.items() if value is not None})
        if product is not None and not name:
            entry["name"] = str(Product._base_manager.get(pk=product))
        (made,) = changing.lines_as(change.order, [entry])
        entry.update({key: changing.told(getattr(made, key)) for key in changing.LINE})
    if not after["lines"]:
        raise Refused(_("An order has at least one line: declare the order void instead."))
    noted(name=entry["name"])
    written(change, after)


@action(OrderChange, label=gettext_lazy("Change an instalment"), icon="calendar-due", shown=lambda change: False, event="orderchange.split",
        sentence=gettext_lazy("{actor} proposed another instalment: {name}"))
def orderchange_part(
    change: OrderChange,
    *,
    actor: Actor,
    row: Annotated[str, Ask(gettext_lazy("Which instalment"), max_length=20, hidden=True)] = "",
    name: Annotated[str, Ask(gettext_lazy("Condition"), max_length=100)] = "",
    basis: Annotated[str, Ask(gettext_lazy("Waits for"), choices=Basis)] = "",
    days: Annotated[int | None, Ask(gettext_lazy("Days after it"))] = None,
    amount: Annotated[Decimal | None, Ask(gettext_lazy("Amount"), kind="money")] = None,
    due_on: Annotated[dt.date | None, Ask(gettext_lazy("Due on"), when=("basis", "day"))] = None,
    drop: Annotated[bool, Ask(gettext_lazy("Leave this instalment out"), kind="bool")] = False,
) -> None:
    """Another amount or day; an instalment more, or one less."""
    must_be_open(change)
    after = copy.deepcopy(change.after)
    rest = max(change.amount_after - change.planned_after, ZERO)
    blank = {"name": "", "basis": Basis.SIGNED.value, "days": 0, "amount": changing.told(rest), "due_on": None}
    entry = entry_of(after["parts"], row, blank)
    if drop:
        after["parts"].remove(entry)
    else:
        if days is not None and not 0 <= days <= 3660:
            raise Invalid({"days": [_("Between 0 and 3,660 days.")]})
        old = dict(entry)
        given = {"name": name or None, "basis": basis or None, "days": days, "amount": amount, "due_on": due_on}
        entry.update({key: changing.told(value) for key, value in given.items() if value is not None})
        if entry["basis"] != Basis.DAY:
            entry["due_on"] = old["due_on"] if entry["basis"] == old["basis"] and due_on is None else None
        elif entry["due_on"] is None:
            raise Invalid({"due_on": [_("Say on which day.")]})
        if Decimal(entry["amount"]) <= 0:
            raise Invalid({"amount": [_("An instalment is above zero.")]})
        entry["name"] = entry["name"] or said(entry["basis"], entry["days"])
    noted(name=entry["name"])
    written(change, after)


@action(OrderChange, label=gettext_lazy("Spread the rest over open instalments"), icon="chart-pie", event="orderchange.fitted",
        shown=lambda change: is_draft(change) and change.amount_after != change.planned_after, position=30,
        sentence=gettext_lazy("{actor} spread the rest over open instalments"), did=gettext_lazy("Spread the rest of “{name}”"))
def orderchange_fit(change: OrderChange, *, actor: Actor) -> None:
    """What the order is worth more or less stands on the instalments of which nothing is owed yet, in proportion, to the cent."""
    must_be_open(change)
    after = copy.deepcopy(change.after)
    owed = {str(pk) for pk in Instalment._base_manager.filter(order=change.order_id, owed__gt=0).values_list("pk", flat=True)}
    free = [entry for entry in after["parts"] if entry["row"] not in owed]
    left = change.amount_after - sum((Decimal(e["amount"]) for e in after["parts"] if e["row"] in owed), ZERO)
    if not free or left <= 0:
        raise Refused(_("No instalment is open for it: add one, or enter a return."))
    for entry, amount in zip(free, split(left, [Decimal(e["amount"]) for e in free]), strict=True):
        entry["amount"] = changing.told(amount)
    after["parts"] = [e for e in after["parts"] if Decimal(e["amount"]) > 0]
    written(change, after)


@action(OrderChange, confirm=gettext_lazy("The order stays as it is."),
        label=pgettext_lazy("change", "Drop"), icon="ban", tone="bad", move="drop", lifecycle=CHANGE, event="orderchange.dropped",
        shown=is_draft, sentence=gettext_lazy("{actor} dropped the change"), did=gettext_lazy("Dropped “{name}”"))
def orderchange_drop(change: OrderChange, *, actor: Actor) -> None:
    """The order stays as it is."""
    must_be_open(change)
    CHANGE.move(change, "drop")
    change.save(update_fields=("state",))


@action(OrderChange, confirm=gettext_lazy("From then on the order is as the change says, all of it at once."),
        label=pgettext_lazy("change", "Submit"), icon="send", move="apply", lifecycle=CHANGE, shown=is_draft, position=10,
        locks=("order.contract", "order.customer", "order"), looks=look_at_change, event="orderchange.applied",
        sentence=gettext_lazy("{actor} put the change in force"), did=gettext_lazy("The change “{name}” is in force"))
def orderchange_apply(change: OrderChange, *, actor: Actor) -> None:
    """The order is from now on as the change says, all of it at once; by who may approve, or once a process has agreed."""
    if not passing() and not actor.may("orderchange", "approve"):
        raise Forbidden("orderchange.approve", _("Somebody who may approve changes has to submit it: no process is in use that would ask them."))
    (order,) = held([change.order_id])
    if order.state not in BOUND:
        raise Refused(_("The order is not in force."))
    if changing.snapshot(order) != change.before:
        raise Refused(_("The order has changed meanwhile: drop this change and begin another one."))
    if not any(pair.changed for pair in changing.pairs(change)):
        raise Refused(_("Nothing is to be different yet."))
    left = change.amount_after - change.planned_after
    if left:
        raise Refused(_("The instalments add up to %(planned)s, the order to %(amount)s: %(left)s is not planned yet.") % {
            "planned": change.planned_after, "amount": change.amount_after, "left": left})  # fmt: skip
    if change.amount_after < order.invoiced:
        raise Refused(_("%(amount)s of it is invoiced already: correct the invoices first.") % {"amount": order.invoiced})
    if change.amount_after > change.amount_before:
        trusted(added(change), actor=actor, beyond="", seen=change.credit_seen, terms=False, whole=change.amount_after)
    order.promised_on = changing.day(change.after["promised_on"])
    order.save(update_fields=("promised_on",))
    ends_on = changing.day(change.after["ends_on"])
    if ends_on != order.contract.ends_on:
        order.contract.ends_on = ends_on
        order.contract.save(update_fields=("ends_on",))
    lines_become(order, change)
    parts_become(order, change, actor)
    CHANGE.move(change, "apply")
    change.applied_on = days.today()
    change.save(update_fields=("state", "applied_on"))
    add_up([order], actor)
    become_owed(order, actor=actor, not_before=days.today())
    order.refresh_from_db()
    renew(order, actor=actor)
    settle(order)
    publish("order.changed", by=actor, resource="order", record_id=order.pk, reason=change.reason,
            payload={"what": changing.summary(change, actor.language), "change": change.pk})  # fmt: skip


def lines_become(order: Order, change: OrderChange) -> None:
    """Write the lines. Refused when one contradicts what went out."""
    now = {str(one.pk): one for one in OrderLine._base_manager.filter(order=order, deleted_at=None).select_for_update(of=("self",), no_key=True)}
    entries = {entry["row"]: entry for entry in change.after["lines"]}
    made = dict(zip(entries, changing.lines_as(order, list(entries.values())), strict=True))
    sets = attribute_sets(new.product_id for new in made.values() if new.product_id)
    for pair in changing.pairs(change):
        if pair.kind != "lines" or not pair.changed:
            continue
        line, new = now.get(pair.row), made.get(pair.row)
        if line is not None and line.delivered > 0:
            contradicts(line, new, pair)
        if line is not None:
            must_cover(standing(line=line.pk), new.amount if new is not None else ZERO, line.name)
        if new is None and line is not None:
            line.deleted_at, line.voided_on = timezone.now(), days.today()
            line.save(update_fields=("deleted_at", "voided_on"))
        elif new is not None:
            added = line is None
            same = bool(pair.old and pair.new and pair.old["product_id"] == pair.new["product_id"])
            if line is None:
                line = new
                line.signed_on = days.today()
            else:
                cost = line.unit_cost
                for name in (*changing.LINE, "net", "tax", "amount"):
                    setattr(line, name, getattr(new, name))
                line.unit_cost = cost if same else new.unit_cost
                line.cost = (line.quantity * line.unit_cost).quantize(Decimal("0.01")) if line.unit_cost is not None else None
            if not same:  # what was signed before stays as it was
                line.attributes_id = sets.get(line.product_id or 0)
            in_base(line, Decimal(order.rate))
            line.save(force_insert=added)


def must_cover(invoiced: Decimal, amount: Decimal, name: str) -> None:
    """Refuse a line or an instalment below what is invoiced of it."""
    if invoiced > amount:
        raise Refused(_("%(amount)s of “%(name)s” are invoiced already: correct the invoices first.") % {"amount": invoiced, "name": name})


def contradicts(line: OrderLine, new: OrderLine | None, pair: changing.Pair) -> None:
    """Refused, saying why, when a line of which something went out is to be something else."""
    if new is None or new.quantity < line.delivered:
        raise Refused(_("%(quantity)s of “%(name)s” went out already.") % {"quantity": changing.told(Decimal(line.delivered)), "name": line.name})
    old, after = pair.old or {}, pair.new or {}
    if any(old[name] != after[name] for name in PRICED):
        raise Refused(_("Some of “%(name)s” went out already at its price: add another line for the rest.") % {"name": line.name})
    if line.delivered == line.quantity and old["promised_on"] != after["promised_on"]:
        raise Refused(_("All of “%(name)s” went out already.") % {"name": line.name})


def parts_become(order: Order, change: OrderChange, actor: Actor) -> None:
    """Write the instalments. Refused when one contradicts what is owed or received."""
    now = {str(one.pk): one for one in Instalment._base_manager.filter(order=order, deleted_at=None).select_for_update(of=("self",), no_key=True)}
    for pair in changing.pairs(change):
        if pair.kind != "parts" or not pair.changed:
            continue
        part, new = now.get(pair.row), pair.new
        if part is not None and part.owed > 0 and (new is None or any(pair.old and pair.old[k] != new[k] for k in changing.PART if k != "name")):
            raise Refused(_("“%(name)s” is owed or paid already: it stays as it is.") % {"name": part.name})
        if part is not None:
            must_cover(standing(instalment=part.pk), Decimal(new["amount"]) if new is not None else ZERO, part.name)
        if new is None and part is not None:
            part.deleted_at = timezone.now()
            part.save(update_fields=("deleted_at",))
        elif new is not None:
            part = part or Instalment(order=order, position=LAST, in_charge_id=order.owner_id, created_by_id=actor.user_id)
            part.name, part.basis, part.days = new["name"], new["basis"], new["days"]
            part.amount, part.due_on = Decimal(new["amount"]), changing.day(new["due_on"])
            part.share = None if pair.old is None or pair.old["amount"] != new["amount"] else part.share
            part.save()
    for n, part in enumerate(Instalment._base_manager.filter(order=order, deleted_at=None).order_by("position", "pk"), 1):
        if part.position != n:
            part.position = n
            part.save(update_fields=("position",))
