"""Working calendars: inherited down the tree, changed in the settings, and honest about a year nobody has published yet."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from pellucid.kernel.access import calendars
from pellucid.kernel.access.models import CalendarDay, Unit, WorkCalendar
from pellucid.kernel.actions.run import run
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records.errors import Invalid, Missing, Refused
from pellucid.people.jobs import warn_of_unknown_years

pytestmark = pytest.mark.django_db
SHANGHAI = ZoneInfo("Asia/Shanghai")
SHIFTS = {"name": "两班制", "monday": "8-12 12:30-20", "tuesday": "8-12 12:30-20", "wednesday": "", "thursday": "", "friday": "",
          "saturday": "8-12", "sunday": "", "holidays": ""}  # fmt: skip


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def shifts(world) -> WorkCalendar:
    return run("calendar_create", None, world.actor("admin"), SHIFTS).record


def test_the_company_has_a_calendar_from_the_first_day(world):
    company = WorkCalendar.objects.get(is_default=True)
    assert company.holidays == "cn" and company.week == ("09:00-12:00 13:00-18:00",) * 5 + ("", "")
    assert calendars.due(None, at("2026-09-30T17:00"), 120) == at("2026-10-08T10:00")
    assert calendars.minutes(world.units["east"].pk, at("2026-03-02T09:00"), at("2026-03-03T10:00")) == 540


def test_units_go_by_the_nearest_calendar_above(world, shifts):
    admin, unit = world.actor("admin"), world.units
    assert shifts.week[0] == "08:00-12:00 12:30-20:00"
    run("calendar_assign", shifts.pk, admin, {"unit": unit["east"].pk})
    assert calendars.calendar_of(unit["east_team"].pk) == shifts.pk
    assert calendars.calendar_of(unit["west_sales"].pk) == WorkCalendar.objects.get(is_default=True).pk
    assert calendars.hours_of_user(world.users["alice"].pk).works_at(at("2026-03-02T19:00"))
    assert not calendars.hours_of_user(world.users["bob"].pk).works_at(at("2026-03-02T19:00"))
    own = run("calendar_create", None, admin, SHIFTS | {"name": "轮休", "monday": "", "sunday": "10-16"}).record
    run("calendar_assign", own.pk, admin, {"unit": unit["east_sales"].pk})
    assert calendars.calendar_of(unit["east_team"].pk) == own.pk and calendars.calendar_of(unit["east_market"].pk) == shifts.pk
    run("unit_move", unit["east_team"].pk, admin, {"parent": unit["west"].pk})
    assert calendars.calendar_of(unit["east_team"].pk) != own.pk
    run("calendar_release", own.pk, admin, {"unit": unit["east_sales"].pk})
    assert calendars.calendar_of(unit["east_sales"].pk) == shifts.pk


def test_a_unit_works_in_its_own_zone(world):
    Unit.objects.filter(pk=world.units["west"].pk).update(time_zone="Asia/Urumqi")
    morning = dt.datetime(2026, 3, 2, 9, 30, tzinfo=SHANGHAI)
    assert calendars.hours(world.units["east"].pk).works_at(morning)
    assert not calendars.hours(world.units["west_sales"].pk).works_at(morning)


def test_days_that_differ_stand_over_week_and_holidays(world):
    company, admin = WorkCalendar.objects.get(is_default=True), world.actor("admin")
    run("calendar_day_set", company.pk, admin, {"day": "2026-10-02", "hours": "10-12", "note": "盘点"})
    assert calendars.due(None, at("2026-09-30T17:00"), 120) == at("2026-10-02T11:00")
    run("calendar_day_set", company.pk, admin, {"day": "2026-03-02", "until": "2026-03-04", "hours": ""})
    assert CalendarDay.objects.filter(calendar=company).count() == 4
    assert calendars.due(None, at("2026-03-02T09:00"), 60) == at("2026-03-05T10:00")
    run("calendar_day_clear", company.pk, admin, {"day": "2026-03-02"})
    assert calendars.due(None, at("2026-03-02T09:00"), 60) == at("2026-03-02T10:00")
    with pytest.raises(Refused):
        run("calendar_day_clear", company.pk, admin, {"day": "2026-03-02"})


def test_what_is_wrong_is_said_at_its_field(world, shifts):
    admin, company = world.actor("admin"), WorkCalendar.objects.get(is_default=True)
    with pytest.raises(Invalid) as refused:
        run("calendar_change", shifts.pk, admin, SHIFTS | {"monday": "8-7", "sunday": "x"})
    assert set(refused.value.errors) == {"monday", "sunday"}
    with pytest.raises(Invalid) as refused:
        run("calendar_change", shifts.pk, admin, {"name": "两班制"})
    assert set(refused.value.errors) == {"monday"}
    with pytest.raises(Invalid) as refused:
        run("calendar_create", None, admin, SHIFTS)
    assert set(refused.value.errors) == {"name"}
    with pytest.raises(Invalid):
        run("calendar_day_set", company.pk, admin, {"day": "2026-03-04", "until": "2026-03-02"})
    with pytest.raises(Refused):
        run("calendar_delete", company.pk, admin)
    with pytest.raises(Missing):
        run("calendar_change", shifts.pk, world.actor("mona"), SHIFTS)


def test_another_calendar_for_the_company(world, shifts):
    admin, before = world.actor("admin"), WorkCalendar.objects.get(is_default=True)
    run("calendar_assign", before.pk, admin, {"unit": world.units["east"].pk})
    run("calendar_default", shifts.pk, admin)
    assert calendars.calendar_of(world.units["west"].pk) == shifts.pk and WorkCalendar.objects.get(is_default=True) == shifts
    with pytest.raises(Refused):  # a unit goes by it
        run("calendar_delete", before.pk, admin)
    run("calendar_release", before.pk, admin, {"unit": world.units["east"].pk})
    run("calendar_delete", before.pk, admin)
    assert WorkCalendar.objects.count() == 1


def test_a_year_that_nobody_has_published_is_told(world, browser):
    company = WorkCalendar.objects.get(is_default=True)
    autumn, far = dt.date(2096, 11, 16), 2097  # a Friday
    assert calendars.unknown_years(dt.date(2024, 12, 1)) == ()
    assert calendars.unknown_years(autumn) == ((company.pk, company.name, far),)
    assert warn_of_unknown_years(dt.date(2096, 10, 1)) == 0
    assert warn_of_unknown_years(autumn) == 1
    assert Notice.objects.get().user == world.users["admin"]
    run("calendar_day_set", company.pk, world.actor("admin"), {"day": f"{far}-01-01", "note": "元旦"})
    assert calendars.unknown_years(autumn) == () and warn_of_unknown_years(autumn) == 0


def test_the_page(browser, shifts):
    page = browser("admin").get(f"/settings/access/calendars?at={shifts.pk}&year=2026").content.decode()
    assert "两班制" in page and "08:00–12:00 12:30–20:00" in page
    english = browser("admin", "en").get("/settings/access/calendars?year=2026").content.decode()
    assert "National Day · free" in english and "National Day · worked" in english
    assert browser("alice").get("/settings/access/calendars").status_code == 403
