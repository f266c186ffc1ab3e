"""Days, durations and amounts in words, Chinese and English: plain tables instead of gettext, since lists call this per cell."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MINUS = "−"
_WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_NEAR = {"zh": {-1: "昨天", 0: "今天", 1: "明天"}, "en": {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}}
_UNITS = (
    ("year", "年", 365 * 86400),
    ("month", "个月", 30 * 86400),
    ("day", "天", 86400),
    ("hour", "小时", 3600),
    ("minute", "分钟", 60),
)


def folded(word: object) -> str:
    """A word as it is compared, however it was typed: full width, blanks and capitals make no difference."""
    return " ".join(unicodedata.normalize("NFKC", str(word)).replace("\u200b", "").replace("\ufeff", "").casefold().split())


def _tongue(language: str) -> str:
    return "zh" if language[:2] == "zh" else "en"


def relative_day(day: date, today: date, language: str) -> str:
    """今天 · 昨天 · 周六 (within a week) · 11-23 (this year) · 2025-11-23."""
    tongue = _tongue(language)
    away = (day - today).days
    if -7 < away < 7:
        return _NEAR[tongue].get(away) or _WEEKDAYS[tongue][day.weekday()]
    return f"{day.month:02}-{day.day:02}" if day.year == today.year else day.isoformat()


def that_day(day: date, today: date, language: str) -> str:
    """The same within a sentence: since today, since Sat, since 11-23."""
    said = relative_day(day, today, language)
    return said.lower() if said in _NEAR["en"].values() else said


def moment(at: datetime, now: datetime, language: str) -> str:
    """The day as in a list, with the time; both arguments are wall times of the reader's zone."""
    return f"{relative_day(at.date(), now.date(), language)} {at.hour:02}:{at.minute:02}"


def due(at: datetime, now: datetime, language: str) -> str:
    """An appointment: as `moment`, but a day gone by is told as overdue; its weekday alone would be read as the coming one."""
    days = (now.date() - at.date()).days
    if days <= 0:
        return moment(at, now, language)
    return f"逾期 {days} 天" if _tongue(language) == "zh" else f"{days} day{'' if days == 1 else 's'} overdue"


def appointed(at: datetime, now: datetime, language: str) -> str:
    """What was once agreed upon: as `moment`, but a day gone by carries its date, since the word stays when the day is over."""
    if at.date() >= now.date():
        return moment(at, now, language)
    return f"{'' if at.year == now.year else f'{at.year}-'}{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}"


def weekday(day: date, language: str) -> str:
    return _WEEKDAYS[_tongue(language)][day.weekday()]


