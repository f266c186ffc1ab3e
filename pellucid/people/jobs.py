"""What people need done by the clock."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import calendars
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.notices.tell import notify
from pellucid.kernel.records import days

from . import selectors
from .actions.absences import say_ended
from .actions.transfers import name_late

WARN_FROM = (11, 10)  # by then the year's end is near and next year's holidays are published as a rule


def warn_of_unknown_years(today: dt.date) -> int:
    """Tell the administrators of calendars without next year's holidays, on Fridays until they are known; how many were told."""
    if (today.month, today.day) < WARN_FROM or today.weekday() != 4:
        return 0
    told = 0
    for _pk, name, year in calendars.unknown_years(today):
        told += notify(selectors.administrators(), "people.calendar_year", year=year, name=name)
    return told


@every("08:00")
@job("people.calendars", label=_("Look at the working calendars"), tells=False)
def calendars_job(ctx: Context) -> dict[str, int]:
    """Once a day; speaks up at the end of a year."""
    return {"told": warn_of_unknown_years(days.today())}


@every("07:40")
@job("people.absences", label=_("Absences that ended"), tells=False)
def absences_job(ctx: Context) -> dict[str, int]:
    """The morning after a last day those concerned hear that it is over; the rights have ended by themselves at midnight."""
    return {"told": say_ended(days.today() - dt.timedelta(days=1))}


@every(minutes=15)
@job("people.first_contacts", label=_("First contacts that are overdue"), tells=False)
def first_contacts_job(ctx: Context) -> dict[str, int]:
    """Who is late with a first contact is written down while everybody remembers why."""
    return {"late": name_late()}
