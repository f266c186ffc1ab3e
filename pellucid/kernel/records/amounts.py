"""Sums of money: to the cent, half up; and split so that the parts add up (largest remainder)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    """To the cent, half up."""
    return value.quantize(CENT, ROUND_HALF_UP)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Parts of a sum of money by weight, to the cent; they add up to it exactly. Largest remainder (Hamilton's method), the earlier part
    first where remainders are equal. ValueError without a weight above zero, or with one below."""
    total = sum(weights, Decimal(0))
    if total <= 0 or any(w < 0 for w in weights):
        raise ValueError("a sum is split by weights of zero or more, at least one above zero")
    sign, left = (-1 if amount < 0 else 1), abs(amount)
    exact = [left * w / total for w in weights]
    parts = [e.quantize(CENT, ROUND_FLOOR) for e in exact]
    over = int((left - sum(parts, Decimal(0))) / CENT)
    first = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in first[:over]:
        parts[n] += CENT
    return [sign * p for p in parts]
