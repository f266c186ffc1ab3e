"""What whoever is asked about a quotation sees beside the request: what was given away, what is left, how far below whose floor each line is,
what this customer usually gets, and what is different from the version before."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.processes.showing import withheld
from pellucid.kernel.records import days, words
from pellucid.kernel.resources.declare import Panel, place
from pellucid.kernel.resources.fields import clear
from pellucid.products.line_table import plain

from . import quotation_pages, selectors
from .floors import Floor, seen_margin, set_for
from .models import Quotation, QuotationLine

B = Quotation.Below
LATELY = 365  # days of agreed quotations that show what is usual


def shares(request: ProcessInstance, one: Quotation, actor: Actor) -> tuple[bool, bool]:
    """Whether the reader may see discounts here, and margins: his field rights decide, and what the step keeps to itself."""
    hidden = withheld(request, actor)
    prices = clear("quotation", actor, "listed", "net") and clear("quotationline", actor, "name", "discount", "net")
    inside = clear("quotation", actor, "cost", "margin") and clear("quotationline", actor, "cost", "margin")
    return prices and not any(map(hidden, ("listed", "net"))), inside and not any(map(hidden, ("cost", "margin")))


def floors_of(one: Quotation) -> tuple[Floor, Floor]:
    """(the seller's, the managers') floor in its unit."""
    return set_for(B.SELLER, one.unit_id), set_for(B.MANAGER, one.unit_id)


def figures(request: ProcessInstance, actor: Actor) -> dict[str, Any] | None:
    """The discount beside the usual one, and the margin beside its floor."""
    one = selectors.asked_about(request.resource, request.record_id)
    if one is None:
        return None
    (prices, inside), out = shares(request, one, actor), []
    seller, _managers = floors_of(one)
    if prices:
        usual, n = usual_off(one, actor)
        said = ngettext("usually %(off)s %% (%(n)s agreed within a year)", "usually %(off)s %% (%(n)s agreed within a year)", n)
        note = said % {"off": plain(usual), "n": n} if n else _("nothing agreed within a year")
        over = n and quotation_pages.off(one) > usual
        out.append({"label": _("Discount"), "value": f"{quotation_pages.off(one)}%", "note": note, "tone": "warn" if over else ""})
    if inside and one.margin is not None:
        left = seen_margin(selectors.offered_lines(one))
        short = seller.margin is not None and left is not None and left < seller.margin
        note = (_("below the floor of %(n)s %%") if short else _("Floor %(n)s %%")) % {"n": plain(seller.margin)}
        out.append({"label": _("Gross margin"), "value": f"{words.number(one.margin, 1)}%", "note": note, "tone": "bad" if short else "",
                    "of": "margin"})  # fmt: skip
    return {"facts": out}


def usual_off(one: Quotation, actor: Actor) -> tuple[Decimal, int]:
    """(the median discount, of how many) of what this customer agreed to lately, within what the reader may see."""
    found = [quotation_pages.off(q) for q in selectors.agreed_lately(one, actor, days.today(), LATELY)]
    return (Decimal(median(found)).quantize(Decimal("0.1")), len(found)) if found else (Decimal(0), 0)


def below(request: ProcessInstance, actor: Actor) -> dict[str, Any] | None:
    """The lines that are below a floor, each with the floor and how far it is below it."""
    one = selectors.asked_about(request.resource, request.record_id)
    if one is None or not one.below_floor:
        return None
    prices, inside = shares(request, one, actor)
    if not prices:
        return None
    lines = selectors.offered_lines(one)
    seller, managers = floors_of(one)
    rows = [row for line in lines for row in gaps(line, seller, managers, inside, actor)]
    return {"rows": rows, "inside": inside, "note": whose(one, lines, seller, managers), "n": len({row["n"] for row in rows})} if rows else None


def gaps(line: QuotationLine, seller: Floor, managers: Floor, inside: bool, actor: Actor) -> list[dict[str, Any]]:
    """Where a line is below: its discount above the highest, its margin below the lowest."""
    base = {"n": line.pk, "name": line.name, "net": words.money(line.net, actor.language)}
    out, left = [], seen_margin([line])
    if line.discount > seller.discount:
        out.append(base | {"what": _("Discount"), "is": f"{plain(line.discount)}%", "floor": f"≤ {plain(seller.discount)}%",
                           "gap": points(line.discount - seller.discount), "deep": line.discount > managers.discount})
    if inside and left is not None and seller.margin is not None and left < seller.margin:
        deep = managers.margin is not None and left < managers.margin
        out.append(base | {"what": _("Gross margin"), "is": f"{words.number(left, 1)}%", "floor": f"≥ {plain(seller.margin)}%",
                           "gap": points(seller.margin - left), "deep": deep})
    return out


def points(by: Decimal) -> str:
    """How far, in points of a per cent."""
    return _("%(n)s points below the floor") % {"n": plain(by.quantize(Decimal("0.1")))}


def whose(one: Quotation, lines: Sequence[QuotationLine], seller: Floor, managers: Floor) -> str:
    """Whose floor it is, in a line."""
    if one.below_floor == B.MANAGER:
        return _("also below the floor of managers (%(n)s %% off)") % {"n": plain(managers.discount)}
    return _("below the floor of sellers")


def compared(request: ProcessInstance, actor: Actor) -> dict[str, Any] | None:
    """What is different from the version before."""
    one = selectors.asked_about(request.resource, request.record_id)
    if one is None or one.edition < 2 or not all(shares(request, one, actor)):
        return None
    return quotation_pages.compared(one, actor)


place(
    Panel("processinstance", "sales.figures", gettext_lazy("At a glance"), "", figures, place="strip", needs="quotation.view", position=10),
    Panel("processinstance", "sales.below", gettext_lazy("Lines below the floor"), "sales/below.html", below, needs="quotation.view", position=5),
    Panel("processinstance", "sales.compared", gettext_lazy("Compared"), "sales/compared.html", compared, needs="quotation.view", position=7),
)
