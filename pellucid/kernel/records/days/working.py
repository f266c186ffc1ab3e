"""Working time: the hours of a week, the days that differ, and the arithmetic of clocks that stand still in between. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from zoneinfo import ZoneInfo

Spans = tuple[tuple[int, int], ...]  # minutes of the day: from, to
DAY = 24 * 60
SHANGHAI = ZoneInfo("Asia/Shanghai")
SPAN = re.compile(r"(\d{1,2})(?:[:：.](\d{2}))?\s*(?:[-–—~～至到]|to)\s*(\d{1,2})(?:[:：.](\d{2}))?")
BETWEEN = re.compile(r"[\s,，;；、/]*")


def parse_hours(text: str) -> Spans:
    """The hours of a day as people type them: "9-12, 13:30-18:00"; "" for a day without. ValueError when they cannot be."""
    rest, found = text.strip(), []
    while rest:
        match = SPAN.match(rest)
        if not match:
            raise ValueError(text)
        hours = [int(h) * 60 + int(m or 0) for h, m in (match.group(1, 2), match.group(3, 4))]
        if int(match[2] or 0) > 59 or int(match[4] or 0) > 59 or not 0 <= hours[0] < hours[1] <= DAY:
            raise ValueError(text)
        found.append((hours[0], hours[1]))
        rest = rest[match.end() :]
        gap = BETWEEN.match(rest)
        rest = rest[gap.end() :] if gap else rest
    found.sort()
    if any(first[1] > second[0] for first, second in pairwise(found)):
        raise ValueError(text)
    return tuple(found)


def say_hours(spans: Spans) -> str:
    """The same in one way of writing."""
    return " ".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in spans)


@dataclass(frozen=True)
class Hours:
    """When one works: seven weekdays from Monday on, and single days that differ (an empty one is free). There are hours in some week, so
    that every clock runs out one day."""

    week: tuple[Spans, ...]
    days: Mapping[dt.date, Spans] = field(default_factory=dict)
    zone: dt.tzinfo = SHANGHAI

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not any(self.week):
            raise ValueError("a week has seven days, and hours on one of them at least")

    def spans(self, day: dt.date) -> Spans:
        """The hours of one day; none: nobody works."""
        return self.days.get(day, self.week[day.weekday()])

    def of_day(self, day: dt.date) -> int:
        """How many minutes one works on a day."""
        return sum(end - begin for begin, end in self.spans(day))

    def at(self, day: dt.date, minute: int) -> dt.datetime:
        """A minute of a day as a moment in UTC."""
        return self._at(dt.datetime.combine(day, dt.time()), minute)

    def works_at(self, moment: dt.datetime) -> bool:
        """Whether one works at this moment."""
        return any(begin <= moment < end for begin, end in self._moments(moment.astimezone(self.zone).date()))

    def add(self, moment: dt.datetime, minutes: int) -> dt.datetime:
        """The first moment by which so many working minutes have passed since; minutes below zero: the last moment from which they
        pass until then."""
        left = dt.timedelta(minutes=abs(minutes))
        if not left:
            return moment
        if minutes > 0:
            for begin, end in self._from(moment):
                if left <= end - begin:
                    return begin + left
                left -= end - begin
        for begin, end in self._until(moment):
            if left <= end - begin:
                return end - left
            left -= end - begin
        raise AssertionError("unreachable: some week has hours")

    def between(self, since: dt.datetime, until: dt.datetime) -> int:
        """How many whole working minutes pass between two moments; below zero the other way round."""
        if until < since:
            return -self.between(until, since)
        passed = dt.timedelta()
        for begin, end in self._from(since):
            if begin >= until:
                break
            passed += min(end, until) - begin
        return passed // dt.timedelta(minutes=1)

    def _moments(self, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
        """The hours of a day as moments in UTC."""
        midnight = dt.datetime.combine(day, dt.time())
        return [(self._at(midnight, a), self._at(midnight, b)) for a, b in self.spans(day)]

    def _at(self, midnight: dt.datetime, minute: int) -> dt.datetime:
        return (midnight + dt.timedelta(minutes=minute)).replace(tzinfo=self.zone).astimezone(dt.UTC)

    def _from(self, moment: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        moment = moment.astimezone(dt.UTC)
        day = moment.astimezone(self.zone).date()
        while True:
            for begin, end in self._moments(day):
                if end > moment:
                    yield max(begin, moment), end
            day += dt.timedelta(days=1)

    def _until(self, moment: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        moment = moment.astimezone(dt.UTC)
        day = moment.astimezone(self.zone).date()
        while True:
            for begin, end in reversed(self._moments(day)):
                if begin < moment:
                    yield begin, min(end, moment)
            day -= dt.timedelta(days=1)
