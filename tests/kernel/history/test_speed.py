"""What the past costs a single change."""

from __future__ import annotations

import statistics
import time

import psycopg
import pytest

from tests.kernel.history.test_audit import new


@pytest.mark.proof
def test_a_change_of_one_temporal_field_costs_at_most_a_millisecond_more(scratch: psycopg.Connection) -> None:
    ids = new(scratch, 2000)
    scratch.execute("ANALYZE")

    def median() -> float:
        taken = []
        for i in ids[:600]:
            start = time.perf_counter()
            scratch.execute("UPDATE thing SET stage = stage + 1 WHERE id = %s", [i])
            taken.append(time.perf_counter() - start)
        return statistics.median(taken) * 1000

    kept = median()
    scratch.execute("ALTER TABLE thing DISABLE TRIGGER USER")
    assert kept - median() < 1.0


def test_many_rows_after_one_take_no_plan_for_one(scratch: psycopg.Connection) -> None:
    """The plan of a statement over transition tables is kept: 10,000 rows with the plan for one row would take a minute."""
    new(scratch, 10_000)
    for limit in (1, 1, 10_000):
        start = time.perf_counter()
        for change in ("stage = stage + 1", "note = stage::text"):
            scratch.execute(f"UPDATE thing SET {change} WHERE id IN (SELECT id FROM thing ORDER BY id DESC LIMIT %s)", [limit])
        assert time.perf_counter() - start < 8
    with scratch.transaction():
        scratch.execute("SET LOCAL pellucid.valid_at = '2026-01-01+00'")
        start = time.perf_counter()
        scratch.execute("UPDATE thing SET owner_id = 3")
        assert time.perf_counter() - start < 8
    start = time.perf_counter()
    scratch.execute("DELETE FROM thing")
    assert time.perf_counter() - start < 8
