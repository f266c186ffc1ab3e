"""Sums of money are split to the cent, and nothing of them is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.kernel.records.amounts import cents, split
from tests.counts import PROOF

MONEY = st.decimals("-99999999.99", "99999999.99", places=2)
WEIGHTS = st.lists(st.decimals("0", "1000", places=4), min_size=1, max_size=40).filter(any)


@settings(max_examples=10_000 if PROOF else 300, deadline=None)
@given(MONEY, WEIGHTS)
def test_parts_add_up_and_none_is_a_cent_away_from_its_share(amount, weights):
    parts = split(amount, weights)
    assert sum(parts, Decimal(0)) == amount
    total = sum(weights)
    assert all(abs(part - amount * w / total) < Decimal("0.01") for part, w in zip(parts, weights, strict=True))
    assert all(part == cents(part) for part in parts)


def test_the_largest_remainder_gets_the_cent():
    D = Decimal
    assert split(D("100"), [D(1), D(1), D(1)]) == [D("33.34"), D("33.33"), D("33.33")]
    assert split(D("0.05"), [D(30), D(60), D(10)]) == [D("0.02"), D("0.03"), D("0")]
    assert split(D("-10"), [D(1), D(2)]) == [D("-3.33"), D("-6.67")]
    assert [cents(D("2.345")), cents(D("-2.345"))] == [D("2.35"), D("-2.35")]
    with pytest.raises(ValueError, match="above zero"):
        split(D(1), [D(0)])
