"""How lines are pasted out of a spreadsheet: which columns they have without headings, and what the dialog asks for."""

from __future__ import annotations

from typing import Annotated

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.actions.declare import Ask
from pellucid.kernel.exchange.pasting import never_called

PASTED = ("product", "quantity", "unit_price", "discount")  # columns of a text without headings
IN_WORDS = {"product": "name"}  # a product nobody knows is a line in words
COSTS_NOTHING = _("A line in words has no cost and no list price: nobody sees what is earned by it. Correct the name, or keep it so.")
PASTED_TEXT = Annotated[str, Ask(_("Lines"), kind="longtext", cells=True, max_length=60_000, help=_(
    "Copy rows out of Excel: product (number or name), quantity, unit price, discount. Other columns: copy their headings along."))]

for line in ("quotationline", "orderline"):  # what a price holds besides is not said by its column alone: with tax it is another figure
    never_called(line, r"(?<![不未非])含税|价税|税后|incl|with tax|gross")
