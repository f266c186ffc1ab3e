"""Working time: exact values in Shanghai around holidays, make-up Saturdays and days without hours; laws on random calendars."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.kernel.records.days.holidays import of_year
from pellucid.kernel.records.days.working import Hours, parse_hours, say_hours
from tests.counts import count

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = parse_hours("09:00-12:00 13:00-18:00")
WEEK = (OFFICE,) * 5 + ((), ())


def at(text: str, zone: ZoneInfo = SHANGHAI) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def china(*years: int) -> Hours:
    return Hours(WEEK, {day: () if h.free else OFFICE for year in years for day, h in of_year("cn", year).items()}, SHANGHAI)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("9-12, 13:30-18", "09:00-12:00 13:30-18:00"),
        ("13：00～17：30；9:00至12:00", "09:00-12:00 13:00-17:30"),
        ("0:00-24:00", "00:00-24:00"),
        ("", ""),
    ],
)
def test_hours_are_read_as_people_type_them(text, said):
    assert say_hours(parse_hours(text)) == said


@pytest.mark.parametrize("text", ["9", "12-9", "9-12 11-13", "25:00-26:00", "9:75-10", "nine to five", "9-12x"])
def test_what_is_no_hours_is_refused(text):
    with pytest.raises(ValueError):
        parse_hours(text)


@pytest.mark.parametrize(
    ("since", "minutes", "due"),
    [
        ("2026-03-02T09:00", 30, "2026-03-02T09:30"),  # a Monday
        ("2026-03-02T11:45", 30, "2026-03-02T13:15"),  # over lunch
        ("2026-03-02T17:30", 60, "2026-03-03T09:30"),  # over night
        ("2026-03-06T17:00", 60, "2026-03-06T18:00"),  # runs out as work ends
        ("2026-03-06T17:00", 61, "2026-03-09T09:01"),  # over the weekend
        ("2026-03-07T03:00", 480, "2026-03-09T18:00"),  # begins on a Saturday: all of Monday
        ("2026-03-02T20:00", 0, "2026-03-02T20:00"),
        ("2026-03-02T09:30", -30, "2026-03-02T09:00"),
        ("2026-03-09T09:01", -61, "2026-03-06T17:00"),
        ("2026-09-30T17:00", 120, "2026-10-08T10:00"),  # over the National Day week (1 to 7 October)
        ("2026-09-18T17:00", 120, "2026-09-20T10:00"),  # Sunday 20 September 2026 is worked
        ("2026-02-13T17:30", 60, "2026-02-14T09:30"),  # Saturday 14 February 2026 is worked before the Spring Festival
        ("2026-02-14T17:30", 60, "2026-02-24T09:30"),  # then free from the 15th to the 23rd
    ],
)
def test_due_in_shanghai(since, minutes, due):
    assert china(2026).add(at(since), minutes) == at(due)


def test_minutes_between():
    hours = china(2026)
    assert hours.between(at("2026-03-02T08:00"), at("2026-03-02T20:00")) == 480
    assert hours.between(at("2026-03-02T11:30"), at("2026-03-02T13:30")) == 60
    assert hours.between(at("2026-09-28T00:00"), at("2026-10-12T00:00")) == 6 * 480  # 28-30, 8, 9 and Saturday the 10th
    assert hours.between(at("2026-03-03T10:00"), at("2026-03-02T17:00")) == -120
    assert hours.between(at("2026-03-07T00:00"), at("2026-03-09T00:00")) == 0


def test_days_without_hours_stop_the_clock_and_own_hours_count():
    closed = dt.date(2026, 3, 3)
    hours = Hours(WEEK, {closed: (), dt.date(2026, 3, 4): parse_hours("14:00-15:00")}, SHANGHAI)
    assert hours.add(at("2026-03-02T17:00"), 90) == at("2026-03-04T14:30")
    assert hours.of_day(closed) == 0 and not hours.works_at(at("2026-03-03T10:00"))
    assert hours.add(at("2026-03-03T10:00"), 61) == at("2026-03-05T09:01")


def test_a_week_without_hours_is_no_calendar():
    with pytest.raises(ValueError):
        Hours(((),) * 7)


def test_zones_with_summer_time_keep_their_wall_clock():
    berlin = Hours((parse_hours("01:00-04:00"),) * 7, {}, ZoneInfo("Europe/Berlin"))
    assert berlin.of_day(dt.date(2026, 3, 29)) == 180
    # clocks go from 02:00 to 03:00: of the three hours two can be worked
    assert berlin.between(at("2026-03-29T00:00", berlin.zone), at("2026-03-29T12:00", berlin.zone)) == 120
    assert berlin.add(at("2026-03-29T00:00", berlin.zone), 120) == at("2026-03-29T04:00", berlin.zone)


spans = st.lists(st.integers(0, 96), min_size=0, max_size=6, unique=True).map(
    lambda cuts: tuple((a * 15, b * 15) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
)
weeks = st.tuples(*(spans for _ in range(7))).filter(any)
differing = st.dictionaries(st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 31)), spans, max_size=30)
moments = st.datetimes(dt.datetime(2025, 12, 1), dt.datetime(2026, 4, 30)).map(lambda m: m.replace(tzinfo=dt.UTC))


@settings(max_examples=count(200, 20_000), deadline=None)
@given(weeks, differing, moments, st.integers(0, 6000), st.integers(0, 6000))
def test_laws(week, days, moment, first, second):
    hours = Hours(week, days, SHANGHAI)
    due = hours.add(moment, first)
    assert due >= moment and hours.between(moment, due) == first
    assert hours.add(due, second) == hours.add(moment, first + second) or first == 0 or second == 0
    if first:  # the very first such moment
        assert hours.between(moment, due - dt.timedelta(seconds=1)) == first - 1
        back = hours.add(due, -first)
        assert back >= moment and hours.between(back, due) == first
    assert hours.between(moment, due) + hours.between(due, hours.add(due, second)) == first + second
