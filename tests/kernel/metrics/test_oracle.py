"""Every measure by every dimension, for several users, on random worlds, against the oracle; and rules broken on purpose are noticed."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q

from pellucid.customers.models import Customer, CustomerClass, FollowUp, Pool
from pellucid.kernel.history.writes import correct, load_spans
from pellucid.kernel.metrics import blocks, rows
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, Measure, datasets, measures
from pellucid.kernel.metrics.drill import behind
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.days import Days
from pellucid.orders.models import CreditProfile, ValueGrade, ValueModel
from pellucid.people.models import Staff
from pellucid.sales import stages
from pellucid.sales.models import Opportunity
from tests.kernel.metrics.oracle import Oracle, expected, same

pytestmark = pytest.mark.django_db
SETS = ("customers", "customer_history", "customer_moves", "customer_losses", "follow_ups", "opportunities", "opportunity_history", "closings",
        "stage_entries")  # fmt: skip
WATCHED = [n for n, m in measures.items() if isinstance(m, Measure) and m.dataset in SETS]
USERS = ("erin", "mona", "alice", "bob")
START = dt.date(2026, 1, 1)


def moment(day: dt.date, hour: int = 10, minute: int = 0) -> dt.datetime:
    return days.start_of(day) + dt.timedelta(hours=hour, minutes=minute)


class Maker:
    """Random customers, follow-ups and opportunities with random pasts: deleted, merged, corrected, with empty fields and edges of days."""

    def __init__(self, world: Any, rng: random.Random) -> None:
        self.world, self.rng = world, rng
        self.places = {"alice": "east_sales", "carol": "east_sales", "mona": "east", "bob": "west_sales"}
        self.levels = [None, *(terms.find("customer_level", code) for code in ("A", "B"))]
        self.industries = [None, *[pk for pk, _l, _t in terms.options("industry", "en")[:2]]]
        self.pool = Pool._base_manager.create(name="公海", kind="customer", unit=world.units["east"], keeper=world.users["mona"])
        for name, left in (("alice", None), ("bob", None), ("carol", START + dt.timedelta(days=60))):  # mona's capacity is not known
            Staff._base_manager.create(user=world.users[name], name=name, unit=world.units[self.places[name]], capacity=3, leave_on=left)
        self.steps = [s.id for s in stages.of_pipeline(stages.first_pipeline())]

    def whose(self) -> dict[str, Any]:
        who = self.rng.choice(list(self.places))
        unit = self.world.units[self.places[who]]
        branch = self.world.units[self.places[who].split("_")[0]]
        return {"owner": self.world.users[who].pk, "unit": unit.pk, "branch": branch.pk}

    def day(self, low: int = 0, high: int = 150) -> dt.date:
        return START + dt.timedelta(days=5 * self.rng.randrange(low // 5, high // 5))  # few days, so that edges are met

    def at(self, low: int = 0, high: int = 150) -> dt.datetime:
        """Often the last minute of a day, or the first."""
        hour, minute = self.rng.choice(((0, 0), (10, 0), (23, 59)))
        return moment(self.day(low, high), hour, minute)

    def past(self, model: Any, first: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]], count: int, **fixed: Any) -> Any:
        starts = sorted({self.at() for _ in range(count)})
        periods = [{**first, "valid_from": starts[0]}]
        for start in starts[1:]:
            periods.append({**periods[-1], **change(periods[-1]), "valid_from": start})
        gone = starts[-1] + dt.timedelta(days=5 * self.rng.randrange(1, 6)) if self.rng.random() < 0.15 else None
        links = {f.name for f in model._meta.local_concrete_fields if f.is_relation}
        last = {(f"{k}_id" if k in links else k): v for k, v in periods[-1].items() if k != "valid_from"}
        with transaction.atomic():
            made = model(**{**fixed, **last, "created_at": starts[0], "deleted_at": gone})
            made.save()
            if gone:
                periods[-1]["valid_to"] = gone
            load_spans(model, [{"id": made.pk, **p} for p in periods])
        return made

    def customer(self, n: int) -> Customer:
        rng = self.rng
        first = {"customer_class": rng.choice(CustomerClass.values), "level": rng.choice(self.levels), "industry": rng.choice(self.industries),
                 "origin": None, "pool": None, **self.whose()}  # fmt: skip
        known = set(Customer.temporal)

        def change(last: dict[str, Any]) -> dict[str, Any]:
            return rng.choice(({"customer_class": rng.choice(CustomerClass.values)}, {"level": rng.choice(self.levels)}, self.whose(),
                               {"pool": rng.choice((None, self.pool.pk, self.pool.pk))}))  # fmt: skip

        first = {k: v for k, v in first.items() if k in known}
        return self.past(Customer, first, change, rng.randint(1, 4), name=f"客户{n}", kind=rng.choice(("company", "person")),
                         annual_demand=Decimal(n * 1370) if n % 3 else None)

    def follow_up(self, customer: Customer) -> None:
        rng, whose = self.rng, self.whose()
        FollowUp(customer=customer, at=self.at(0, 170), author_id=whose["owner"], author_unit_id=whose["unit"], text="谈", kind=rng.choice(
            ("visit", "call", "visit")), met_decision_maker=rng.random() < 0.5, created_at=moment(START),
            deleted_at=self.at(20) if rng.random() < 0.1 else None).save()  # fmt: skip

    def opportunity(self, n: int, customer: Customer | None) -> Opportunity:
        rng = self.rng
        reasons = [None, *[pk for pk, _l, _t in terms.options("loss_reason", "en")[:2]]]

        def amount() -> dict[str, Any]:
            value = Decimal(rng.randrange(0, 90000)) / 100
            return {"amount": value, "amount_base": value}

        def opened(last: dict[str, Any]) -> dict[str, Any]:
            return {"state": "open", "stage": rng.choice(self.steps[:5]), "closed_on": None, "loss_reason": None,
                    "probability": rng.choice((0, 33, 60, 90))}  # fmt: skip

        def closed(last: dict[str, Any]) -> dict[str, Any]:
            won = rng.random() < 0.5
            return {"state": "won" if won else "lost", "stage": self.steps[5 if won else 6], "closed_on": self.day(0, 150),
                    "probability": 100 if won else 0, "loss_reason": None if won else rng.choice(reasons)}  # fmt: skip

        def change(last: dict[str, Any]) -> dict[str, Any]:
            return rng.choice((opened, opened, closed, closed, lambda p: amount(), lambda p: self.whose(), lambda p: {
                "expected_on": rng.choice((None, self.day(60, 200))), "forecast": rng.choice(("commit", "best", "pipeline"))}))(last)  # fmt: skip

        first = {"pipeline": stages.first_pipeline(), "expected_on": rng.choice((None, self.day(60, 200))), "forecast": "commit", **opened({}),
                 **amount(), **self.whose()}  # fmt: skip
        made = self.past(Opportunity, first, change, rng.randint(1, 6), name=f"商机{n}", customer=customer)
        fields: dict[str, Any] = {"opened_on": None if rng.random() < 0.2 else days.day_of(made.created_at) - dt.timedelta(days=rng.randrange(3))}
        if made.closed_on and fields["opened_on"] and fields["opened_on"] > made.closed_on:
            fields["opened_on"] = made.closed_on
        if made.closed_on:
            whose = self.whose()
            fields |= {"closed_owner_id": whose["owner"], "closed_unit_id": whose["unit"]}
        if rng.random() < 0.4:
            fields |= {"next_step": "回访", "next_step_at": moment(START)}
        Opportunity._base_manager.filter(pk=made.pk).update(**fields)
        return made

    def fill(self) -> None:
        customers = [self.customer(n) for n in range(14)]
        for pair in ((0, 1), (2, 3)):  # merged away: facts follow the survivor
            Customer._base_manager.filter(pk=customers[pair[1]].pk).update(merged_into=customers[pair[0]].pk)
        model = ValueModel._base_manager.get(leading=True)
        for customer in self.rng.sample(customers, 10):
            turn = START + dt.timedelta(days=self.rng.randrange(20, 90))
            for since, until in ((START, turn), (turn, self.rng.choice((None, turn + dt.timedelta(days=40))))):
                ValueGrade._base_manager.create(customer=customer, model=model, grade=self.rng.choice("ABCD"), since=since, until=until)
            trust = {"grade": "B", "limit": None, "blocked": False}
            self.past(CreditProfile, trust, lambda last: {"grade": self.rng.choice("ABCD")}, 2, customer=customer)
        for _ in range(40):
            self.follow_up(self.rng.choice(customers))
        made = [self.opportunity(n, self.rng.choice([*customers[4:], None])) for n in range(40)]
        for one in self.rng.sample(made, 5):
            start = self.at(0, 60)
            with transaction.atomic():
                correct(Opportunity, one.pk, start, start + dt.timedelta(days=25), {"amount_base": 7, "probability": 44})


def differences(o: Oracle, world: Any, rng: random.Random, names: list[str], *, wholly: bool = True) -> tuple[list[str], Counter[str]]:
    """What does not agree, and how many rows of each measure were looked at."""
    wrong, seen = [], Counter()
    for name in names:
        m: Any = measures[name]
        ds = datasets[m.dataset]
        for by in ("", *(d.name for d in ds.dims if wholly)):
            user = rng.choice(USERS)
            first = START + dt.timedelta(days=5 * rng.randrange(-2, 24))
            window = Days(first, first + dt.timedelta(days=rng.choice((1, 6, 21, 61, 200))))
            asof = rng.choice((days.today(), window.until, window.until - dt.timedelta(days=1), first + dt.timedelta(days=10)))
            ask = Ask((name,), by=(by,) if by else (), period=window, asof=min(asof, days.today()))
            wanted = expected(o, name, user, window, min(asof, days.today()), by)
            found = {line.values[0] if by else None: line.cells[name] for line in answer(world.actor(user), ask).lines}
            empty = 0 if m.additive or m.agg == "distinct" else None
            for key in wanted.keys() | found.keys():
                if not same(wanted.get(key, empty), found.get(key, empty)):
                    wrong.append(f"{name} by {by or '-'} for {user} in {window} as of {asof}: {key}: {found.get(key)}, not {wanted.get(key)}")
            seen[name] += sum(1 for v in wanted.values() if v)
            if wholly and not by:
                lines = len(list(behind(world.actor(user), name, ask)))
                counted = o.counted(m, ds, user, window, min(asof, days.today()))
                if m.agg == "count" and lines != len(counted):
                    wrong.append(f"{name}: {lines} rows behind, not {len(counted)}")
    return wrong, seen


@pytest.fixture
def filled(world):
    def fill(seed: int) -> tuple[Oracle, random.Random]:
        rng = random.Random(seed)
        Maker(world, rng).fill()
        return Oracle(world), rng

    return fill


def test_every_measure_by_every_dimension(world, filled):
    total: Counter[str] = Counter()
    oracle, rng = filled(11)
    for _round in range(2):
        wrong, seen = differences(oracle, world, rng, WATCHED)
        assert not wrong, "\n".join(wrong[:20])
        total += seen
    unseen = [name for name in WATCHED if total[name] < 3]
    assert not unseen, f"no rows met these: {unseen}"


def edge(ds: Any, path: str, day: dt.date, *, start: bool) -> Any:
    """The moment a day begins or ends, or the day."""
    return (days.start_of(day) if start else days.end_of(day)) if rows.is_moment(ds.model, path) else day


MUTATIONS: dict[str, tuple[Any, str, Any]] = {
    "the scope is gone": (rows, "where_q", lambda scope, model, path="": Q()),
    "lives are gone": (rows, "alive", lambda ds, life, day: Q()),
    "the end of a day is left out": (rows, "until", lambda ds, path, day: Q(**{f"{path}__lt": edge(ds, path, day, start=True)})),
    "the first day is left out": (rows, "since", lambda ds, path, day: Q(**{f"{path}__gt": edge(ds, path, day, start=False)})),
    "what ends on the day still counts": (rows, "later", lambda ds, path, day: Q(**{f"{path}__gte": edge(
        ds, path, day, start=True)}) | Q(**{f"{path}__isnull": True})),
    "conditions are gone": (blocks, "meant", lambda where, ctx: Q()),
    "merged records count": (rows, "_records", lambda ds: ()),
}  # fmt: skip


@pytest.mark.parametrize("what", MUTATIONS)
def test_a_broken_rule_is_noticed(world, filled, monkeypatch, what):
    oracle, rng = filled(11)
    where, name, instead = MUTATIONS[what]
    monkeypatch.setattr(where, name, instead)
    wrong, _seen = differences(oracle, world, rng, WATCHED, wholly=False)
    assert wrong, f"nothing noticed that {what}"