def ago(at: datetime, now: datetime, language: str) -> str:
    """刚刚 · 5 分钟前 · 2 天前 · 3 个月后."""
    seconds = (now - at).total_seconds()
    chinese = _tongue(language) == "zh"
    for english, unit, length in _UNITS:
        if abs(seconds) >= length:
            count = int(abs(seconds) // length)
            if chinese:
                return f"{count} {unit}{'前' if seconds > 0 else '后'}"
            named = f"{count} {english}{'' if count == 1 else 's'}"
            return f"{named} ago" if seconds > 0 else f"in {named}"
    return "刚刚" if chinese else "just now"


def days_away(day: date, today: date, language: str) -> str:
    """今天 · 2 天前 · 9 天后: the distance in whole days, for due dates."""
    count = (day - today).days
    chinese = _tongue(language) == "zh"
    if count == 0:
        return "今天" if chinese else "today"
    if chinese:
        return f"{abs(count)} 天{'后' if count > 0 else '前'}"
    named = f"{abs(count)} day{'' if abs(count) == 1 else 's'}"
    return f"in {named}" if count > 0 else f"{named} ago"


def duration(length: timedelta | int | float, language: str) -> str:
    """1 小时 20 分 · 2 天 3 小时 · 45 秒: the two largest units; a number means seconds."""
    seconds = round(length.total_seconds() if isinstance(length, timedelta) else length)
    names = ("天", "小时", "分", "秒") if _tongue(language) == "zh" else ("d", "h", "min", "s")
    left = abs(seconds)
    parts: list[str] = []
    for name, unit in zip(names, (86400, 3600, 60, 1), strict=True):
        count, left = divmod(left, unit)
        if count or parts:
            parts.append(f"{count} {name}" if count else "")
        if len(parts) == 2:
            break
    text = " ".join(filter(None, parts)) or f"0 {names[2]}"
    return MINUS + text if seconds < 0 else text


def number(value: Decimal | int | float, places: int | None = None) -> str:
    """1,286.4 with a true minus; `places` rounds half up, otherwise the digits stay as they are."""
    exact = _decimal(value)
    if places is not None:
        exact = _rounded(exact, places)
    text = f"{abs(exact):,f}"
    return MINUS + text if exact < 0 else text


def money(value: Decimal | int | float, language: str, places: int = 1, beside: Decimal | int | float = 0) -> str:
    """420.0 万 from 10,000 on, 4.2M · 12.5k in English; smaller amounts in full yuan, but in 万 where they stand beside such (0.5 万)."""
    exact = _decimal(value)
    size = abs(exact)
    if _tongue(language) == "zh":
        if size < 10_000:
            return f"{amount(exact, language)} 万" if size and abs(_decimal(beside)) >= 10_000 else _plain(exact)
        return f"{number(exact / 10_000, places)} 万"
    # Where rounding would print 1,000.0k the next unit is meant.
    for unit, sign in ((10**9, "B"), (10**6, "M"), (10**3, "k")):
        if abs(_rounded(exact / unit, places)) >= 1:
            if unit == 10**3 and size < 10_000:
                break
            return f"{number(exact / unit, places)}{sign}"
    return _plain(exact)


def money_in_two(value: Decimal | int | float, language: str) -> tuple[str, str]:
    """The same in two: the figure, and the unit that stands smaller beside it, if there is one."""
    figure, _space, unit = money(value, language).partition(" ")
    return figure, unit


def amount_unit(language: str) -> str:
    """The unit of a column of amounts."""
    return "万" if _tongue(language) == "zh" else "k"


def amount(value: Decimal | int | float, language: str) -> str:
    """An amount in its column's unit, one decimal; small ones get as many as keep them from rounding to nothing."""
    exact = _decimal(value)
    shown = exact / (10_000 if _tongue(language) == "zh" else 1000)
    size = abs(shown)
    return number(shown, 1 if not size or size >= Decimal("0.1") else 2 if size >= Decimal("0.01") else 4)


def money_exact(value: Decimal | int | float, language: str, currency: str = "CNY") -> str:
    """4,200,000.00 元 in Chinese, CNY 4,200,000.00 in English and for other currencies."""
    text = number(value, 2)
    if currency == "CNY" and _tongue(language) == "zh":
        return f"{text} 元"
    return f"{currency} {text}"


def money_parts(value: Decimal | int | float, language: str, currency: str = "CNY") -> tuple[str, str]:
    """The same in two: the figure, and what stands smaller beside it. For pages whose other amounts are to the cent."""
    return number(value, 2), "元" if currency == "CNY" and _tongue(language) == "zh" else currency


def percent(share: Decimal | int | float, places: int = 1) -> str:
    """37.5% for 0.375."""
    return f"{number(_decimal(share) * 100, places)}%"


def _decimal(value: Decimal | int | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _rounded(value: Decimal, places: int) -> Decimal:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return rounded if rounded else abs(rounded)


def _plain(value: Decimal) -> str:
    """Whole yuan without decimals, others with two."""
    rounded = _rounded(value, 2)
    return number(rounded, 0 if rounded == rounded.to_integral_value() else 2)


_SCALES = {
    "": 1, "十": 10, "百": 100, "千": 1000, "万": 10**4, "w": 10**4,
    "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8,
    "k": 1000, "m": 10**6, "mn": 10**6, "mio": 10**6, "million": 10**6, "b": 10**9,
    "bn": 10**9, "billion": 10**9, "thousand": 1000,
}  # fmt: skip
_AMOUNT = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,4}(?:,\d{4})+(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)"
    r" ?(?P<scale>[a-z]*|[十百千万亿]{0,2})(?:元|块|圆)?整?$"
)
_CURRENCY = re.compile(r"^(?:rmb|cny|usd|eur|hkd|人民币|us\$|hk\$|[¥$€£])\s*|\s*(?:rmb|cny|usd|eur|hkd)$")


