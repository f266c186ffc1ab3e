"""The numbers of customers, with the examples of the catalogue."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from pellucid.customers.models import Customer, CustomerClass, FollowUp
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import behind, link
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days

pytestmark = pytest.mark.django_db
NO, POTENTIAL, OPPORTUNITY, ORDERING = CustomerClass.UNIDENTIFIED, CustomerClass.POTENTIAL, CustomerClass.OPPORTUNITY, CustomerClass.ORDERING
day = dt.date.fromisoformat


def moment(text: str, hour: int = 10) -> dt.datetime:
    return days.start_of(day(text)) + dt.timedelta(hours=hour)


def window(first: str, last: str) -> Days:
    return Days(day(first), day(last) + dt.timedelta(days=1))


@pytest.fixture
def past(world):
    """Make customers with a past: `past("K1", ("2026-01-10", POTENTIAL), ("2026-03-01", ORDERING), removed="2026-04-01")`."""

    def make(name, *periods, removed="", by="alice", **values):
        owner = world.users[by]
        unit, branch = (world.units["west_sales"], world.units["west"]) if by == "bob" else (world.units["east_sales"], world.units["east"])
        with transaction.atomic():
            made = Customer(
                name=name, owner=owner, unit=unit, branch=branch, customer_class=periods[-1][1], created_at=moment(periods[0][0]),
                deleted_at=moment(removed) if removed else None, **values,
            )  # fmt: skip
            made.save()
            same = {"level": made.level_id, "owner": owner.pk, "unit": unit.pk, "branch": branch.pk, "industry": made.industry_id, "origin": None}
            rows = [{"id": made.pk, "valid_from": moment(start), "customer_class": said, **same} for start, said, *_rest in periods]
            if removed:
                rows[-1]["valid_to"] = moment(removed)
            load_spans(Customer, rows)
        return made

    return make


@pytest.fixture
def erin(world):
    return world.actor("erin")


def classes(actor, asof: str) -> dict[int, int]:
    found = answer(actor, Ask(("customers",), by=("customer_class_then",), asof=day(asof), totals=True))
    assert sum(line.cells["customers"] for line in found.lines) == found.total.cells["customers"]
    return {line.values[0]: line.cells["customers"] for line in found.lines}


def test_an01_customers_by_class_as_of_a_day(past, erin):
    past("K1", ("2026-01-10", POTENTIAL), ("2026-03-01", ORDERING))
    past("K2", ("2026-02-01", NO), removed="2026-02-20")
    past("K3", ("2026-02-15", POTENTIAL))
    assert classes(erin, "2026-02-18") == {NO: 1, POTENTIAL: 2}
    assert classes(erin, "2026-02-20") == {POTENTIAL: 2}
    assert classes(erin, "2026-03-01") == {POTENTIAL: 1, ORDERING: 1}
    assert classes(erin, "2026-01-09") == {}
    months = answer(erin, Ask(("customers",), by=("customer_class_then",), period=window("2026-01-01", "2026-03-31"), grain="month"))
    by_class = {k: [line.cells["customers"] for line in months.lines if line.values == (k,)] for k in (NO, POTENTIAL, ORDERING)}
    assert by_class == {NO: [0, 0, 0], POTENTIAL: [1, 2, 1], ORDERING: [0, 0, 1]}


def test_an01_opens_exactly_the_customers_of_a_class_on_that_day(past, erin):
    first = past("K1", ("2026-01-10", POTENTIAL), ("2026-03-01", ORDERING))
    third = past("K3", ("2026-02-15", POTENTIAL))
    ask = Ask(("customers",), by=("customer_class_then",), asof=day("2026-02-18"))
    rows = behind(erin, "customers", ask, clicked={"customer_class_then": POTENTIAL})
    assert sorted(row.pk for row in rows) == [first.pk, third.pk]
    assert link(erin, "customers", ask, clicked={"customer_class_then": POTENTIAL}).startswith("/analyses/rows/?measures=customers&asof=2026-02-18")


def test_a_merged_customer_counts_as_its_survivor_on_any_day(past, erin):
    kept = past("K1", ("2026-01-10", POTENTIAL))
    other = past("K2", ("2026-01-10", POTENTIAL))
    Customer._base_manager.filter(pk=other.pk).update(merged_into=kept.pk)
    assert classes(erin, "2026-02-01") == {POTENTIAL: 1}


def test_an13_visits_and_coverage(world, past, erin):
    owned = [past(f"K{n}", ("2026-01-10", POTENTIAL)) for n in range(10)]
    alice = world.users["alice"]

    def told(customer, on, **values):
        FollowUp(customer=customer, at=moment(on), author=alice, author_unit=world.units["east_sales"], text="谈", **values).save()

    for n in range(6):
        told(owned[n % 3], f"2026-03-{n + 2:02}", kind="visit", met_decision_maker=n < 2)
    march = window("2026-03-01", "2026-03-31")
    ask = Ask(("visit_frequency", "decision_maker_rate", "coverage"), by=("owner",), period=march, asof=day("2026-03-31"))
    cells = answer(erin, ask).lines[0].cells
    assert (cells["visit_frequency"], round(float(cells["decision_maker_rate"]), 3), float(cells["coverage"])) == (2, 0.333, 0.3)
    told(owned[3], "2026-03-20", kind="call")
    cells = answer(erin, ask).lines[0].cells
    assert (cells["visit_frequency"], float(cells["coverage"])) == (2, 0.4)


def test_an05_not_contacted_for_longer_than_allowed(world, past, erin):
    def told(customer, on):
        FollowUp(customer=customer, at=moment(on), author=world.users["alice"], author_unit=world.units["east_sales"], text="谈").save()

    first, second = past("K1", ("2026-01-01", POTENTIAL)), past("K2", ("2026-01-01", POTENTIAL))
    past("K3", ("2026-03-20", POTENTIAL))
    never, limit = past("K4", ("2026-01-01", POTENTIAL)), past("K5", ("2026-01-01", POTENTIAL))
    told(first, "2026-03-10")
    told(second, "2026-02-28")
    told(limit, "2026-03-01")
    told(never, "2026-04-02")  # after the day asked about: a plan as of that day
    ask = Ask(("quiet_customers", "quiet_rate"), asof=day("2026-03-31"))
    assert {row.pk for row in behind(erin, "quiet_customers", ask)} == {second.pk, never.pk}
    cells = answer(erin, ask).lines[0].cells
    assert (cells["quiet_customers"], float(cells["quiet_rate"])) == (2, 0.4)
    late = answer(erin, Ask(("quiet_customers",), asof=day("2026-04-01"))).lines[0].cells
    assert late["quiet_customers"] == 3, "one more day, and the limit is passed"


def test_a_period_that_passes_the_day_is_cut_there(world, past, erin):
    customer = past("K1", ("2026-01-10", POTENTIAL))
    FollowUp(customer=customer, at=moment("2026-03-20"), author=world.users["alice"], author_unit=world.units["east_sales"], text="谈").save()
    ask = Ask(("follow_up_count",), period=window("2026-03-01", "2026-03-31"), asof=day("2026-03-19"))
    assert answer(erin, ask).lines[0].cells["follow_up_count"] == 0
    assert answer(erin, Ask(("follow_up_count",), period=ask.period, asof=day("2026-03-20"))).lines[0].cells["follow_up_count"] == 1
