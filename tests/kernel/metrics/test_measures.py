"""One number system: figures, series and groups count the same rows, and only those within reach."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import evaluate
from pellucid.kernel.metrics.declare import Measure, measures, problems
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures(monkeypatch):
    found = {
        "t.new": Measure("t.new", "New", "customer", "customers by the day they were made", axis="created_at"),
        "t.revenue": Measure(
            "t.revenue",
            "Revenue",
            "customer",
            "sum of revenue",
            sum="revenue",
            axis="created_at",
            where=(("f.kind", "in:company"),),
        ),
    }
    for key, measure in found.items():
        monkeypatch.setitem(measures, key, measure)


@pytest.fixture
def made(world):
    for n, (by, day) in enumerate([("alice", 1), ("alice", 1), ("alice", 8), ("carol", 8), ("bob", 8)]):
        customer = world.customer(f"客户{n}", by=by, revenue=str((n + 1) * 100))
        Customer.objects.filter(pk=customer.pk).update(created_at=dt.datetime(2026, 3, day, 15, 59, 59, tzinfo=dt.UTC))
    return world


MARCH = days.month(dt.date(2026, 3, 15))


def test_figures_series_and_groups_add_up(made, figures):
    who = made.actor("erin")
    show = show_for(who)
    assert evaluate.figure("t.new", who, show, MARCH) == 5
    assert evaluate.figure("t.revenue", who, show, MARCH) == 1500
    weeks = evaluate.series("t.new", who, show, MARCH, "week")
    assert sum(v for _d, v in weeks) == 5 and weeks[0] == (dt.date(2026, 2, 23), 2) and weeks[1] == (dt.date(2026, 3, 2), 3)
    assert evaluate.by("t.new", who, show, "owner", MARCH) == {
        made.users[u].pk: n for u, n in (("alice", 3), ("carol", 1), ("bob", 1))
    }
    assert evaluate.figure("t.new", who, show, MARCH, person=made.users["alice"].pk) == 3
    assert evaluate.figure("t.new", who, show, MARCH, unit=made.units["east"].pk) == 4
    compared = evaluate.compared("t.new", who, show, days.month(dt.date(2026, 4, 1)))
    assert (compared.value, compared.previous, compared.year_before) == (0, 5, 0)


def test_a_day_is_the_companys_day(made, figures):
    who = made.actor("erin")
    first = days.Days(dt.date(2026, 3, 1), dt.date(2026, 3, 2))
    assert evaluate.figure("t.new", who, show_for(who), first) == 2
    Customer.objects.update(created_at=dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC))
    assert evaluate.figure("t.new", who, show_for(who), first) == 0


def test_only_what_is_within_reach_counts(made, figures):
    for name, count in (("alice", 3), ("sam", 4), ("mona", 4), ("bob", 1), ("erin", 5)):
        who = made.actor(name)
        assert evaluate.figure("t.new", who, show_for(who), MARCH) == count, name


def test_an_unreadable_field_cannot_be_summed(made, figures):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="revenue", level="none")
    who = made.actor("alice")
    with pytest.raises(Forbidden):
        evaluate.figure("t.revenue", who, show_for(who), MARCH)


def test_wrong_names_are_found_at_start_up(monkeypatch):
    monkeypatch.setitem(measures, "t.bad", Measure("t.bad", "Bad", "customer", "", sum="nope"))
    assert [p.id for p in problems()] == ["pellucid.E021"]


def test_the_list_behind_a_figure_has_its_rows(made, figures):
    from urllib.parse import parse_qsl

    from django.db import connection

    from pellucid.kernel.resources.declare import registry
    from pellucid.kernel.resources.lists.run import count
    from pellucid.kernel.resources.params import ListParams
    from pellucid.kernel.resources.query import listing

    who = made.actor("erin")
    href = evaluate.drill("t.revenue", MARCH)
    params = ListParams.parse(parse_qsl(href.split("?", 1)[1]))
    assert count(connection, listing(registry["customer"], who, params, show_for(who)).query) == (5, True)
