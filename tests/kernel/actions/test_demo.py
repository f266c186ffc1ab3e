"""The demo company's moment: a step never begins anything in the future of its own transaction, at whatever hour it is played."""

from __future__ import annotations

import pytest
from django.db import connection

from pellucid.kernel.actions import demo
from pellucid.kernel.records import days


@pytest.mark.django_db
def test_a_steps_now_is_that_of_its_transaction(monkeypatch):
    seen: list[demo.Stage] = []
    monkeypatch.setitem(demo._steps, 9999, ("样本", seen.append))
    demo.play(9999)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        assert seen[0].now == cursor.fetchone()[0]
    assert seen[0].today == days.day_of(seen[0].now)
