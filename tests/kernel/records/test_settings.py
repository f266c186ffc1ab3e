"""Settings: typed, for the company or a unit, changed by one action; and the switches of modules."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection

from pellucid.kernel.access import sessions
from pellucid.kernel.actions.run import fetch, run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days, settings, versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing
from pellucid.kernel.records.models import Setting as Stored
from pellucid.kernel.resources import switches
from pellucid.kernel.resources.declare import HomeCard, Menu, Page, registry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    settings.forget()
    yield
    settings.forget()


@pytest.fixture
def put(world):
    def put(unit=None, by="admin", **values):
        given = {key.replace("__", "."): value for key, value in values.items()}
        return run("setting_set", None, world.actor(by), values=given, unit=unit)
    return put


def test_a_setting_is_typed_and_counts_at_once(put):
    assert settings.get("security.idle_minutes") == 30
    put(security__idle_minutes="45", company__branches="no", company__name=" 澄泰集团 ")
    assert (settings.get("security.idle_minutes"), settings.get("company.branches"), settings.get("company.name")) == (45, False, "澄泰集团")
    put(security__idle_minutes=None)
    assert settings.get("security.idle_minutes") == 30 and not Stored.objects.filter(key="security.idle_minutes").exists()


def test_wrong_values_name_the_setting_and_change_nothing(put):
    before = list(Stored.objects.order_by("pk").values_list("key", "value"))
    with pytest.raises(Invalid) as bad:
        put(security__idle_minutes="2", company__zone="Mars/Phobos", nobody__knows="1", company__name="x", company__currency="FFF")
    assert set(bad.value.errors) == {"security.idle_minutes", "company.zone", "nobody.knows", "company.currency"}
    assert list(Stored.objects.order_by("pk").values_list("key", "value")) == before


def test_only_who_may_and_it_stays_on_record(world, put):
    with pytest.raises(Forbidden):
        put(by="mona", company__name="x")
    put(company__name="甲")
    put(company__name="乙")
    put(company__name="乙")
    found = Event.objects.filter(name="setting.changed").order_by("id")
    assert [e.payload.get("settings") for e in found] == [["company.name"], ["company.name"], []]
    with connection.cursor() as cursor:
        cursor.execute("SELECT old ->> 'value', new ->> 'value', actor FROM history.audit WHERE tbl = 'records_setting' AND op = 'U'")
        assert cursor.fetchall() == [("甲", "乙", world.users["admin"].pk)]


def test_a_request_sees_what_it_began_with_and_the_next_one_the_change(put):
    with versions.using(versions.read()):
        before = versions.current()
    assert settings.get("company.name") == ""
    put(company__name="甲")
    with versions.using(before):
        assert settings.stored() is not None
    with versions.using(versions.read()):
        assert settings.get("company.name") == "甲"


def test_the_companys_day_follows_its_zone(put):
    moment = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    assert days.day_of(moment) == dt.date(2026, 3, 2)
    put(company__zone="America/New_York", company__fiscal_start="4")
    assert days.zone() == ZoneInfo("America/New_York") and days.day_of(moment) == dt.date(2026, 3, 1) and days.fiscal_start() == 4


def test_idle_time_is_what_was_set(world, put):
    token = sessions.open_session(world.users["alice"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_session SET seen_at = now() - interval '40 minutes'")
    assert sessions.identify(token) is None
    put(security__idle_minutes="60", security__absolute_hours="3")
    assert sessions.identify(token).username == "alice"
    assert sessions.absolute_time() == dt.timedelta(hours=3)


def test_a_unit_may_differ_where_it_is_allowed(world, put):
    east, team, west = (world.units[u].pk for u in ("east", "east_team", "west"))
    with pytest.raises(Invalid):
        put(unit=east, company__name="x")
    put(unit=east, modules__orders="no")
    put(unit=east, modules__sales="no")
    put(unit=east, modules__customers="no")
    assert [switches.enabled("customer", u) for u in (None, west, east, team)] == [True, True, False, False]
    put(unit=team, modules__customers="yes")
    assert switches.enabled("customer", team)


def test_switches_respect_what_needs_what(put):
    customers = registry["customer"]
    assert switches.enabled("customer") and switches.enabled(customers) and switches.enabled("people") and switches.enabled("no such thing")
    with pytest.raises(Invalid) as bad:
        put(modules__collaboration="no")
    assert "Customers" in str(bad.value) or "客户" in str(bad.value)
    with pytest.raises(Invalid):
        put(modules__people="no")
    with pytest.raises(Invalid):
        put(modules__customers="no")
    put(modules__orders="no")
    put(modules__sales="no")
    put(modules__customers="no")
    assert not switches.enabled("customer") and not switches.enabled("contact") and switches.enabled("task")
    put(modules__products="no")
    put(modules__collaboration="no")
    with pytest.raises(Invalid):
        put(modules__customers="yes")


def test_nobody_has_a_right_to_what_is_off(world, put):
    made = world.customer("甲")
    put(unit=world.units["east"].pk, modules__orders="no")
    put(unit=world.units["east"].pk, modules__sales="no")
    put(unit=world.units["east"].pk, modules__customers="no")
    assert not world.actor("alice").may("customer", "view") and world.actor("bob").may("customer", "view")
    assert world.actor("alice").may("task", "view") and world.actor("admin").may("customer", "view")
    with pytest.raises(Missing):
        fetch(type(made), made.pk, world.actor("alice"))
    put(unit=world.units["east"].pk, modules__customers=None)
    assert fetch(type(made), made.pk, world.actor("alice")).pk == made.pk


def test_what_an_area_places_goes_with_it(put):
    def select(*_):
        return {}
    select.__module__ = "pellucid.customers.pages"
    placed = [Page("x", "X", "x.html", select), Menu("x", "X", "/x", needs="customer.view"), HomeCard("x", "X", "x.html", select)]
    assert [switches.area_of(p) for p in placed] == ["customers"] * 3 and switches.area_of(registry["task"]) == "collaboration"
    put(modules__orders="no")
    put(modules__sales="no")
    put(modules__customers="no")
    assert not any(switches.enabled(p) for p in placed)
    assert switches.enabled(Page("y", "Y", "y.html", run))
    assert set(switches.areas()) == {c.label for c in apps.get_app_configs() if c.name.count(".") == 1} - {"web", "api", "config"}
