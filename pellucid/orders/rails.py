"""Marks along time: lanes with what is done, late and to come, months above, today between them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

NARROW = 480  # pixels a rail has at least, where one is drawn
ROWS = 4  # a lane is at most so many rows of marks
HEIGHT, ROW, TOP = 32, 22, 24  # pixels of a lane of one row, of each further row, and of the months above
NEAR = 7  # per cent of the width that the word for today covers to either side of it: no month is written there
FAR = dt.timedelta(days=240)  # what comes later stands at the end, with its month


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the rail: when, what it says, how it stands."""

    day: dt.date
    text: str
    tone: str  # done, late, next, plan
    title: str


def rail(lanes: list[dict[str, Any]], today: dt.date, language: str) -> dict[str, Any] | None:
    """Marks as places in per cent of the width, with months above and today between them."""
    every = [m.day for lane in lanes for m in lane["marks"]]
    if not every:
        return None
    first, last = min(every), max(every)
    near = max([today, first, *(day for day in every if day <= today + FAR)])
    far, last = near < last and last > today + FAR, near if last > today + FAR else last
    margin = max(6, (last - first).days // 14)
    end = last + dt.timedelta(days=margin * 2)  # where what is far stands
    last += dt.timedelta(days=margin * 2) if far else dt.timedelta(0)
    first, last = first - dt.timedelta(days=margin), last + dt.timedelta(days=margin)
    span = (last - first).days

    def place(day: dt.date) -> float:
        return round((day - first).days * 100 / span, 2)

    now = place(today) if first <= today <= last else None
    months, step = [], max(1, span // 30 // 6)
    at = first.replace(day=1)
    while at <= last:
        if at > first and (at.year * 12 + at.month) % step == 0 and (now is None or abs(place(at) - now) >= NEAR):
            months.append({"x": place(at), "label": _month(at, language)})
        at = (at + dt.timedelta(days=32)).replace(day=1)
    y = TOP
    for lane in lanes:
        done = [m.day for m in lane["marks"] if m.tone == "done"]
        lane["done"] = place(max(done)) if done else 0
        lane["drawn"] = [_drawn(m, place(min(m.day, end)), m.day > today + FAR)
                         for m in sorted(lane["marks"], key=lambda m: m.day)]  # fmt: skip
        rows = _rows(lane["drawn"])
        lane["rows"], lane["y"] = rows, y + HEIGHT // 2
        y += HEIGHT + (rows - 1) * ROW
    return {"lanes": lanes, "months": months, "today": now, "height": y}


def _drawn(mark: Mark, x: float, far: bool) -> dict[str, Any]:
    """A mark as it is drawn; one that is far says its month."""
    text = f"{mark.text} {mark.day:%Y-%m}" if far else mark.text
    wide = _width(text)
    edge = wide * 50 / NARROW  # it stays within the rail
    return {"x": round(min(max(x, edge), 100 - edge), 2), "text": text, "tone": mark.tone, "title": mark.title, "wide": wide, "dy": 0}


def _rows(marks: list[dict[str, Any]]) -> int:
    """Put marks of a lane that would lie on each other into further rows of it; how many there are."""
    rights: list[float] = []
    for mark in marks:
        at, half = mark["x"] * NARROW / 100, mark["wide"] / 2
        row = next((n for n, right in enumerate(rights) if at - half > right + 2), len(rights))
        row = min(row, ROWS - 1)
        rights[row:] = [at + half, *rights[row + 1 :]]
        mark["dy"] = row * ROW
    return max(1, len(rights))


def _month(day: dt.date, language: str) -> str:
    short = f"{day.month} 月" if language.startswith("zh") else f"{day:%b}"
    return f"{day:%Y-%m}" if day.month == 1 else short


def _width(text: str) -> int:
    """How wide a pill is in pixels, from what it says: a Chinese character is twice a Latin one."""
    return max(18, sum(12 if ord(c) > 0x2E80 else 7 for c in text) + 10)
