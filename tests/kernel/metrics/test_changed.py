"""A change against a window, as people read it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import translation

from pellucid.kernel.metrics.table import changed


@pytest.mark.parametrize(
    ("name", "difference", "rate", "told"),
    [
        ("win_rate", "-0.0004", None, ("—", "")), ("win_rate", "-0.0151", None, ("−1.5 个百分点", "bad")),
        ("win_rate", "0.02", None, ("+2.0 个百分点", "ok")),
        ("new_leads", "3", "0.25", ("+25.0%", "ok")), ("new_leads", "1", "0.0001", ("—", "")), ("new_leads", "4", None, ("从 0 起", "ok")),
        ("new_leads", "0", None, ("", "")), ("new_leads", "120", "12.5", ("+1,250.0%", "ok")),
    ],
)  # fmt: skip
def test_a_change_that_rounds_to_none_is_a_dash_without_tone(name, difference, rate, told):
    cells = {f"{name}__previous_diff": Decimal(difference), f"{name}__previous_rate": Decimal(rate) if rate else None}
    with translation.override("zh-hans"):
        assert changed(cells, name, "previous") == told
