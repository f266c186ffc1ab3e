"""Days, durations and amounts in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from pellucid.kernel.records import days, words

TUESDAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "chinese", "english"),
    [
        ("2026-11-24", "今天", "Today"),
        ("2026-11-23", "昨天", "Yesterday"),
        ("2026-11-25", "明天", "Tomorrow"),
        ("2026-11-28", "周六", "Sat"),
        ("2026-11-18", "周三", "Wed"),
        ("2026-11-17", "11-17", "11-17"),
        ("2026-12-01", "12-01", "12-01"),
        ("2025-11-23", "2025-11-23", "2025-11-23"),
    ],
)
def test_relative_days(day, chinese, english):
    assert words.relative_day(date.fromisoformat(day), TUESDAY, "zh-hans") == chinese
    assert words.relative_day(date.fromisoformat(day), TUESDAY, "en") == english


def test_moments_and_distances():
    assert words.moment(NOW - timedelta(hours=2), NOW, "zh-hans") == "今天 08:30"
    assert words.moment(NOW - timedelta(days=400), NOW, "en") == "2025-10-20 10:30"
    assert words.ago(NOW - timedelta(seconds=30), NOW, "zh-hans") == "刚刚"
    assert words.ago(NOW - timedelta(minutes=5), NOW, "zh-hans") == "5 分钟前"
    assert words.ago(NOW - timedelta(days=2, hours=5), NOW, "zh-hans") == "2 天前"
    assert words.ago(NOW - timedelta(days=95), NOW, "zh-hans") == "3 个月前"
    assert words.ago(NOW + timedelta(days=1), NOW, "en") == "in 1 day"
    assert words.ago(NOW - timedelta(hours=3), NOW, "en") == "3 hours ago"
    assert words.days_away(date(2026, 12, 3), TUESDAY, "zh-hans") == "9 天后"
    assert words.days_away(date(2026, 11, 23), TUESDAY, "en") == "1 day ago"
    assert words.days_away(TUESDAY, TUESDAY, "zh-hans") == "今天"


@pytest.mark.parametrize(
    ("length", "chinese", "english"),
    [
        (4800, "1 小时 20 分", "1 h 20 min"),
        (timedelta(days=2, hours=3, minutes=59), "2 天 3 小时", "2 d 3 h"),
        (3605, "1 小时", "1 h"),
        (45, "45 秒", "45 s"),
        (0, "0 分", "0 min"),
        (-90, "−1 分 30 秒", "−1 min 30 s"),
    ],
)
def test_durations(length, chinese, english):
    assert words.duration(length, "zh-hans") == chinese
    assert words.duration(length, "en") == english


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        ("4200000", "420.0 万", "4.2M"),
        ("-60000", "−6.0 万", "−60.0k"),
        ("62471234.5", "6,247.1 万", "62.5M"),
        ("12500", "1.3 万", "12.5k"),
        ("9999.5", "9,999.50", "9,999.50"),
        ("-300", "−300", "−300"),
        ("0", "0", "0"),
        ("-0.001", "0", "0"),
        ("999960", "100.0 万", "1.0M"),
        ("1500000000", "150,000.0 万", "1.5B"),
    ],
)
def test_money_in_short(amount, chinese, english):
    assert words.money(Decimal(amount), "zh-hans") == chinese
    assert words.money(Decimal(amount), "en") == english


@pytest.mark.parametrize(
    ("amount", "beside", "chinese", "english"),
    [
        ("5000", "193000", "0.5 万", "5,000"), ("-820", "-10000", "−0.08 万", "−820"), ("0", "193000", "0", "0"), ("5000", "9999", "5,000", "5,000"),
        ("193000", "0", "19.3 万", "193.0k"),
    ],
)  # fmt: skip
def test_amounts_beside_larger_ones_have_their_unit(amount, beside, chinese, english):
    assert words.money(Decimal(amount), "zh-hans", beside=Decimal(beside)) == chinese
    assert words.money(Decimal(amount), "en", beside=Decimal(beside)) == english


@pytest.mark.parametrize(
    ("amount", "chinese", "english"),
    [
        ("4200000", "420.0", "4,200.0"), ("167000", "16.7", "167.0"), ("2318.76", "0.2", "2.3"), ("-2318.76", "−0.2", "−2.3"), ("990", "0.10", "1.0"),
        ("318", "0.03", "0.3"), ("85.5", "0.0086", "0.09"), ("0", "0.0", "0.0"),
    ],
)  # fmt: skip
def test_amounts_of_a_column_have_one_unit(amount, chinese, english):
    assert words.amount(Decimal(amount), "zh-hans") == chinese
    assert words.amount(Decimal(amount), "en") == english


def test_money_exactly():
    assert words.money(Decimal("125000"), "zh-hans", places=2) == "12.50 万"
    assert words.money_exact(Decimal("4200000"), "zh-hans") == "4,200,000.00 元"
    assert words.money_exact(Decimal("-1286.405"), "en") == "CNY −1,286.41"
    assert words.money_exact(Decimal("12"), "zh-hans", "USD") == "USD 12.00"
    assert words.number(1286.4) == "1,286.4"
    assert words.percent(Decimal("0.375")) == "37.5%"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("420万", "4200000"),
        ("420 万元", "4200000"),
        ("4.2m", "4200000"),
        ("1,286.4", "1286.4"),
        ("￥1,286.40", "1286.4"),
        ("¥ 300", "300"),
        ("1.3亿", "130000000"),
        ("３００元", "300"),
        ("5k", "5000"),
        ("-12", "-12"),
        ("−12.5万", "-125000"),
        ("(1,200)", "-1200"),
        ("10w", "100000"),
        ("人民币 8 千元整", "8000"),
        ("USD 1 234 567", "1234567"),
        ("1200 rmb", "1200"),
        (".5", "0.5"),
        ("1'000'000", "1000000"),
        ("-¥5", "-5"),
        ("¥-5", "-5"),
        ("两", None),
        ("1,2,3", None),
        ("1.286,40", None),
        ("", None),
        ("nan", None),
        ("1e5", None),
        ("Infinity", None),
        ("4.2.1", None),
        ("12x", None),
        ("--5--", None),
        ("9" * 99, None),
    ],
)
def test_amounts_as_typed(typed, amount):
    if amount is None:
        with pytest.raises(ValueError, match="not an amount"):
            words.parse_money(typed)
    else:
        assert words.parse_money(typed) == Decimal(amount)


def test_every_offered_range_has_a_name_in_both_languages():
    assert words.range_name("this_week", "zh-hans") == "本周"
    assert words.range_name("last_month", "zh-hans") == "上个月"
    assert words.range_name("last_year", "zh-hans") == "去年"
    assert words.range_name("last_45_days", "zh-hans") == "最近 45 天"
    assert words.range_name("next_2_weeks", "en") == "Next 2 weeks"
    assert words.range_name("over_90_days_ago", "zh-hans") == "90 天以前"
    for name in days.RANGES:
        assert words.range_name(name, "en").isascii() and words.range_name(name, "zh-hans")[0] > "一"


def test_an_appointment_gone_by_is_not_read_as_the_coming_weekday() -> None:
    past, coming = NOW - timedelta(days=4), NOW + timedelta(days=3)
    assert words.due(past, NOW, "zh-hans") == "逾期 4 天"
    assert words.due(NOW - timedelta(days=1), NOW, "en") == "1 day overdue"
    assert words.due(coming, NOW, "zh-hans") == words.appointed(coming, NOW, "zh-hans") == words.moment(coming, NOW, "zh-hans")
    assert words.appointed(past, NOW, "en") == f"{past:%m-%d %H:%M}"


@pytest.mark.parametrize(("day", "english"), [
    ("2026-11-24", "today"), ("2026-11-23", "yesterday"), ("2026-11-21", "Sat"), ("2025-01-02", "2025-01-02")])
def test_a_day_within_a_sentence(day, english):
    assert words.that_day(date.fromisoformat(day), TUESDAY, "en") == english
    assert words.that_day(TUESDAY, TUESDAY, "zh-hans") == "今天"
