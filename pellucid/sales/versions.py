"""What changed from one version of a quotation to another: the terms, the sums, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .models import Quotation, QuotationLine

TERMS = ("customer", "opportunity", "contact", "currency", "valid_until", "payment", "delivery", "warranty", "terms")
SUMS = ("listed", "net", "amount", "cost", "margin")
OF_LINE = ("name", "quantity", "unit_price", "discount", "tax_rate")


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of either version: `old` None when it is new, `new` None when it is gone, and which of its fields differ."""

    old: QuotationLine | None
    new: QuotationLine | None
    fields: frozenset[str] = frozenset()

    @property
    def how(self) -> str:
        """added, removed, changed or same."""
        return "added" if self.old is None else "removed" if self.new is None else "changed" if self.fields else "same"

    @property
    def by(self) -> Decimal:
        """How much the amount without tax went up."""
        return (self.new.net if self.new else Decimal(0)) - (self.old.net if self.old else Decimal(0))


def terms(old: Quotation, new: Quotation) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of what is agreed besides the lines, where it differs."""
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in TERMS)
    return [(name, before, after) for name, before, after in pairs if before != after]


def sums(old: Quotation, new: Quotation) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of the sums, where they differ."""
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in SUMS)
    return [(name, before, after) for name, before, after in pairs if before != after]


def lines(old: Sequence[QuotationLine], new: Sequence[QuotationLine]) -> list[Changed]:
    """The lines of both, in the order of the new version, what is gone at the end. A line is the same if its product is, else its words;
    of several with one product, the first goes with the first."""
    waiting: dict[Any, list[QuotationLine]] = {}
    for line in old:
        waiting.setdefault(_key(line), []).append(line)
    out = []
    for line in new:
        same = waiting.get(_key(line))
        before = same.pop(0) if same else None
        out.append(Changed(before, line, _differ(before, line) if before is not None else frozenset()))
    gone = {line.pk for found in waiting.values() for line in found}
    return out + [Changed(line, None) for line in old if line.pk in gone]


def _key(line: QuotationLine) -> Any:
    return line.product_id or line.name


def _differ(old: QuotationLine, new: QuotationLine) -> frozenset[str]:
    return frozenset(name for name in OF_LINE if getattr(old, name) != getattr(new, name))