def parse_money(text: str) -> Decimal:
    """The amount meant by 420万, 4.2m, 1,286.4, ￥300 or (1,200); ValueError when it is not an amount."""
    words = unicodedata.normalize("NFKC", text).strip().lower().replace(MINUS, "-").replace("，", ",").replace("–", "-")
    words = re.sub(r"(?<=\d)[\s'’_](?=\d{3})", "", words[:60]) if len(words) <= 60 else ""
    negative = False
    if words.startswith("(") and words.endswith(")"):
        negative, words = True, words[1:-1].strip()
    for _ in range(2):
        if words[:1] in ("-", "+"):
            negative ^= words[0] == "-"
            words = words[1:].strip()
        words = _CURRENCY.sub("", words)
    found = _AMOUNT.match(words)
    if found is None or found["scale"] not in _SCALES:
        raise ValueError(f"not an amount: {text[:60]!r}")
    try:
        amount = Decimal(found["digits"].replace(",", "")) * _SCALES[found["scale"]]
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {text[:60]!r}") from error
    return -amount if negative else amount


_RANGE_NAMES: dict[str, tuple[str, str]] = {
    "today": ("今天", "Today"), "yesterday": ("昨天", "Yesterday"), "tomorrow": ("明天", "Tomorrow"),
    "overdue": ("已逾期", "Overdue"), "future": ("今天以后", "After today"),
}  # fmt: skip
_WHICH = {"this": ("本", "This"), "last": ("上", "Last"), "next": ("下", "Next")}
_PERIODS = {
    "week": ("周", "week"), "month": ("月", "month"), "quarter": ("季度", "quarter"), "year": ("年", "year"),
    "fiscal_quarter": ("财季", "fiscal quarter"), "fiscal_year": ("财年", "fiscal year"),
}  # fmt: skip
_COUNTED = re.compile(r"(last|next)_(\d+)_(days|weeks|months)$|over_(\d+)_days_ago$")
_YEARS_ZH = {"this_year": "今年", "last_year": "去年", "next_year": "明年"}


def range_name(name: str, language: str) -> str:
    """The label of a relative range: 本周, 最近 30 天, Last quarter."""
    chinese = _tongue(language) == "zh"
    if name in _RANGE_NAMES:
        return _RANGE_NAMES[name][0 if chinese else 1]
    if chinese and name in _YEARS_ZH:
        return _YEARS_ZH[name]
    if found := _COUNTED.match(name):
        if found[4]:
            return f"{found[4]} 天以前" if chinese else f"Over {found[4]} days ago"
        count, unit = found[2], found[3]
        if chinese:
            unit = {"days": "天", "weeks": "周", "months": "个月"}[unit]
            return f"{'最近' if found[1] == 'last' else '未来'} {count} {unit}"
        return f"{found[1].capitalize()} {count} {unit}"
    which, _, period = name.partition("_")
    if which not in _WHICH or period not in _PERIODS:
        return name
    if chinese:
        joint = "个" if period in ("month", "quarter", "fiscal_quarter") and which != "this" else ""
        return f"{_WHICH[which][0]}{joint}{_PERIODS[period][0]}"
    return f"{_WHICH[which][1]} {_PERIODS[period][1]}"
