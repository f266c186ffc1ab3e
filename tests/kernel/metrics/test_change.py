"""The change of a stock between two days: the catalogue's examples, and on random worlds parts that add up to the measures of either day."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from unittest.mock import ANY

import pytest
from django.db import transaction

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.history.writes import correct, load_spans
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.change import IN, KEPT, Between, taken_apart, words
from pellucid.kernel.metrics.declare import Ask, changes
from pellucid.kernel.metrics.moved import Wanted, moved, passed, summed
from pellucid.kernel.metrics.rows import Below
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.errors import Forbidden
from pellucid.sales import stages
from pellucid.sales.models import Opportunity

pytestmark = pytest.mark.django_db
FUNNEL = changes["AN14-change"]
D0, D1 = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


def ladder() -> list[int]:
    return [s.id for s in stages.of_pipeline(stages.first_pipeline())]


def moment(day: dt.date, hour: int = 10) -> dt.datetime:
    return days.start_of(day) + dt.timedelta(hours=hour)


@dataclass
class Period:
    day: dt.date
    step: int  # 1-based
    amount: int
    probability: int
    state: str = "open"
    who: str = "alice"
    expected: dt.date | None = None


@pytest.fixture
def deal(world):
    """Make an opportunity with a past: `deal(Period(...), ..., removed=day)`."""
    steps = ladder()
    where = {"alice": "east_sales", "carol": "east_sales", "bob": "west_sales"}

    def make(*periods: Period, removed: dt.date | None = None) -> Opportunity:
        def values(p: Period) -> dict:
            unit = where[p.who]
            closed = p.day if p.state != "open" else None
            return {"pipeline": stages.first_pipeline(), "stage": steps[p.step - 1], "state": p.state, "amount": p.amount, "amount_base": p.amount,
                    "expected_on": p.expected, "probability": p.probability, "forecast": "pipeline", "closed_on": closed, "loss_reason": None,
                    "owner": world.users[p.who].pk, "unit": world.units[unit].pk, "branch": world.units[unit.split("_")[0]].pk}  # fmt: skip

        with transaction.atomic():
            last = values(periods[-1])
            ids = {f"{k}_id" if k in ("pipeline", "stage", "loss_reason", "owner", "unit", "branch") else k: v for k, v in last.items()}
            made = Opportunity(name="商机", opened_on=periods[0].day, created_at=moment(periods[0].day),
                               deleted_at=moment(removed) if removed else None, **ids)  # fmt: skip
            made.save()
            rows = [{"id": made.pk, "valid_from": moment(p.day), **values(p)} for p in periods]
            if removed:
                rows[-1]["valid_to"] = moment(removed)
            load_spans(Opportunity, rows)
        return made

    return make


def effects(found, metric: str) -> dict[str, Decimal]:
    return {p.name: p.effect for p in found.parts(metric) if p.effect}


def test_e3_the_example_of_the_catalogue(world, deal):
    early, late = dt.date(2026, 2, 1), dt.date(2026, 3, 10)
    made = {
        1: deal(Period(late, 1, 100, 10)),
        2: deal(Period(early, 1, 200, 10), Period(late, 3, 200, 50)),
        3: deal(Period(early, 3, 300, 50), Period(late, 2, 350, 30)),
        4: deal(Period(early, 4, 400, 80), Period(late, 6, 400, 100, "won")),
        5: deal(Period(early, 2, 500, 30), Period(late, 7, 500, 0, "lost")),
        6: deal(Period(early, 2, 600, 30), Period(late, 2, 550, 30)),
        7: deal(Period(early, 2, 700, 30), Period(dt.date(2026, 2, 20), 7, 700, 0, "lost"), Period(late, 2, 700, 30)),
        8: deal(Period(early, 1, 80, 10), removed=late),
    }
    deal(Period(D0 + dt.timedelta(days=2), 1, 900, 10), Period(late, 6, 900, 100, "won"))  # came and went in between: no part
    erin = world.actor("erin")
    asked = Between(D0, D1)
    found = taken_apart(erin, FUNNEL, asked)
    assert (found.opening("value"), found.closing("value")) == (2080, 1900)
    assert effects(found, "value") == {"new": 100, "reopened": 700, "raised": 50, "lowered": -50, "removed": -80, "lost": -500, "won": -400}
    assert (found.opening("weighted"), found.closing("weighted")) == (828, 590)
    assert effects(found, "weighted") == {
        "new": 10, "reopened": 210, "raised": 15, "likelier": 80, "unlikelier": -60, "lowered": -15, "removed": -8, "lost": -150, "won": -320}
    assert (found.opening("count"), found.closing("count")) == (6, 5)
    assert effects(found, "count") == {"new": 1, "reopened": 1, "removed": -1, "lost": -1, "won": -1}
    assert (found.count("up"), found.count("down"), found.count("stay")) == (1, 1, 1)
    for metric in ("count", "value", "weighted"):
        assert found.opening(metric) + sum(p.effect for p in found.parts(metric)) == found.closing(metric)
    for part, who in {"new": [1], "reopened": [7], "won": [4], "lost": [5], "removed": [8], "raised": [3], "lowered": [6], "up": [2],
                      "": [1, 2, 3, 4, 5, 6, 7, 8], "kept": [2, 3, 6]}.items():  # fmt: skip
        assert sorted(m.id for m in moved(erin, FUNNEL, asked, part)) == [made[n].pk for n in who], part
    steps = ladder()
    assert [m.id for m in moved(erin, FUNNEL, asked, before=steps[0], after=steps[2])] == [made[2].pk]
    assert [(p.ending, p.count, p.value) for p in passed(erin, FUNNEL, asked)] == [("won", 1, 900)]
    matrix = found.matrix()
    assert matrix[steps[0], steps[2]] == 1 and matrix["", steps[1]] == 1 and matrix[steps[3], "won"] == 1 and matrix[steps[0], "removed"] == 1


def test_filters_that_are_passed_are_moves_and_changes_of_date(world, deal):
    early, late = dt.date(2026, 2, 1), dt.date(2026, 3, 10)
    march = dt.date(2026, 3, 20)
    deal(Period(early, 1, 100, 10, expected=march), Period(late, 1, 100, 10, who="bob", expected=march))  # another unit
    deal(Period(early, 1, 10, 10, who="bob", expected=march), Period(late, 1, 20, 10, expected=march))  # came from there
    deal(Period(early, 1, 7, 10, expected=march), Period(late, 1, 7, 10, expected=dt.date(2026, 6, 1)))  # put off
    deal(Period(early, 1, 5, 10, expected=dt.date(2026, 6, 1)), Period(late, 2, 5, 30, expected=march))  # brought forward
    deal(Period(early, 1, 3, 10, expected=march), Period(late, 2, 4, 30, expected=march))
    quarter = Days(dt.date(2026, 1, 1), dt.date(2026, 4, 1))
    asked = Between(D0, D1, {"unit": Below(frozenset({world.units["east"].pk})), "expected_on": quarter})
    found = taken_apart(world.actor("erin"), FUNNEL, asked)
    assert effects(found, "value") == {"moved_out": -100, "moved_in": 20, "date_out": -7, "date_in": 5, "raised": 1}
    assert (found.opening("value"), found.closing("value")) == (110, 29)


def random_past(rng: random.Random) -> tuple[list[Period], dt.date | None]:
    day = dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(100))
    periods = [Period(day, rng.randint(1, 5), rng.randrange(0, 900), rng.choice((0, 10, 33, 80)), who=rng.choice(("alice", "carol", "bob")),
                      expected=rng.choice((None, dt.date(2026, 3, 15), dt.date(2026, 5, 1))))]  # fmt: skip
    for _ in range(rng.randrange(6)):
        day += dt.timedelta(days=rng.randint(1, 30))
        last = periods[-1]
        change: dict = {"day": day}
        match rng.randrange(7):
            case 0:
                change |= {"state": "won", "step": 6, "probability": 100}
            case 1:
                change |= {"state": "lost", "step": 7, "probability": 0}
            case 2:
                change |= {"amount": rng.randrange(0, 900)}
            case 3:
                change |= {"who": rng.choice(("alice", "carol", "bob"))}
            case 4:
                change |= {"expected": rng.choice((None, dt.date(2026, 3, 15), dt.date(2026, 5, 1)))}
            case _:
                change |= {"step": rng.randint(1, 5), "state": "open", "probability": rng.choice((10, 50))}
        if change.get("state", last.state) != "open" and change.get("state") == last.state:
            continue
        periods.append(replace(last, **change))
    removed = day + dt.timedelta(days=rng.randint(1, 20)) if rng.random() < 0.2 else None
    return [p for p in periods if p.day < dt.date(2026, 6, 1)], removed


@pytest.mark.parametrize("seed", range(6))
def test_parts_add_up_to_the_measures_of_either_day(world, deal, seed):
    rng = random.Random(seed)
    made = []
    for _ in range(40):
        periods, removed = random_past(rng)
        made.append(deal(*periods, removed=removed))
    for one in rng.sample(made, 6):  # later corrections of the past
        start = moment(dt.date(2026, 1, 1) + dt.timedelta(days=rng.randrange(90)))
        with transaction.atomic():
            correct(Opportunity, one.pk, start, start + dt.timedelta(days=rng.randint(1, 40)), {"amount_base": rng.randrange(900), "probability": 44})
    quarter = Days(dt.date(2026, 1, 1), dt.date(2026, 4, 1))
    filters = [{}, {"unit": Below(frozenset({world.units["east"].pk}))}, {"expected_on": quarter}, {"stage": tuple(ladder()[:2])},
               {"owner": world.users["carol"].pk, "expected_on": quarter}, {"expected_on": None}]  # fmt: skip
    seen: Counter[str] = Counter()
    for n in range(12):
        first = dt.date(2026, 2, 1) + dt.timedelta(days=rng.randrange(60))
        asked = Between(first, first + dt.timedelta(days=rng.randrange(1, 60)), filters[n % 6])
        actor = world.actor("erin" if n < 6 else rng.choice(("mona", "sam", "alice", "bob")))
        found = taken_apart(actor, FUNNEL, asked)
        for metric, measure in (("count", "open_count"), ("value", "open_amount"), ("weighted", "weighted_amount")):
            opening, closing = (answer(actor, Ask((measure,), asof=day, filters=asked.filters)).lines[0].cells[measure]
                                for day in (asked.first, asked.last))  # fmt: skip
            assert (found.opening(metric), found.closing(metric)) == (opening, closing), (asked, metric)
            parts = found.parts(metric)
            assert opening + sum(p.effect for p in parts) == closing, (asked, metric)
            for p in parts:
                seen[p.name] += p.count
                if n % 4 == seed % 4:
                    assert summed(actor, FUNNEL, asked, Wanted(p.name, metric=metric)) == (p.count, p.effect if metric != "count" else ANY), p
            whole = {"was": opening, "is": closing, "in": sum(p.effect for p in parts if p.effect > 0),
                     "out": sum(p.effect for p in parts if p.effect < 0 and p.name != "won")}  # fmt: skip
            for part, total in whole.items() if n % 4 == seed % 4 else ():
                many, said = summed(actor, FUNNEL, asked, Wanted(part, metric=metric))
                assert (many if metric == "count" else said) == (abs(total) if metric == "count" else total), (part, metric)
        everything = moved(actor, FUNNEL, asked, limit=1000, part="kept")
        assert len(everything) == found.count(*KEPT)
        for part in words(FUNNEL):
            rows = moved(actor, FUNNEL, asked, part, limit=1000)
            if part in ("raised", "lowered"):
                assert sum(m.value1 - m.value0 for m in rows) == next(p.effect for p in found.parts("value") if p.name == part)
            elif part in (*IN, "date_out", "moved_out", "removed", "won", "lost", "up", "down", "stay"):
                assert len(rows) == found.count(part)
        cells = found.matrix()
        for side in {before for before, _a in cells} - {""}:
            assert summed(actor, FUNNEL, asked, Wanted("was", before=side))[0] == sum(n for (b, _a), n in cells.items() if b == side)
        for side in {after for _b, after in cells if isinstance(after, int)}:
            assert summed(actor, FUNNEL, asked, Wanted("is", after=side))[0] == sum(n for (_b, a), n in cells.items() if a == side)
        assert summed(actor, FUNNEL, asked, Wanted("every"))[0] == sum(cells.values())
        assert summed(actor, FUNNEL, asked, Wanted(metric="weighted"))[1] == found.closing("weighted") - found.opening("weighted")
        between = {p.ending: (p.count, p.value) for p in passed(actor, FUNNEL, asked)}
        for ending in ("won", "lost"):
            assert summed(actor, FUNNEL, asked, Wanted(f"passed-{ending}")) == between.get(ending, (0, 0))
        by_place = found.matrix("value")
        closing = answer(actor, Ask(("open_amount",), by=("stage",), asof=asked.last, filters=asked.filters))
        for line in closing.lines:
            if line.cells["open_amount"]:
                assert sum(v for (_b, a), v in by_place.items() if a == line.values[0]) == line.cells["open_amount"]
    assert all(seen[name] for name in ("new", "won", "lost", "removed")) and len(+seen) > 9, seen


def test_what_was_corrected_later_does_not_count_as_reported_then(world, deal):
    one = deal(Period(dt.date(2026, 2, 1), 1, 100, 10))
    with transaction.atomic():
        correct(Opportunity, one.pk, moment(D0 - dt.timedelta(days=5)), moment(D0 + dt.timedelta(days=5)), {"amount_base": 70})
    erin = world.actor("erin")
    assert effects(taken_apart(erin, FUNNEL, Between(D0, D1)), "value") == {"raised": 30}
    assert taken_apart(erin, FUNNEL, Between(D0, D1, reported=True)).groups == (), "it was all entered after these days"


def test_a_field_that_may_not_be_read_refuses_the_change(world, django_assert_num_queries):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount_base", level="none")
    alice = world.actor("alice")
    assert alice.may("opportunity", "view")
    with django_assert_num_queries(0), pytest.raises(Forbidden):
        taken_apart(alice, FUNNEL, Between(D0, D1))
