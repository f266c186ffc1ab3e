"""E1: which days are compared with which, and the buckets of a period."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.kernel.metrics.windows import compared, edges, previous, step_of, year_before
from pellucid.kernel.records.days import Days, cut, shift


def span(first: str, last: str) -> Days:
    return Days(dt.date.fromisoformat(first), dt.date.fromisoformat(last) + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("window", "months", "gives"),
    [
        (span("2026-02-01", "2026-02-28"), 12, span("2025-02-01", "2025-02-28")),
        (span("2028-02-01", "2028-02-29"), 12, span("2027-02-01", "2027-02-28")),
        (span("2029-01-01", "2029-02-28"), 12, span("2028-01-01", "2028-02-29")),
        (span("2028-02-29", "2028-02-29"), 12, span("2027-02-28", "2027-02-28")),
        (span("2026-03-01", "2026-03-30"), 1, span("2026-02-01", "2026-02-28")),
        (span("2026-02-01", "2026-02-28"), 1, span("2026-01-01", "2026-01-31")),
        (span("2026-01-01", "2026-02-10"), 3, span("2025-10-01", "2025-11-10")),
        (span("2026-01-01", "2026-11-23"), 12, span("2025-01-01", "2025-11-23")),
    ],
)
def test_the_same_part_of_an_earlier_period(window, months, gives):
    assert shift(window, -months) == gives


def test_the_period_before_steps_by_its_own_length():
    assert previous(span("2026-11-23", "2026-11-24"), "week") == span("2026-11-16", "2026-11-17")
    assert previous(span("2026-11-01", "2026-11-24"), "month") == span("2026-10-01", "2026-10-24")
    assert previous(span("2026-10-01", "2026-11-24"), "quarter") == span("2026-07-01", "2026-08-24")
    assert previous(span("2026-01-01", "2026-11-24"), "year") == span("2025-01-01", "2025-11-24")
    assert previous(span("2026-11-10", "2026-11-14")) == span("2026-11-05", "2026-11-09")


def test_a_week_is_compared_with_the_week_of_its_number():
    assert year_before(span("2026-11-23", "2026-11-29"), "week") == span("2025-11-24", "2025-11-30")  # both are week 48
    assert year_before(span("2026-12-28", "2027-01-03"), "week") is None  # 2025 has no week 53


def test_an_unfinished_period_is_compared_up_to_the_same_day():
    asof = dt.date(2026, 11, 24)
    month = Days(dt.date(2026, 11, 1), dt.date(2026, 12, 1))
    assert compared(month, ("previous", "year"), step_of("this_month"), asof) == {
        "previous": span("2026-10-01", "2026-10-24"), "year": span("2025-11-01", "2025-11-24")}  # fmt: skip
    assert cut(month, dt.date(2026, 10, 5)) == Days(dt.date(2026, 11, 1), dt.date(2026, 11, 1))


def test_buckets_begin_with_the_window_and_then_with_their_step():
    day = dt.date
    assert edges(span("2026-01-15", "2026-03-02"), "month") == [day(2026, 1, 15), day(2026, 2, 1), day(2026, 3, 1)]
    assert edges(span("2026-11-19", "2026-12-01"), "week") == [day(2026, 11, 19), day(2026, 11, 23), day(2026, 11, 30)]
    assert edges(span("2025-12-31", "2026-04-01"), "quarter") == [day(2025, 12, 31), day(2026, 1, 1), day(2026, 4, 1)]
    assert len(edges(span("2028-02-01", "2028-02-29"), "day")) == 29
