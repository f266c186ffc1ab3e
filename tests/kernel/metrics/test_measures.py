"""One number system: figures, series and groups count the same rows, and only those within reach."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.db.models import Q

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.metrics import evaluate
from pellucid.kernel.metrics.declare import Ask, Measure, measures
from pellucid.kernel.metrics.drill import behind, link
from pellucid.kernel.metrics.rows import Below
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.lists.run import count
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import listing

pytestmark = pytest.mark.django_db
MARCH = days.month(dt.date(2026, 3, 15))


@pytest.fixture
def figures(monkeypatch):
    revenue = Measure("t_revenue", "Revenue", "customers", "sum of revenue", "sum", "revenue", where=Q(kind="company"), unit="money")
    monkeypatch.setitem(measures, revenue.name, revenue)


@pytest.fixture
def made(world):
    for n, (by, day) in enumerate([("alice", 1), ("alice", 1), ("alice", 8), ("carol", 8), ("bob", 8)]):
        customer = world.customer(f"客户{n}", by=by, revenue=str((n + 1) * 100))
        Customer.objects.filter(pk=customer.pk).update(created_at=dt.datetime(2026, 3, day, 15, 59, 59, tzinfo=dt.UTC))
    return world


def test_figures_series_and_groups_add_up(made, figures):
    who = made.actor("erin")
    show = show_for(who)
    assert evaluate.figure("new_customers", who, show, MARCH) == 5
    assert evaluate.figure("t_revenue", who, show, MARCH) == 1500
    weeks = evaluate.series("new_customers", who, show, MARCH, "week")
    assert sum(v for _d, v in weeks) == 5 and weeks[:3] == [(dt.date(2026, 3, 1), 2), (dt.date(2026, 3, 2), 3), (dt.date(2026, 3, 9), 0)]
    assert evaluate.by("new_customers", who, show, "owner", MARCH) == {
        made.users[u].pk: n for u, n in (("alice", 3), ("carol", 1), ("bob", 1))
    }
    assert evaluate.figure("new_customers", who, show, MARCH, within={"owner": made.users["alice"].pk}) == 3
    assert evaluate.figure("new_customers", who, show, MARCH, within={"unit": Below(frozenset({made.units["east"].pk}))}) == 4
    compared = evaluate.compared("new_customers", who, show, days.month(dt.date(2026, 4, 1)))
    assert (compared.value, compared.previous, compared.year_before) == (0, 5, 0)


def test_a_day_is_the_companys_day(made):
    who = made.actor("erin")
    first = days.Days(dt.date(2026, 3, 1), dt.date(2026, 3, 2))
    assert evaluate.figure("new_customers", who, show_for(who), first) == 2
    Customer.objects.update(created_at=dt.datetime(2026, 3, 1, 16, 0, tzinfo=dt.UTC))
    assert evaluate.figure("new_customers", who, show_for(who), first) == 0


def test_only_what_is_within_reach_counts(made):
    for name, expected in (("alice", 3), ("sam", 4), ("mona", 4), ("bob", 1), ("erin", 5)):
        who = made.actor(name)
        assert evaluate.figure("new_customers", who, show_for(who), MARCH) == expected, name


def test_an_unreadable_field_cannot_be_summed_grouped_or_filtered(made, figures, django_assert_num_queries):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="revenue", level="none")
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="industry", level="masked")
    who = made.actor("alice")
    show = show_for(who)

    def refused() -> None:
        for ask in (Ask(("t_revenue",)), Ask(("new_customers",), having="t_revenue > 1"), Ask(("new_customers",), order="t_revenue"),
                    Ask(("new_customers",), by=("industry",)), Ask(("visits",), filters={"industry": None})):  # fmt: skip
            with pytest.raises(Forbidden):
                evaluate.answer(who, ask, show.today)
        with pytest.raises(Forbidden):
            behind(who, "t_revenue", Ask(("t_revenue",)), show.today)

    refused()  # rights and fields are in memory now
    with versions.using(versions.read()), django_assert_num_queries(0):
        refused()


def test_the_list_behind_a_figure_has_its_rows(made, figures):
    who = made.actor("erin")
    show = show_for(who)
    ask = Ask(("t_revenue",), period=MARCH, filters={"owner": made.users["alice"].pk})
    href = link(who, "t_revenue", ask, show.today)
    assert href.startswith("/customers/?")
    params = ListParams.parse(parse_qsl(href.split("?", 1)[1]))
    assert count(connection, listing(registry["customer"], who, params, show).query) == (3, True)
    assert sum(row.revenue for row in behind(who, "t_revenue", ask, show.today)) == evaluate.answer(who, ask, show.today).lines[0].cells["t_revenue"]
