"""Priced lines as a table: how those of offers and orders look, which of their cells may be typed over, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, terms, words
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.resources.cells import cells
from pellucid.kernel.resources.declare import resource_of
from pellucid.kernel.resources.fields import clear, model_specs

from .models import PricedLine
from .pricing import Head, prices_for

TYPED = ("quantity", "unit_price", "discount")  # typed over where they stand
ZERO = Decimal(0)
# What an actor has to read in full for a column, or a sum below, to be there: who may not read prices sees nothing that is made of them.
PARTS = {
    "name": ("name",),
    "product": ("product",),
    "quantity": ("quantity",),
    "uom": ("quantity", "uom"),
    "unit_price": ("unit_price",),
    "discount": ("discount",),
    "net": ("unit_price", "net"),
    "margin": ("unit_price", "net", "unit_cost", "cost", "margin"),  # lines that keep no margin show the one that comes out
    "delivered": ("delivered",),
    "returned": ("returned",),
    "floor": ("discount",),
    "listed": ("quantity", "unit_price", "discount"),
    "off": ("quantity", "unit_price", "discount", "net"),
    "tax": ("unit_price", "net", "tax"),
    "tax_rate": ("tax_rate",),
    "total": ("unit_price", "net", "tax", "amount"),
}


def shown(of: str, actor: Actor) -> frozenset[str]:
    """Which columns and sums of such lines the actor may see."""
    known = model_specs(of)
    return frozenset(part for part, names in PARTS.items() if clear(of, actor, *(n for n in names if n in known)))


def plain(value: Decimal | None) -> str:
    """A number without zeros behind it."""
    return f"{value.normalize():,f}" if value is not None else ""


def table(lines: Sequence[Any], actor: Actor, *, of: str, currency: str, drafted: bool, more: str, paste: str) -> dict[str, Any]:
    """The lines, each with the way to change it; the sums below. `of` names the lines' resource; `drafted`: what they belong to is still being
    made; `more` and `paste` are the addresses of the form for a line and of the dialog for pasting some."""
    parts, drafted = shown(of, actor), drafted and not actor.read_only
    may, adds = drafted and actor.may(of, "edit"), drafted and actor.may(of, "create")
    numbered = "product" in parts and clear("product", actor, "number")
    count = ngettext("%(n)s line", "%(n)s lines", len(lines)) % {"n": len(lines)}
    return {"lines": [row(at, line, actor, may=may, parts=parts, numbered=numbered) for at, line in enumerate(lines, 1)], "parts": parts,
            "extra": [], "more": more if adds else "", "paste": paste if adds else "",
            "note": _("%(n)s · %(currency)s, without tax") % {"n": count, "currency": currency} if "net" in parts else count,
            **sums(lines, actor, currency, parts)}  # fmt: skip


def row(at: int, line: Any, actor: Actor, *, may: bool, parts: frozenset[str], numbered: bool) -> dict[str, Any]:
    """A line: what, how much, at what price, as far as it may be seen."""
    here = f"/{resource_of(type(line)).path}/{line.pk}"
    number = line.product.number if numbered and line.product else ""
    name = line.name if "name" in parts else number or f"#{at}"
    margin = (line.net - line.cost) * 100 / line.net if "margin" in parts and line.cost is not None and line.net else None
    said = {
        "quantity": plain(line.quantity),
        "uom": terms.label(line.uom_id, actor.language) if line.uom_id else "",
        "unit_price": plain(line.unit_price or ZERO),
        "discount": _("Free") if line.discount == 100 else f"{plain(line.discount)}%",
        "net": words.number(line.net, 2),
        "margin": f"{max(margin, Decimal('-999.9')):.1f}" if margin is not None else "",
    }
    return {"n": at, "href": here, "edit": f"{here}/edit" if may else "", "cells": cells(line, TYPED, actor) if may else {}, "name": name,
            "under": number if name != number else "", "tones": {}, "extra": [], **{k: v for k, v in said.items() if k in parts}}  # fmt: skip


def tiers(rows: Sequence[dict[str, Any]], lines: Sequence[Any], head: Head, verb: str, actor: Actor) -> None:
    """Where the price list says another price for the quantity of a line: which, and the way to take it by the action `verb`."""
    if not clear("price", actor, "unit_price", "from_quantity"):
        return
    priced = [(row, line) for row, line in zip(rows, lines, strict=True) if line.product_id and row["edit"] and "unit_price" in row]
    wanted = [(line.product_id, Decimal(line.quantity)) for _row, line in priced]
    found = prices_for(wanted, level=head.level, day=days.today(), currency=head.currency) if wanted else []
    for (row, line), price in zip(priced, found, strict=True):
        if price is not None and price != line.unit_price:
            row["tier"] = {"said": _("Price list for this quantity: %(price)s") % {"price": plain(price)}, "take": f"{row['href']}/do/{verb}"}


def sums(lines: Sequence[PricedLine], actor: Actor, currency: str, parts: frozenset[str]) -> dict[str, Any]:
    """What the lines come to, from the list to the last cent."""
    show = show_for(actor)

    def exact(amount: Decimal) -> str:
        return words.money_exact(amount, show.language, currency)

    listed = sum((cents(Decimal(line.quantity) * Decimal(line.unit_price or 0)) for line in lines), ZERO)
    net, tax = (sum((getattr(line, name) for line in lines), ZERO) for name in ("net", "tax"))
    rates = sorted({line.tax_rate for line in lines if line.tax_rate is not None}) if "tax_rate" in parts else []
    off = ((listed - net) * 100 / listed).quantize(Decimal("0.1")) if listed else ZERO
    said = {
        "listed": (_("Before discount"), exact(listed)),
        "off": (_("Discount (%(share)s %%)") % {"share": off}, exact(net - listed)),
        "net": (_("Amount without tax"), exact(net)),
        "tax": (_("Tax (%(rate)s %%)") % {"rate": " / ".join(plain(t) for t in rates)} if rates else _("Tax"), exact(tax)),
    }
    return {"sums": [v for k, v in said.items() if k in parts], "total": exact(net + tax) if "total" in parts else ""}
