"""The company's day: ranges, zones, and dates as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days, ranges

TUESDAY = date(2026, 11, 24)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_a_day_begins_and_ends_in_the_companys_zone():
    assert days.start_of(TUESDAY, SHANGHAI) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert days.end_of(TUESDAY, SHANGHAI) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert days.day_of(datetime(2026, 11, 24, 16, tzinfo=UTC), SHANGHAI) == date(2026, 11, 25)
    assert days.moments(Days(TUESDAY, None), SHANGHAI) == (datetime(2026, 11, 23, 16, tzinfo=UTC), None)


def test_a_day_of_summer_time_has_23_hours():
    berlin = ZoneInfo("Europe/Berlin")
    change = date(2026, 3, 29)
    assert (days.end_of(change, berlin) - days.start_of(change, berlin)).total_seconds() == 23 * 3600


def test_the_settings_name_the_zone_and_the_fiscal_start(monkeypatch):
    monkeypatch.setattr(ranges, "_zone_name", ranges._zone_name)
    monkeypatch.setattr(ranges, "_fiscal_start", ranges._fiscal_start)
    assert (days.zone().key, days.fiscal_start()) == ("Asia/Shanghai", 1)
    days.read_settings_from(zone_name=lambda: "Europe/Berlin", fiscal_start=lambda: 4)
    assert days.zone().key == "Europe/Berlin"
    assert days.fiscal_year(date(2026, 3, 31)) == Days(date(2025, 4, 1), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("name", "first", "until"),
    [
        ("today", "2026-11-24", "2026-11-25"),
        ("yesterday", "2026-11-23", "2026-11-24"),
        ("this_week", "2026-11-23", "2026-11-30"),
        ("last_week", "2026-11-16", "2026-11-23"),
        ("next_week", "2026-11-30", "2026-12-07"),
        ("this_month", "2026-11-01", "2026-12-01"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("this_quarter", "2026-10-01", "2027-01-01"),
        ("last_quarter", "2026-07-01", "2026-10-01"),
        ("this_year", "2026-01-01", "2027-01-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("last_30_days", "2026-10-26", "2026-11-25"),
        ("next_7_days", "2026-11-24", "2026-12-01"),
        ("last_2_weeks", "2026-11-11", "2026-11-25"),
        ("last_3_months", "2026-08-25", "2026-11-25"),
        ("next_1_months", "2026-11-24", "2026-12-24"),
    ],
)
def test_relative_ranges(name, first, until):
    assert days.relative(name, TUESDAY) == Days(date.fromisoformat(first), date.fromisoformat(until))


def test_open_ranges_and_unknown_names():
    assert days.relative("overdue", TUESDAY) == Days(None, TUESDAY)
    assert days.relative("over_90_days_ago", TUESDAY) == Days(None, date(2026, 8, 26))
    assert TUESDAY not in days.relative("overdue", TUESDAY)
    assert date(1970, 1, 1) in days.relative("overdue", TUESDAY)
    assert days.is_range("last_45_days") and not days.is_range("2026-11-24")
    assert days.relative("last_0_days", TUESDAY) is None
    assert days.relative("this_moon", TUESDAY) is None
    assert days.relative("next_99999_months", TUESDAY) is None
    assert all(days.relative(name, TUESDAY) for name in days.RANGES)


def test_fiscal_years_and_quarters():
    assert days.fiscal_year(TUESDAY, 4) == Days(date(2026, 4, 1), date(2027, 4, 1))
    assert days.fiscal_quarter(TUESDAY, 5) == Days(date(2026, 11, 1), date(2027, 2, 1))
    assert days.fiscal_quarter(date(2026, 1, 31), 2) == Days(date(2025, 11, 1), date(2026, 2, 1))


def test_compared_ranges():
    assert days.previous(Days(date(2026, 10, 1), date(2027, 1, 1))) == Days(date(2026, 7, 1), date(2026, 10, 1))
    assert days.previous(Days(date(2026, 11, 23), date(2026, 11, 30))) == Days(date(2026, 11, 16), date(2026, 11, 23))
    assert days.year_before(Days(date(2024, 2, 29), date(2024, 3, 1))) == Days(date(2023, 2, 28), date(2023, 3, 1))
    assert days.add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-11-23", "2026-11-23"),
        ("2026/11/3", "2026-11-03"),
        ("2026.1.3", "2026-01-03"),
        ("20261123", "2026-11-23"),
        ("11-23", "2026-11-23"),
        ("1/3", "2026-01-03"),
        ("23/11/2026", "2026-11-23"),
        ("11/23/2026", "2026-11-23"),
        ("２０２６－１１－２３", "2026-11-23"),
        ("2026年11月23日", "2026-11-23"),
        ("11月23号", "2026-11-23"),
        ("明年1月5日", "2027-01-05"),
        ("今天", "2026-11-24"),
        ("明天", "2026-11-25"),
        ("大后天", "2026-11-27"),
        ("昨天", "2026-11-23"),
        ("前天", "2026-11-22"),
        ("下周三", "2026-12-02"),
        ("本周五", "2026-11-27"),
        ("这周日", "2026-11-29"),
        ("上周一", "2026-11-16"),
        ("下下周一", "2026-12-07"),
        ("周三", "2026-11-25"),
        ("星期二", "2026-11-24"),
        ("礼拜天", "2026-11-29"),
        ("下个月5号", "2026-12-05"),
        ("25号", "2026-11-25"),
        ("3天后", "2026-11-27"),
        ("两周后", "2026-12-08"),
        ("十二天前", "2026-11-12"),
        ("一个月后", "2026-12-24"),
        ("半年后", "2027-05-24"),
        ("月底", "2026-11-30"),
        ("季度末", "2026-12-31"),
        ("年底", "2026-12-31"),
        ("today", "2026-11-24"),
        ("Tomorrow", "2026-11-25"),
        ("wed", "2026-11-25"),
        ("next wednesday", "2026-12-02"),
        ("last fri", "2026-11-20"),
        ("in 3 days", "2026-11-27"),
        ("a week ago", "2026-11-17"),
        ("2 weeks from now", "2026-12-08"),
        ("next month", "2026-12-01"),
        ("next week", "2026-11-30"),
        ("23 Nov", "2026-11-23"),
        ("Nov 23, 2025", "2025-11-23"),
        ("1st December 2026", "2026-12-01"),
        ("eom", "2026-11-30"),
    ],
)
def test_days_as_typed(typed, meant):
    assert days.parse(typed, today=TUESDAY) == date.fromisoformat(meant)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 3pm", "2026-11-25T15:00"),
        ("明天下午3点", "2026-11-25T15:00"),
        ("下周三 上午9点半", "2026-12-02T09:30"),
        ("后天15:30", "2026-11-26T15:30"),
        ("2026-11-23 14:05", "2026-11-23T14:05"),
        ("2026-11-23T14:05:09", "2026-11-23T14:05:09"),
        ("今晚8点", "2026-11-24T20:00"),
        ("明早九点", "2026-11-25T09:00"),
        ("今天晚上八点一刻", "2026-11-24T20:15"),
        ("11-23 中午12点", "2026-11-23T12:00"),
        ("14:00", "2026-11-24T14:00"),
        ("12am", "2026-11-24T00:00"),
        ("fri at 9:15 am", "2026-11-27T09:15"),
        ("十点二十分", "2026-11-24T10:20"),
        ("明天晚上12点", "2026-11-25T00:00"),
    ],
)
def test_moments_as_typed(typed, meant):
    expected = datetime.fromisoformat(meant)
    assert days.parse(typed, today=TUESDAY) == expected
    assert days.parse_day(typed, today=TUESDAY) == expected.date()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "soon",
        "2024-02-30",
        "13-45",
        "3/4/2026",
        "25:00",
        "13pm",
        "下周八",
        "32号",
        "9999年99月99日",
        "x" * 9999,
        "0 天",
        "99/99",
        "²",
    ],
)
def test_what_is_not_a_day_is_refused(typed):
    with pytest.raises(ValueError, match="not a day"):
        days.parse(typed, today=TUESDAY)


def test_a_written_offset_makes_the_moment_aware():
    assert days.parse("2026-11-23T14:05:00Z") == datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    assert days.parse("2026-11-23T14:05:00.25+08:00") == datetime(2026, 11, 23, 6, 5, 0, 250000, tzinfo=UTC)


def test_the_order_of_day_and_month_is_said_not_guessed():
    assert days.parse("3/4/2026", today=TUESDAY, order="dmy") == date(2026, 4, 3)
    assert days.parse("3/4/2026", today=TUESDAY, order="mdy") == date(2026, 3, 4)
    assert days.parse("4/4/2026", today=TUESDAY) == date(2026, 4, 4)
