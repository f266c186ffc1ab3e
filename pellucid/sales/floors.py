"""How far who sends a quotation may go down with price and margin by himself, and who may go further."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import settings
from pellucid.kernel.records.amounts import CENT
from pellucid.products.line_table import plain

from .models import Quotation, QuotationLine

HUNDRED, WORST = Decimal(100), Decimal(-999_999_999_999)


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


def margin(net: Decimal, cost: Decimal | None) -> Decimal | None:
    """What is left of a hundred of what it is sold for; None where the cost is not known or nothing is asked. A price typed wrong may be
    far below the cost: beyond WORST it is WORST."""
    return max(((net - cost) * HUNDRED / net).quantize(CENT, ROUND_HALF_UP), WORST) if cost is not None and net else None


def seen_margin(lines: Sequence[QuotationLine]) -> Decimal | None:
    """The margin of the lines whose cost is known: one line in words does not hide what is lost on the others. Given away: WORST."""
    known = [line for line in lines if line.cost is not None]
    net, cost = (sum((getattr(line, name) for line in known), Decimal(0)) for name in ("net", "cost"))
    return WORST if cost > 0 and not net else margin(net, cost)


def low(lines: Sequence[QuotationLine], floor: Floor) -> bool:
    """Whether their margin is below the floor."""
    left = seen_margin(lines)
    return floor.margin is not None and left is not None and left < floor.margin


def beyond(unit: int, lines: Sequence[QuotationLine]) -> str:
    """Whose floor lines go below in a unit: the managers' (and so the seller's), the seller's only, or nobody's ("")."""
    for who in (Quotation.Below.MANAGER, Quotation.Below.SELLER):
        floor = set_for(who, unit)
        if deepest(lines, floor) is not None or low(lines, floor):
            return who
    return ""


def below(one: Quotation, lines: Sequence[QuotationLine], actor: Actor) -> str:
    """Why somebody may not send it as it stands, and who may; "" when he may."""
    floor = floor_of(actor, one.unit_id)
    if (line := deepest(lines, floor)) is not None:
        why = _("“%(line)s”: you may give %(may)s %% off, not %(given)s %%.") % {
            "line": line.name, "may": plain(floor.discount), "given": plain(line.discount)}  # fmt: skip
    elif low(lines, floor):
        why = _("The margin is below the floor of %(may)s %%.") % {"may": plain(floor.margin)}
    else:
        return ""
    if actor.may("quotation", "approve"):
        return f"{why} {_('Somebody who may approve every quotation of the company may send it.')}"
    return f"{why} {_('Somebody who may approve quotations, such as your manager, may send it.')}"
