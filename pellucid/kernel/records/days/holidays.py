"""Public holidays: the days a country is free, and those it works instead. From a maintained list, so that a new year comes with an update."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from chinese_calendar.constants import Holiday as Named
from chinese_calendar.constants import holidays, workdays
from django.utils.translation import gettext_lazy as _


class Holiday(NamedTuple):
    """A day that is not as its weekday: free, or worked instead (a make-up day)."""

    name: dict[str, str]
    free: bool


Year = dict[dt.date, Holiday]


@cache
def _china() -> dict[int, Year]:
    names = {n.value: {"zh-hans": n.chinese, "en": n.value} for n in Named}
    years: dict[int, Year] = {}
    for days, free in ((holidays, True), (workdays, False)):
        for day, name in days.items():
            years.setdefault(day.year, {})[day] = Holiday(names[name], free)
    return years


COUNTRIES: dict[str, tuple[Any, Callable[[], dict[int, Year]]]] = {"cn": (_("Mainland China"), _china)}


def of_year(country: str, year: int) -> Year:
    """The days of a country's year that differ; empty where nobody has published them yet."""
    return COUNTRIES[country][1]().get(year, {}) if country in COUNTRIES else {}


def years(country: str) -> dict[int, Year]:
    """Every year that is known."""
    return COUNTRIES[country][1]() if country in COUNTRIES else {}
