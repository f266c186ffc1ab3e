"""Priced lines as a table: how those of offers and orders look, which of their cells may be typed over, and what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import terms, words
from pellucid.kernel.records.amounts import cents
from pellucid.kernel.resources.cells import cells
from pellucid.kernel.resources.declare import resource_of
from pellucid.kernel.resources.fields import clear

from .models import PricedLine

TYPED = ("quantity", "unit_price", "discount")  # typed over where they stand
ZERO = Decimal(0)


def plain(value: Decimal | None) -> str:
    """A number without zeros behind it."""
    return f"{value.normalize():,f}" if value is not None else ""


def table(lines: Sequence[Any], actor: Actor, *, of: str, currency: str, may: bool, paste: str = "") -> dict[str, Any]:
    """The lines, each with the way to change it; the sums below. `of` names the lines' resource; `may`: what they belong to is still being
    made, and the actor may change it; `paste` is the address of the dialog for pasting some."""
    inside = clear(of, actor, "unit_cost", "cost")
    count = ngettext("%(n)s line", "%(n)s lines", len(lines)) % {"n": len(lines)}
    return {"lines": [row(at, line, actor, may=may, inside=inside) for at, line in enumerate(lines, 1)], "inside": inside, "extra": [],
            "note": _("%(n)s · %(currency)s, without tax") % {"n": count, "currency": currency}, "paste": paste if may else "",
            **sums(lines, actor, currency)}  # fmt: skip


def row(at: int, line: Any, actor: Actor, *, may: bool, inside: bool) -> dict[str, Any]:
    """A line: what, how much, at what price."""
    here = f"/{resource_of(type(line)).path}/{line.pk}"
    margin = (line.net - line.cost) * 100 / line.net if inside and line.cost is not None and line.net else None
    return {"n": at, "href": here, "edit": f"{here}/edit" if may else "", "cells": cells(line, TYPED, actor) if may else {}, "name": line.name,
            "under": line.product.number if line.product else "", "quantity": plain(line.quantity),
            "uom": terms.label(line.uom_id, actor.language) if line.uom_id else "", "price": plain(line.unit_price or ZERO),
            "discount": _("Free") if line.discount == 100 else f"{plain(line.discount)}%", "net": words.number(line.net, 2),
            "margin": f"{max(margin, Decimal('-999.9')):.1f}" if margin is not None else "", "tones": {}, "extra": []}  # fmt: skip


def sums(lines: Sequence[PricedLine], actor: Actor, currency: str) -> dict[str, Any]:
    """What the lines come to, from the list to the last cent."""
    show = show_for(actor)

    def exact(amount: Decimal) -> str:
        return words.money_exact(amount, show.language, currency)

    listed = sum((cents(Decimal(line.quantity) * Decimal(line.unit_price or 0)) for line in lines), ZERO)
    net, tax = (sum((getattr(line, name) for line in lines), ZERO) for name in ("net", "tax"))
    rates = sorted({line.tax_rate for line in lines if line.tax_rate is not None})
    off = ((listed - net) * 100 / listed).quantize(Decimal("0.1")) if listed else ZERO
    return {"sums": [
        (_("Before discount"), exact(listed)),
        (_("Discount (%(share)s %%)") % {"share": off}, exact(net - listed)),
        (_("Amount without tax"), exact(net)),
        (_("Tax (%(rate)s %%)") % {"rate": " / ".join(plain(t) for t in rates)} if rates else _("Tax"), exact(tax)),
    ], "total": exact(net + tax)}  # fmt: skip
