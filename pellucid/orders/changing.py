"""A change of an order in force: what it is now, what it is to be, and both side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.processes import selectors as processes
from pellucid.kernel.records import words
from pellucid.kernel.resources.declare import Panel, place
from pellucid.kernel.resources.fields import clear
from pellucid.products.pricing import Head, fill

from . import selectors
from .models import Instalment, Order, OrderChange, OrderLine

LINE = ("product_id", "name", "uom_id", "quantity", "unit_price", "discount", "tax_rate", "promised_on")
PART = ("name", "basis", "days", "amount", "due_on")
S = OrderChange.State


def told(value: Any) -> Any:
    """A value as a change keeps it: numbers without idle zeros, days in ISO."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, dt.date) else value


def snapshot(order: Order) -> dict[str, Any]:
    """What of an order can be changed, as it is now."""
    lines, parts = selectors.lines_of(order), selectors.instalments_of(order)
    return {"promised_on": told(order.promised_on), "ends_on": told(order.contract.ends_on),
            "lines": [{"row": str(one.pk)} | {name: told(getattr(one, name)) for name in LINE} for one in lines],
            "parts": [{"row": str(one.pk)} | {name: told(getattr(one, name)) for name in PART} for one in parts]}  # fmt: skip


def day(text: str | None) -> dt.date | None:
    """A day as a change keeps it."""
    return dt.date.fromisoformat(text) if text else None


def lines_as(order: Order, entries: list[dict[str, Any]]) -> list[OrderLine]:
    """Order lines as they would be, with what they come to; not saved. Raises Invalid."""
    made = []
    for entry in entries:
        one = OrderLine(order_id=order.pk, product_id=entry["product_id"], name=entry["name"] or "", uom_id=entry["uom_id"],
                        quantity=Decimal(entry["quantity"]), unit_price=_decimal(entry["unit_price"]), discount=Decimal(entry["discount"] or 0),
                        tax_rate=_decimal(entry["tax_rate"]), promised_on=day(entry["promised_on"]))  # fmt: skip
        made.append(one)
    fill(made, "order_id", {order.pk: Head(order.customer.level_id, order.currency, Decimal(order.rate))})
    return made


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def worth(order: Order, content: dict[str, Any]) -> Decimal:
    """What the order would come to, with tax."""
    return sum((one.amount for one in lines_as(order, content["lines"])), Decimal(0))


