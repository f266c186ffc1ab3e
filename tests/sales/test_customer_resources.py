"""AN06, allocation of customer resources: who holds how much against what he can carry, and wins how often."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, analyses
from pellucid.kernel.records import days
from pellucid.people.models import Staff
from pellucid.sales import stages
from pellucid.sales.models import Opportunity

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(world):
    """Li holds 60 of 50, Wang 20 of 50, Zhao 7 of nobody knows how many; all in one department."""
    unit, branch, out = world.units["east_sales"], world.units["east"], {}
    for login, name, n, capacity in (("alice", "李", 60, 50), ("carol", "王", 20, 50), ("sam", "赵", 7, None)):
        user = out[name] = world.users[login]
        Staff.objects.create(user=user, name=name, unit=unit, capacity=capacity)
        Customer.objects.bulk_create([Customer(name=f"{name}{i}", number=f"{login}-{i}", owner=user, unit=unit, branch=branch) for i in range(n)])
    return out


def ask(world, *measures, by="", who="erin"):
    found = answer(world.actor(who), Ask(measures, by=(by,) if by else ()), days.today())
    return {line.values[0] if by else None: tuple(line.cells[m] for m in measures) for line in found.lines}


def test_load_is_customers_by_capacity_on_both_sides_where_it_is_known(world, three):
    people = ask(world, "customers_held", "capacity", "customer_load", by="owner")
    assert people[three["李"].pk] == (60, 50, Decimal("1.20"))
    assert people[three["王"].pk] == (20, 50, Decimal("0.40"))
    held, capacity, load = people[three["赵"].pk]
    assert (held, load) == (7, None) and not capacity, "without a capacity there is no load"
    held, capacity, load = ask(world, "customers_held", "capacity", "customer_load", by="unit")[world.units["east_sales"].pk]
    assert (held, capacity, load) == (87, 100, Decimal("0.80")), "Zhao's seven are counted, but in no ratio"


def test_who_has_left_with_customers_is_shown_and_pools_are_nobodys(world, three):
    Staff.objects.filter(user=three["王"]).update(leave_on=days.today())
    assert ask(world, "unattended_customers")[None] == (20,)
    assert ask(world, "unattended_customers", by="owner")[three["王"].pk] == (20,)


def test_a_day_of_the_past_shows_who_held_then(world, three):
    moved = Customer.objects.filter(owner=three["王"]).first()
    yesterday = Ask(("customers_held",), by=("owner",), asof=days.today() - dt.timedelta(days=1))
    assert not any(line.cells["customers_held"] for line in answer(world.actor("erin"), yesterday, days.today()).lines), "they came today"
    moved.owner = three["李"]
    moved.save(update_fields=("owner",))
    assert ask(world, "customers_held", by="owner")[three["李"].pk] == (61,)


def test_load_stands_beside_success(world, three):
    li, pipeline = three["李"], stages.first_pipeline()
    ends = {kind: next(s.id for s in stages.of_pipeline(pipeline) if s.kind == kind) for kind in ("won", "lost")}
    for n, state in enumerate(("won", "won", "won", "lost")):
        Opportunity.objects.bulk_create([Opportunity(
            name=f"商机{n}", number=f"SJ{n}", owner=li, unit=world.units["east_sales"], branch=world.units["east"], pipeline_id=pipeline,
            stage_id=ends[state], state=state, opened_on=days.today() - dt.timedelta(days=9), closed_on=days.today(), closed_owner=li)])  # fmt: skip
    rate = ask(world, "win_rate", by="owner")[three["李"].pk]
    assert rate == (Decimal("0.75"),)
    names = {m for part in analyses["AN06"].parts for m in part.ask.measures}
    assert {"customers_held", "customer_load", "capacity", "open_count", "open_amount", "contacted_customers", "win_rate", "unattended_customers",
            "customers_in_pool", "leads_in_pool"} <= names  # fmt: skip


def test_the_page_says_the_same(world, three, browser):
    page = browser("erin").get("/analyses/AN06").content.decode()
    assert "1.20" in page or "120" in page
    assert "87" in page and "客户资源分配" in page
