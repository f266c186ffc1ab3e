"""Dates and times as people type them, in Chinese and English: 11-23, 下周三, 月底, tomorrow 3pm, 23 Nov."""

from __future__ import annotations

import re
import unicodedata
from calendar import month_abbr, month_name
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Literal

from . import ranges

Order = Literal["dmy", "mdy"]
_MONTHS = {name.lower(): n for n in range(1, 13) for name in (month_name[n], month_abbr[n])} | {"sept": 9}
_WEEKDAYS_EN = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
_WEEKDAYS_ZH = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6, "末": 5}
_NEAR = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1,
    "后天": 2, "大后天": 3, "yesterday": -1, "today": 0, "tomorrow": 1, "tmr": 1,
}  # fmt: skip
_DIGITS_ZH = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_ZH_NUMBER = r"\d{1,4}|[一二两三四五六七八九十]{1,3}"

_TIME_12 = re.compile(r"(?:^|\s|at\s*)(\d{1,2})(?::(\d{2}))?\s*([ap])\.?m\.?$")
_TIME_24 = re.compile(r"(?<![\d:])t?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$")
_TIME_ZH = re.compile(
    rf"(凌晨|清晨|早上|早|上午|中午|下午|傍晚|晚上|晚)?\s*({_ZH_NUMBER})(?:[点时](?:(半)|(一刻|三刻)|(\d{{1,2}}|[一二三四五六七八九十]{{1,3}})分?|整)?|:(\d{{2}}))$"
)
_DAY_PARTS = re.compile(r"^(今|明|昨)(晚|早)(?!上)")
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[t ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(z|[+-]\d{2}:?\d{2})?$")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_SHORT = re.compile(r"(\d{1,2})[-/.](\d{1,2})$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_ZH_DATE = re.compile(r"(?:(\d{4}|今|明|去|后)年)?(\d{1,2})月(\d{1,2})[日号]?$")
_ZH_DAY = re.compile(r"(本|这个?|下个?|上个?)?月?(\d{1,2})[日号]$")
_ZH_WEEKDAY = re.compile(r"(本|这个?|下下个?|下个?|上上个?|上个?)?(?:周|星期|礼拜)([一二三四五六日天末])$")
_ZH_AWAY = re.compile(rf"({_ZH_NUMBER}|半)个?(天|日|周|星期|礼拜|月|年)(?:之|以)?(后|前)$")
_EN_AWAY = re.compile(r"(?:in (\d{1,4}|an?) (day|week|month|year)s?|(\d{1,4}|an?) (day|week|month|year)s? (ago|from now))$")
_EN_WEEKDAY = re.compile(r"(?:(next|last|this|on) )?(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|r|rs|rsday|urday)?$")
_EN_NEXT = re.compile(r"(next|last) (week|month|year)$")
_EN_DMY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? ?([a-z]{3,9})\.?,?(?: (\d{4}))?$")
_EN_MDY = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?$")
_ENDS: dict[str, Callable[[date], ranges.Days]] = {
    "周末": ranges.week, "月底": ranges.month, "月末": ranges.month, "本月底": ranges.month,
    "季末": ranges.quarter, "季度末": ranges.quarter, "年底": ranges.year, "年末": ranges.year,
    "end of month": ranges.month, "eom": ranges.month, "end of week": ranges.week,
    "end of quarter": ranges.quarter, "eoq": ranges.quarter, "end of year": ranges.year, "eoy": ranges.year,
}  # fmt: skip


def parse(text: str, *, today: date | None = None, order: Order | None = None) -> date | datetime:
    """The day meant; a datetime when a time of day is given too: wall time, aware only when an offset is written.

    Raises ValueError when it is not understood. 3/4/2026 is refused unless `order` says which part is the day; a date
    without a year is of this year.
    """
    try:
        found = _parse(text, today or ranges.today(), order)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise ValueError(f"not a day: {text[:60]!r}")
    return found


def parse_day(text: str, *, today: date | None = None, order: Order | None = None) -> date:
    """The day meant, whatever time of day stands beside it."""
    found = parse(text, today=today, order=order)
    return found.date() if isinstance(found, datetime) else found


def _parse(text: str, on: date, order: Order | None) -> date | datetime | None:
    words = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().lower().replace("−", "-")
    if not words or len(words) > 60:
        return None
    words = _DAY_PARTS.sub(r"\1天\2上", words)
    if _ISO_MOMENT.match(words):
        return datetime.fromisoformat(words.upper())
    if (day := _day(words, on, order)) is not None:
        return day
    rest, clock = _time(words)
    if clock is None:
        return None
    day = _day(rest, on, order) if rest else on
    return None if day is None else datetime.combine(day, clock)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text in ("a", "an"):
        return 1
    tens, mark, ones = text.rpartition("十")
    if not mark:
        return _DIGITS_ZH[text] if len(text) == 1 else int("".join(str(_DIGITS_ZH[c]) for c in text))
    return (_DIGITS_ZH[tens] if tens else 1) * 10 + (_DIGITS_ZH[ones] if ones else 0)


def _time(words: str) -> tuple[str, time | None]:
    """Splits what is typed into the words of the day and the time of day at its end."""
    if found := _TIME_12.search(words):
        hour = int(found[1])
        if not 1 <= hour <= 12:
            return words, None
        clock = time(hour % 12 + 12 * (found[3] == "p"), int(found[2] or 0))
    elif (found := _TIME_ZH.search(words)) and (found[1] or found[6] is None):
        clock = _time_zh(found)
    elif found := _TIME_24.search(words):
        clock = time(int(found[1]), int(found[2]), int(found[3] or 0))
    else:
        return words, None
    rest = words[: found.start()].strip(" ,")
    return rest.removesuffix(" at").removesuffix("的").strip(), clock


def _time_zh(found: re.Match[str]) -> time:
    part, hour = found[1] or "", _number(found[2])
    minute = 30 if found[3] else {"一刻": 15, "三刻": 45}.get(found[4] or "", 0)
    if found[5] or found[6]:
        minute = _number(found[5] or found[6])
    if (part in ("下午", "傍晚", "晚上", "晚") and hour < 12) or (part == "中午" and hour < 3):
        hour += 12
    elif part in ("晚上", "晚", "凌晨") and hour == 12:
        hour = 0
    return time(hour, minute)


def _day(words: str, on: date, order: Order | None) -> date | None:
    if words in _NEAR:
        return on + timedelta(days=_NEAR[words])
    if words in _ENDS:
        until = _ENDS[words](on).until
        return until and until - timedelta(days=1)
    for pattern, read in _SHAPES:
        if found := pattern.match(words):
            return read(found, on, order)
    return None


def _year_last(found: re.Match[str], on: date, order: Order | None) -> date | None:
    first, second, in_year = int(found[1]), int(found[2]), int(found[3])
    if first > 12 or order == "dmy":
        return date(in_year, second, first)
    if second > 12 or order == "mdy" or first == second:
        return date(in_year, first, second)
    return None


def _zh_date(found: re.Match[str], on: date, order: Order | None) -> date:
    said = found[1] or "今"
    shift = {"去": -1, "今": 0, "明": 1, "后": 2}.get(said)
    return date(int(said) if shift is None else on.year + shift, int(found[2]), int(found[3]))


def _zh_day(found: re.Match[str], on: date, order: Order | None) -> date | None:
    if found[1] and "月" not in found[0]:
        return None
    shift = {"上": -1, "下": 1}.get((found[1] or " ")[0], 0)
    return ranges.add_months(on.replace(day=1), shift).replace(day=int(found[2]))


def _zh_weekday(found: re.Match[str], on: date, order: Order | None) -> date:
    said, weekday = found[1] or "", _WEEKDAYS_ZH[found[2]]
    if not said:
        return on + timedelta(days=(weekday - on.weekday()) % 7)
    weeks = said.count("下") - said.count("上")
    return on + timedelta(days=weekday - on.weekday() + 7 * weeks)


def _away(count: str, unit: str, sign: int, on: date) -> date | None:
    if count == "半":
        return ranges.add_months(on, 6 * sign) if unit == "年" else on + timedelta(days=15 * sign) if unit == "月" else None
    number = _number(count) * sign
    if unit in ("天", "日", "day"):
        return on + timedelta(days=number)
    if unit in ("周", "星期", "礼拜", "week"):
        return on + timedelta(days=7 * number)
    return ranges.add_months(on, number * (12 if unit in ("年", "year") else 1))


def _en_away(found: re.Match[str], on: date, order: Order | None) -> date | None:
    return _away(found[1] or found[3], found[2] or found[4], -1 if found[5] == "ago" else 1, on)


def _en_weekday(found: re.Match[str], on: date, order: Order | None) -> date:
    """ "wed" is the coming one (today counts), "next wed" the one of next week, as in 下周三."""
    weekday = _WEEKDAYS_EN[found[2]]
    if found[1] in ("next", "last", "this"):
        return on + timedelta(days=weekday - on.weekday() + {"next": 7, "last": -7, "this": 0}[found[1]])
    return on + timedelta(days=(weekday - on.weekday()) % 7)


def _en_next(found: re.Match[str], on: date, order: Order | None) -> date:
    sign = 1 if found[1] == "next" else -1
    if found[2] == "week":
        return on + timedelta(days=7 * sign - on.weekday())
    if found[2] == "month":
        return ranges.add_months(on.replace(day=1), sign)
    return date(on.year + sign, 1, 1)


def _en_named(day: str, month: str, in_year: str | None, on: date) -> date | None:
    number = _MONTHS.get(month)
    return None if number is None else date(int(in_year or on.year), number, int(day))


_SHAPES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date, Order | None], date | None]], ...] = (
    (_YEAR_FIRST, lambda m, on, order: date(int(m[1]), int(m[2]), int(m[3]))),
    (_COMPACT, lambda m, on, order: date(int(m[1]), int(m[2]), int(m[3]))),
    (_YEAR_LAST, _year_last),
    (_SHORT, lambda m, on, order: date(on.year, *((int(m[2]), int(m[1])) if order == "dmy" else (int(m[1]), int(m[2]))))),
    (_ZH_DATE, _zh_date),
    (_ZH_DAY, _zh_day),
    (_ZH_WEEKDAY, _zh_weekday),
    (_ZH_AWAY, lambda m, on, order: _away(m[1], m[2], 1 if m[3] == "后" else -1, on)),
    (_EN_AWAY, _en_away),
    (_EN_WEEKDAY, _en_weekday),
    (_EN_NEXT, _en_next),
    (_EN_DMY, lambda m, on, order: _en_named(m[1], m[2], m[3], on)),
    (_EN_MDY, lambda m, on, order: _en_named(m[2], m[1], m[3], on)),
)