def planned(content: dict[str, Any]) -> Decimal:
    """What its instalments would come to."""
    return sum((Decimal(entry["amount"]) for entry in content["parts"]), Decimal(0))


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing, as it was and as it is to be; None on the side on which it is not there."""

    kind: str  # dates, lines, parts
    row: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None

    @property
    def changed(self) -> bool:
        """Whether it is another one afterwards."""
        return self.old != self.new


def pairs(change: OrderChange) -> Iterator[Pair]:
    """Everything that stands in a change, old beside new."""
    for name in ("promised_on", "ends_on"):
        yield Pair("dates", name, {"day": change.before[name]}, {"day": change.after[name]})
    for kind in ("lines", "parts"):
        old, new = ({entry["row"]: entry for entry in side[kind]} for side in (change.before, change.after))
        for row in dict.fromkeys((*old, *new)):
            yield Pair(kind, row, old.get(row), new.get(row))


def waiting(change: OrderChange) -> bool:
    """Whether somebody is deciding on it."""
    return processes.about("orderchange", change.pk).filter(state="running").exists()


# ------------------------------------------------------------------------------------------------ shown
def sides(change: OrderChange, actor: Actor) -> dict[str, Any] | None:
    """Old and new side by side, with a button to change each as long as it is a draft nobody decides on."""
    if not clear("order", actor, "amount") or not clear("orderline", actor, "unit_price", "amount") or not actor.may("instalment", "view"):
        return None
    show, order = show_for(actor), change.order
    frozen = change.state != S.DRAFT or waiting(change)
    may = not frozen and actor.may("orderchange", "edit") and not actor.read_only
    sums = {kind: {e["row"]: one.amount for e, one in zip(side["lines"], lines_as(order, side["lines"]), strict=True)}
            for kind, side in (("old", change.before), ("new", change.after))}  # fmt: skip
    groups: dict[str, list[dict[str, Any]]] = {"dates": [], "lines": [], "parts": []}
    for pair in pairs(change):
        named = (pair.new or pair.old or {}).get("name") or {"promised_on": _("Delivery promised for"), "ends_on": _("Valid until")}.get(pair.row, "")
        groups[pair.kind].append({
            "label": named, "old": _words(pair.kind, pair.old, sums["old"].get(pair.row), show.language),
            "new": _words(pair.kind, pair.new, sums["new"].get(pair.row), show.language), "changed": pair.changed,
            "edit": _edit(change, pair) if may and pair.new else "",
        })  # fmt: skip
    base = f"/order-changes/{change.pk}/do/orderchange_"
    left = change.amount_after - change.planned_after
    return {
        "dates": groups["dates"], "lines": groups["lines"], "parts": groups["parts"],
        "before": words.money_exact(change.amount_before, show.language, order.currency),
        "after": words.money_exact(change.amount_after, show.language, order.currency), "differs": change.amount_before != change.amount_after,
        "left": words.money_exact(left, show.language, order.currency) if left and change.state == S.DRAFT else "",
        "line": f"{base}line" if may else "", "part": f"{base}part" if may else "", "fit": f"{base}fit" if may and left else "",
    }  # fmt: skip


def _words(kind: str, entry: dict[str, Any] | None, amount: Decimal | None, language: str) -> str:
    """One side in words."""
    if entry is None:
        return pgettext("change", "none")
    if kind == "dates":
        return entry["day"] or "–"
    if kind == "lines":
        price = words.number(Decimal(entry["unit_price"] or 0))
        cut = f" -{entry['discount']}%" if Decimal(entry["discount"] or 0) else ""
        return " · ".join(filter(None, (f"{entry['quantity']} × {price}{cut}", words.money_exact(amount or Decimal(0), language),
                                        entry["promised_on"] or "")))  # fmt: skip
    when = entry["due_on"] or str(dict(Instalment._meta.get_field("basis").flatchoices).get(entry["basis"], ""))
    if entry["days"] and not entry["due_on"]:
        when = pgettext("instalment", "%(after)s, %(days)s days") % {"after": when, "days": entry["days"]}
    return f"{words.money_exact(Decimal(entry['amount']), language)} · {when}"


def _edit(change: OrderChange, pair: Pair) -> str:
    """The dialog that changes it, filled in."""
    new, base = pair.new or {}, f"/order-changes/{change.pk}/do/orderchange_"
    if pair.kind == "dates":
        return base + "dates"
    names = ("name", "quantity", "unit_price", "discount", "promised_on") if pair.kind == "lines" else PART
    given = {"row": pair.row, **{name: new[name] for name in names if new[name] is not None}}
    return f"{base}{'line' if pair.kind == 'lines' else 'part'}?{urlencode(given)}"


def summary(change: OrderChange, language: str) -> str:
    """What it changes, in a line."""
    found = [pair for pair in pairs(change) if pair.changed]
    said = []
    if change.amount_before != change.amount_after:
        said.append(f"{words.money(change.amount_before, language)} → {words.money(change.amount_after, language)}")
    for pair in found:
        name = (pair.new or pair.old or {}).get("name") or {"promised_on": _("Delivery promised for"), "ends_on": _("Valid until")}.get(pair.row, "")
        old, new = ((side or {}).get("day") or (side or {}).get("due_on") or (side or {}).get("promised_on") for side in (pair.old, pair.new))
        said.append(f"{name} {old or '–'} → {new or '–'}" if old != new else str(name))
    return "; ".join(said[:4])


def on_order(order: Order, actor: Actor) -> dict[str, Any] | None:
    """The changes of an order beside it, the latest first."""
    show = show_for(actor)
    rows = []
    for one in selectors.changes_of(order):
        decided = one.state == S.DRAFT and waiting(one)
        tag = {"label": _("Waits for a decision"), "tone": "warn"} if decided else {
            "label": str(one.get_state_display()), "tone": {"draft": "warn", "applied": "ok"}.get(one.state, "")}  # fmt: skip
        rows.append({"label": one.reason, "sub": summary(one, show.language) if clear("order", actor, "amount") else "",
                     "href": f"/order-changes/{one.pk}", "tag": tag})  # fmt: skip
    return {"rows": rows} if rows else None


place(
    Panel("order", "orders.changes", gettext_lazy("Changes"), "orders/rows.html", on_order, needs="orderchange", position=8),
    Panel("orderchange", "orders.sides", gettext_lazy("Old and new"), "orders/change.html", sides, place="tab", first=True, position=5),
)
