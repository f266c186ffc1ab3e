"""Working calendars: the week, the public holidays kept, the days that differ, and which units go by them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import CalendarDay, Unit, WorkCalendar
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records.days.holidays import COUNTRIES
from pellucid.kernel.records.days.working import parse_hours, say_hours
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.seeds import seeds

HOURS = t("As 09:00-12:00 13:00-18:00; empty: nobody works.")
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OFFICE = "09:00-12:00 13:00-18:00"
Kept = Annotated[
    str,
    Ask(
        t("Public holidays"),
        choices=tuple((code, label) for code, (label, _years) in COUNTRIES.items()),
        help=t("With the days that are worked instead; empty: none are kept."),
    ),
]
Name = Annotated[str, Ask(t("Name"), max_length=80)]
Monday = Annotated[str, Ask(t("Monday"), max_length=100, help=HOURS)]
Tuesday = Annotated[str, Ask(t("Tuesday"), max_length=100)]
Wednesday = Annotated[str, Ask(t("Wednesday"), max_length=100)]
Thursday = Annotated[str, Ask(t("Thursday"), max_length=100)]
Friday = Annotated[str, Ask(t("Friday"), max_length=100)]
Saturday = Annotated[str, Ask(t("Saturday"), max_length=100)]
Sunday = Annotated[str, Ask(t("Sunday"), max_length=100)]
LONGEST = 400  # days that one entry may cover


@seeds
def company_calendar() -> None:
    """Office hours with the public holidays of mainland China, until somebody says otherwise."""
    if not WorkCalendar.objects.exists():
        with translation.override("zh-hans"):
            WorkCalendar.objects.create(name=_("Standard hours"), holidays="cn", is_default=True, **dict.fromkeys(WEEK[:5], OFFICE))


def _hours(field: str, text: str) -> str:
    try:
        return say_hours(parse_hours(text or ""))
    except ValueError:
        raise Invalid({field: [_("Hours are written as 09:00-12:00 13:00-18:00.")]}) from None


def _fill(calendar: WorkCalendar, name: str, holidays: str, week: tuple[str, ...]) -> None:
    calendar.name, calendar.holidays = name.strip(), holidays or ""
    wrong: dict[str, list[str]] = {}
    for day, text in zip(WEEK, week, strict=True):
        try:
            setattr(calendar, day, _hours(day, text))
        except Invalid as error:
            wrong |= error.errors
    if wrong:
        raise Invalid(wrong)
    if not any(calendar.week):
        raise Invalid({"monday": [_("On some day of the week somebody works; otherwise no clock would ever run out.")]})
    if WorkCalendar.objects.filter(name=calendar.name).exclude(pk=calendar.pk).exists():
        raise Invalid({"name": [_("There is a calendar of this name already.")]})


@action(WorkCalendar, label=t("New calendar"), verb="create", on="new", icon="plus", sentence=t("{actor} made the calendar {name}"))
def calendar_create(
    *, actor: Actor, name: Name, holidays: Kept = "cn", monday: Monday = OFFICE, tuesday: Tuesday = OFFICE,
    wednesday: Wednesday = OFFICE, thursday: Thursday = OFFICE, friday: Friday = OFFICE, saturday: Saturday = "", sunday: Sunday = "",
) -> WorkCalendar:  # fmt: skip
    """Another calendar; units go by it once they are given it."""
    calendar = WorkCalendar()
    _fill(calendar, name, holidays, (monday, tuesday, wednesday, thursday, friday, saturday, sunday))
    calendar.save()
    return calendar


@action(WorkCalendar, label=t("Edit"), icon="pencil", sentence=t("{actor} changed the calendar {name}"))
def calendar_change(
    calendar: WorkCalendar, *, actor: Actor, name: Name, holidays: Kept = "", monday: Monday = "", tuesday: Tuesday = "",
    wednesday: Wednesday = "", thursday: Thursday = "", friday: Friday = "", saturday: Saturday = "", sunday: Sunday = "",
) -> None:  # fmt: skip
    """Other hours. Clocks that run keep the moment that was computed when they started."""
    _fill(calendar, name, holidays, (monday, tuesday, wednesday, thursday, friday, saturday, sunday))
    calendar.save()


@action(WorkCalendar, label=t("Day that differs"), icon="calendar-plus", sentence=t("{actor} entered a day that differs: {day}"))
def calendar_day_set(
    calendar: WorkCalendar,
    *,
    actor: Actor,
    day: Annotated[dt.date, Ask(t("Day"))],
    until: Annotated[dt.date | None, Ask(t("Until"), help=t("For several days in a row."))] = None,
    hours: Annotated[str, Ask(t("Hours"), max_length=100, help=HOURS)] = "",
    note: Annotated[str, Ask(t("Note"), max_length=80)] = "",
) -> None:
    """Other hours, or none, on one day or several in a row; they stand over the week and the public holidays."""
    last = until or day
    if last < day:
        raise Invalid({"until": [_("The end lies before the beginning.")]})
    if (last - day).days >= LONGEST:
        raise Invalid({"until": [_("At most %(n)s days in one entry.") % {"n": LONGEST}]})
    said = _hours("hours", hours)
    at = day
    while at <= last:
        CalendarDay.objects.update_or_create(calendar=calendar, day=at, defaults={"hours": said, "note": note or ""})
        at += dt.timedelta(days=1)
    noted(name=calendar.name)


@action(WorkCalendar, label=t("As usual again"), icon="x", sentence=t("{actor} took out a day that differed: {day}"))
def calendar_day_clear(calendar: WorkCalendar, *, actor: Actor, day: Annotated[dt.date, Ask(t("Day"))]) -> None:
    """The day is again as its weekday or a public holiday says."""
    if not CalendarDay.objects.filter(calendar=calendar, day=day).delete()[0]:
        raise Refused(_("This was done already."))


@action(WorkCalendar, label=t("Units by this calendar"), icon="sitemap", sentence=t("{actor} set a unit's calendar: {unit:unit}"))
def calendar_assign(
    calendar: WorkCalendar,
    *,
    actor: Actor,
    unit: Annotated[int, Ask(t("Unit"), kind="unit", help=t("With all below it that have no calendar of their own."))],
) -> None:
    """A unit, and what is below it, goes by this calendar."""
    if not Unit.objects.filter(pk=unit, closed_at=None).update(calendar=calendar):
        raise Invalid({"unit": [_("Please choose a unit that is open.")]})


@action(WorkCalendar, label=t("As the unit above"), icon="x", sentence=t("{actor} took a unit's own calendar away: {unit:unit}"))
def calendar_release(calendar: WorkCalendar, *, actor: Actor, unit: Annotated[int, Ask(t("Unit"), kind="unit")]) -> None:
    """The unit goes by the calendar of the one above it again."""
    Unit.objects.filter(pk=unit, calendar=calendar).update(calendar=None)


@action(WorkCalendar, label=t("Use for the company"), icon="building", sentence=t("{actor} made {name} the company's calendar"))
def calendar_default(calendar: WorkCalendar, *, actor: Actor) -> None:
    """Units without a calendar of their own, or above them, go by this one."""
    WorkCalendar.objects.filter(is_default=True).exclude(pk=calendar.pk).update(is_default=False)
    calendar.is_default = True
    calendar.save(update_fields=("is_default",))
    noted(name=calendar.name)


@action(WorkCalendar, label=t("Delete calendar"), verb="delete", icon="trash", tone="bad", sentence=t("{actor} deleted the calendar {name}"))
def calendar_delete(calendar: WorkCalendar, *, actor: Actor) -> None:
    """Away with a calendar that nobody goes by."""
    if calendar.is_default:
        raise Refused(_("The company goes by this calendar; make another one the company's first."))
    if Unit.objects.filter(calendar=calendar).exists():
        raise Refused(_("Units go by this calendar; give them another one first."))
    noted(name=calendar.name)
    calendar.delete()
