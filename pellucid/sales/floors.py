"""How far who sends a quotation may go down with price and margin by himself, and who may go further."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import settings
from pellucid.products.line_table import plain

from .models import Quotation, QuotationLine


class Floor(NamedTuple):
    """The highest discount on a line and the lowest margin of the whole, in per cent; `margin` None: none."""

    discount: Decimal
    margin: Decimal | None


def floor_of(actor: Actor, unit: int) -> Floor:
    """The floor of who may edit quotations of a unit; of who may approve them; none for who may approve all of them."""
    if actor.rights is None or actor.rights.scope("quotation", "approve").all:
        return Floor(Decimal(100), None)
    return set_for("manager" if actor.may("quotation", "approve") else "seller", unit)


def set_for(who: str, unit: int) -> Floor:
    """The floor that is set for sellers or managers of a unit."""
    return Floor(Decimal(settings.get(f"sales.discount_{who}", unit)), Decimal(settings.get(f"sales.margin_{who}", unit)))


def deepest(lines: Sequence[QuotationLine], floor: Floor) -> QuotationLine | None:
    """The line with the highest discount, if that is beyond the floor."""
    line = max(lines, key=lambda found: found.discount, default=None)
    return line if line is not None and line.discount > floor.discount else None


def beyond(unit: int, margin: Decimal | None, lines: Sequence[QuotationLine]) -> str:
    """Whose floor lines with this margin go below in a unit: the managers' (and so the seller's), the seller's only, or nobody's ("")."""
    for who in (Quotation.Below.MANAGER, Quotation.Below.SELLER):
        floor = set_for(who, unit)
        if deepest(lines, floor) is not None or floor.margin is not None and margin is not None and margin < floor.margin:
            return who
    return ""


def below(one: Quotation, lines: Sequence[QuotationLine], actor: Actor) -> str:
    """Why somebody may not send it as it stands, and who may; "" when he may."""
    floor = floor_of(actor, one.unit_id)
    if (line := deepest(lines, floor)) is not None:
        why = _("“%(line)s”: you may give %(may)s %% off, not %(given)s %%.") % {
            "line": line.name, "may": plain(floor.discount), "given": plain(line.discount)}  # fmt: skip
    elif floor.margin is not None and one.margin is not None and one.margin < floor.margin:
        why = _("The margin is below the floor of %(may)s %%.") % {"may": plain(floor.margin)}
    else:
        return ""
    if actor.may("quotation", "approve"):
        return f"{why} {_('Somebody who may approve every quotation of the company may send it.')}"
    return f"{why} {_('Somebody who may approve quotations, such as your manager, may send it.')}"
