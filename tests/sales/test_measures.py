"""The numbers of sales, with the examples of the catalogue."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import transaction

from pellucid.collaboration.models import Task
from pellucid.customers.models import FollowUp
from pellucid.kernel.history.writes import load_spans
from pellucid.kernel.metrics.answer import answer, mean
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import behind
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.days import Days
from pellucid.people.models import Staff
from pellucid.sales import stages
from pellucid.sales.models import Opportunity

pytestmark = pytest.mark.django_db
day = dt.date.fromisoformat
MARCH = Days(day("2026-03-01"), day("2026-04-01"))
END = day("2026-03-31")


def moment(text: str) -> dt.datetime:
    return days.start_of(day(text)) + dt.timedelta(hours=10)


@pytest.fixture
def deal(world):
    """`deal(("2026-03-01", 1), ("2026-03-09", 2), ("2026-03-12", "won"), amount=100)`: what an opportunity was from which day on."""
    steps = [s.id for s in stages.of_pipeline(stages.first_pipeline())]

    def make(*periods, amount=100, reason=None, customer=None, by="alice", expected=None, forecast="pipeline", probability=10):
        unit = world.units["west_sales" if by == "bob" else "east_sales"]
        whose = {"owner": world.users[by].pk, "unit": unit.pk, "branch": unit.parent_id}

        def values(on, what):
            over = what in ("won", "lost")
            return {"pipeline": stages.first_pipeline(), "stage": steps[{"won": 5, "lost": 6}.get(what, what - 1 if not over else 0)],
                    "state": what if over else "open", "amount": amount, "amount_base": amount, "expected_on": expected and day(expected),
                    "probability": {"won": 100, "lost": 0}.get(what, probability), "forecast": forecast, "closed_on": day(on) if over else None,
                    "loss_reason": reason if what == "lost" else None, **whose}  # fmt: skip

        last = values(*periods[-1])
        links = {f.name for f in Opportunity._meta.local_concrete_fields if f.is_relation}
        with transaction.atomic():
            made = Opportunity(name="商机", customer=customer, opened_on=day(periods[0][0]), created_at=moment(periods[0][0]),
                               closed_owner_id=whose["owner"], closed_unit_id=whose["unit"],
                               **{(f"{k}_id" if k in links else k): v for k, v in last.items()})  # fmt: skip
            made.save()
            load_spans(Opportunity, [{"id": made.pk, "valid_from": moment(on), **values(on, what)} for on, what in periods])
        return made

    return make


def cells(actor, *measures, by="", asof=END, period=MARCH, **filters):
    found = answer(actor, Ask(measures, by=(by,) if by else (), period=period, asof=asof, filters=filters))
    return {line.values[0]: line.cells for line in found.lines} if by else found.lines[0].cells


def test_an14_conversion_of_those_who_came_into_a_stage(world, deal):
    first, second = stages.of_pipeline(stages.first_pipeline())[:2]
    for n in range(10):
        on = f"2026-03-{n + 1:02}"
        match n:
            case 0 | 1 | 2:
                deal((on, 1), ("2026-03-20", 2))
            case 3:
                deal((on, 1), ("2026-03-20", 4), ("2026-03-25", 2))  # skipped stages count, and going back takes nothing away
            case 4:
                deal((on, 1), ("2026-03-20", "won"))
            case 5:
                deal((on, 1), ("2026-03-20", 3), ("2026-03-22", "lost"))  # lost, but further on
            case 6 | 7 | 8:
                deal((on, 1), ("2026-03-21", "lost"))
            case 9:
                deal((on, 1))
    deal(("2026-02-20", 1), ("2026-03-05", 2))  # came into the first stage before
    erin = world.actor("erin")
    names = ("stage_entered", "stage_reached", "stage_lost", "stage_still", "stage_conversion", "stage_decided_conversion", "stage_success")
    found = cells(erin, *names, by="stage")[first.id]
    assert [found[n] for n in names[:4]] == [10, 6, 3, 1]
    assert (found["stage_conversion"], round(found["stage_decided_conversion"], 3)) == (Decimal("0.6"), Decimal("0.667"))
    assert found["stage_success"] == Decimal("0.2"), "one won, four lost"
    rows = behind(erin, "stage_reached", Ask(("stage_reached",), period=MARCH, asof=END), clicked={"stage": first.id})
    assert rows.count() == 6
    early = cells(erin, *names, by="stage", asof=day("2026-03-19"))[first.id]
    assert [early[n] for n in names[:4]] == [10, 0, 0, 10], "as of a day before it happened"
    assert cells(erin, "stage_entered", by="stage")[second.id]["stage_entered"] == 5, "back in a stage it passed over is there for the first time"


def test_a_compared_period_is_given_the_same_time(world, deal):
    deal(("2026-03-10", 1), ("2026-03-28", 2))
    deal(("2025-03-10", 1), ("2025-05-01", 2))  # got further, but after longer
    window = Days(day("2026-03-01"), day("2026-04-01"))
    first = stages.first_stage(stages.first_pipeline()).id
    year = Days(day("2025-03-01"), day("2025-04-01"))
    ask = Ask(("stage_conversion",), period=window, asof=END, compare={"year": year}, filters={"stage": first})
    found = answer(world.actor("erin"), ask).lines[0].cells
    assert (found["stage_conversion"], found["stage_conversion__year"]) == (1, 0)


def test_days_in_a_stage_so_far_and_in_the_end(world, deal):
    deal(("2026-03-01", 1), ("2026-03-11", 2))
    deal(("2026-03-01", 1))
    deal(("2026-03-03", 1), ("2026-03-07", "lost"))
    found = cells(world.actor("erin"), "stage_age", by="stage")
    first, second = (s.id for s in stages.of_pipeline(stages.first_pipeline())[:2])
    assert [round(float(found[s]["stage_age"]), 2) for s in (first, second)] == [30.58, 20.58], "to the end of the day"
    assert cells(world.actor("erin"), "stage_length")["stage_length"] == 7, "ten and four days; one is there still"


def test_an16_tasks_met(world):
    def task(due, done="", cancelled=False):
        Task(name="回访", owner=world.users["alice"], unit=world.units["east_sales"], branch=world.units["east"], due_at=moment(due),
             cancelled=cancelled, done_at=moment(done) if done else moment(due) if cancelled else None,
             state="done" if done or cancelled else "todo", created_at=moment("2026-02-01")).save()  # fmt: skip

    for n in (2, 3, 4):
        task(f"2026-03-{n:02}", f"2026-03-{n:02}")
    task("2026-03-05", "2026-03-09")
    task("2026-03-06")
    task("2026-03-07", cancelled=True)
    task("2026-04-20")  # not due yet
    found = cells(world.actor("erin"), "tasks_come_due", "tasks_in_time", by="owner")[world.users["alice"].pk]
    assert (found["tasks_come_due"], found["tasks_in_time"]) == (5, Decimal("0.6"))


def test_an19_lost_deals_by_reason(world, deal):
    price, function = (pk for pk, _label, _tone in terms.options("loss_reason", "en")[:2])
    for _ in range(4):
        deal(("2026-03-01", 1), ("2026-03-10", "lost"), reason=price)
    deal(("2026-03-01", 1), ("2026-03-10", "lost"), reason=function, amount=300)
    deal(("2026-03-01", 2), ("2026-03-10", "lost"), amount=50)
    deal(("2026-03-01", 1), ("2026-03-10", "lost"), ("2026-03-20", 1), reason=price)  # reopened
    erin = world.actor("erin")
    found = answer(erin, Ask(("lost_count", "lost_opp_amount"), by=("loss_reason",), period=MARCH, asof=END, share=("lost_count", "lost_opp_amount")))
    shares = {line.values[0]: (round(line.cells["lost_count__share"], 3), round(line.cells["lost_opp_amount__share"], 3)) for line in found.lines
              if line.cells["lost_count"]}  # fmt: skip
    assert shares == {price: (Decimal("0.667"), Decimal("0.533")), function: (Decimal("0.167"), Decimal("0.4")),
                      None: (Decimal("0.167"), Decimal("0.067"))}  # fmt: skip
    assert cells(erin, "lost_count", asof=day("2026-03-15"))["lost_count"] == 7, "as of a day before it was reopened"
    second = stages.of_pipeline(stages.first_pipeline())[1].id
    assert cells(erin, "lost_count", by="stage_from")[second]["lost_count"] == 1


def test_an13_visits_per_working_day_of_the_calendar(world):
    alice = world.users["alice"]
    with transaction.atomic():
        staff = Staff(user=alice, name="林晓彤", unit=world.units["east_sales"], entry_on=day("2024-01-01"), created_at=moment("2024-01-01"))
        staff.save()
        known = {name: getattr(staff, Staff._meta.get_field(name).attname) for name in Staff.temporal}
        load_spans(Staff, [{"id": staff.pk, "valid_from": moment("2024-01-01"), **known}])
    customer = world.customer("客户")
    for n in range(6):
        at = moment(f"2026-03-{n + 2:02}")
        FollowUp(customer=customer, at=at, author=alice, author_unit=world.units["east_sales"], text="谈", kind="visit").save()
    asof = days.today()
    window = Days(day("2026-03-02"), day("2026-03-28"))  # four weeks of five days
    found = cells(world.actor("erin"), "visits", "working_days", "visits_per_day", by="owner", period=window, asof=asof)[alice.pk]
    assert (found["visits"], found["working_days"], found["visits_per_day"]) == (6, 20, Decimal("0.3"))


def test_r262_customers_tracked_at_once_is_the_mean_of_month_ends(world, deal):
    first, second = world.customer("一"), world.customer("二")
    deal(("2026-01-05", 1), customer=first)
    deal(("2026-01-06", 1), customer=first)
    deal(("2026-02-10", 1), ("2026-03-10", "won"), customer=second)
    quarter = Days(day("2026-01-01"), day("2026-04-01"))
    found = mean(world.actor("erin"), Ask(("tracked_customers",), by=("owner",), period=quarter, asof=END), "month")
    assert {line.values[0]: round(line.cells["tracked_customers"], 3) for line in found.lines if line.cells["tracked_customers"]} == {
        world.users["alice"].pk: Decimal("1.333")}, "1, 2 and 1"


def test_forecast_weighted_closable_committed(world, deal):
    deal(("2026-03-01", 1), amount=100, probability=50, expected="2026-03-20", forecast="commit")
    deal(("2026-03-01", 1), amount=200, probability=60, expected="2026-05-20", forecast="commit")
    deal(("2026-03-01", 1), amount=400, probability=90, expected="2026-03-25")
    found = cells(world.actor("erin"), "open_amount", "weighted_amount", "closable_amount", "forecast_commit")
    assert [found[n] for n in ("open_amount", "weighted_amount", "closable_amount", "forecast_commit")] == [700, 530, 600, 100]
    months = cells(world.actor("erin"), "open_amount", by="expected_month")
    assert {k: v["open_amount"] for k, v in months.items()} == {day("2026-03-01"): 500, day("2026-05-01"): 200}


@pytest.mark.parametrize("later", ["stage", "amount", "owner", "delete"])
def test_a_past_day_stays_as_it_was(world, deal, later):
    one = deal(("2026-03-01", 1), amount=100)
    ask = Ask(("open_count", "open_amount", "weighted_amount", "stage_entered"), by=("owner",), period=MARCH, asof=END, totals=True)
    before = answer(world.actor("erin"), ask)
    changed = {"stage": {"stage_id": stages.of_pipeline(stages.first_pipeline())[3].id}, "amount": {"amount": 900, "amount_base": 900},
               "owner": {"owner_id": world.users["bob"].pk}, "delete": {"deleted_at": days.end_of(days.today())}}[later]  # fmt: skip
    with transaction.atomic():
        Opportunity._base_manager.filter(pk=one.pk).update(**changed)
    assert answer(world.actor("erin"), ask) == before
