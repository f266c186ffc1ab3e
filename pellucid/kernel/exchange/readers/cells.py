"""One cell: numbers as full digits, blanks as None, serial days as dates."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite

Cell = str | bool | date | datetime | None
# Control characters that no text needs (tab and line breaks stay), and halves of characters that no database stores.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_EDGES = " \t\r\n\xa0\u3000\u200b\ufeff"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
EXACT_DIGITS = 15


def text(value: str) -> str | None:
    """Clean text without blanks at its edges; None when nothing is left."""
    cleaned = UNWANTED.sub("", value) if not value.isprintable() else value
    return cleaned.strip(_EDGES) or None


def delimited(value: str) -> str | None:
    """A cell of a text file; the apostrophe by which our export guards formulas is taken off."""
    if value[:1] == "'" and value[1:2] in FORMULA_STARTS and len(value) > 1:
        value = value[1:]
    return text(value)


def number(value: float) -> str:
    """The digits Excel shows with enough room: 13800138000, never 1.38E+10; 15 significant ones, as Excel keeps."""
    if isinstance(value, int):
        return str(value)
    if not isfinite(value):
        return str(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    digits = f"{value:.{EXACT_DIGITS}g}"
    return f"{Decimal(digits):f}" if "e" in digits else digits


def unescaped(value: str) -> str:
    """Text of an .xlsx part, where characters that XML cannot hold are written _x000D_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value


def stored(value: object) -> Cell:
    """A cell of a workbook as it goes to the import."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, datetime):
        return value if value.time() != time.min else value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, time):
        return value.isoformat("minutes" if not value.second else "seconds")
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return None


def serial_day(digits: str, *, since_1904: bool = False) -> date | datetime | None:
    """The day an Excel serial number means (45000 -> 2023-03-15), for date columns that were not formatted as dates."""
    try:
        days = float(digits)
    except ValueError:
        return None
    # 60 is 29 February 1900, which never was; above is the year 9999.
    if not 1 <= days < 2_958_466 or (int(days) == 60 and not since_1904):
        return None
    epoch = date(1904, 1, 1) if since_1904 else date(1899, 12, 31 if days < 60 else 30)
    try:
        moment = datetime.combine(epoch, time.min) + timedelta(seconds=round(days * 86400))
    except OverflowError:
        return None
    return moment.date() if moment.time() == time.min else moment


_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+\d{1,3}$", re.IGNORECASE)
_LOST = re.compile(r"\d{12,}000$")


def is_scientific(cell: str) -> bool:
    """Whether a text cell is a number that Excel has shortened when it saved the text."""
    return cell[-1:].isdigit() and _SCIENTIFIC.fullmatch(cell) is not None


def has_lost_digits(cell: str) -> bool:
    """Whether a cell looks like an identity or bank number that Excel has stored as a number."""
    return len(cell) > EXACT_DIGITS and _LOST.fullmatch(cell) is not None
