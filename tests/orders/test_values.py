"""What customers are worth: the catalogue's cases, models edited and published, what is shown to whom."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.orders import credit, value_facts, value_pages
from pellucid.orders.models import CreditProfile, CustomerValue, ValueIndicator, ValueModel
from pellucid.orders.valuing import Indicator, concentration, grade_of, points_of, scored, traits
from tests.orders.making import signed


# ------------------------------------------------------------------------------------------------ the sums
def test_the_case_of_concentration():
    found = concentration({1: D(500), 2: D(300), 3: D(150), 4: D(50)})
    assert (found.golden, found.share, found.top_fifth, found.gini) == ((1, 2), D("0.5"), D("0.5"), D("0.375"))
    lossy = concentration({1: D(80), 2: D(20), 3: D(-50), 4: D(0), 5: D(0)})
    assert (lossy.golden, lossy.n, lossy.total, lossy.top_fifth) == ((1,), 5, 100, D("0.8")), "the row that reaches 80 % is in"
    nothing = concentration({})
    assert (nothing.golden, nothing.share, nothing.gini) == ((), None, None)


def test_the_case_of_a_model():
    """Bands on what was achieved, visits by ten up to a hundred, complaints taken off: 30 + 24 + 15 = 69; without a target the rest carries it."""
    model = [
        Indicator("achieved", D("0.5"), "band", ((D(0), D(0)), (D("0.8"), D(60)), (D(1), D(100)))),
        Indicator("visits", D("0.3"), "line", ((D(0), D(0)), (D(10), D(100)))),
        Indicator("complaints", D("0.2"), "line", ((D(0), D(0)), (D(4), D(100))), low_is_good=True),
    ]
    values = {"achieved": {1: D("0.95"), 2: None}, "visits": {1: D(8), 2: D(8)}, "complaints": {1: D(1), 2: D(1)}}
    first, second = scored(model, values, [1, 2])
    assert (first.id, first.score, first.rank) == (2, D("78.00"), 1) and (second.id, second.score) == (1, D("69.00"))
    assert [(s.value, s.points) for s in second.steps] == [(D("0.95"), 60), (8, 80), (1, 75)]


def test_ranks_points_and_grades():
    among = [D(1), D(2), D(2), D(9)]
    rank, low = Indicator("x", D(1), "rank"), Indicator("x", D(1), "rank", low_is_good=True)
    assert [points_of(rank, v, among) for v in among] == [25, 75, 75, 100] and [points_of(low, v, among) for v in among] == [100, 75, 75, 25]
    line = Indicator("x", D(1), "line", ((D(10), D(20)), (D(20), D(80))))
    assert [points_of(line, D(v), among) for v in (0, 10, 15, 20, 99)] == [20, 20, 50, 80, 80]
    assert [grade_of(D(s), (D(80), D(60), D(40))) for s in (80, "79.99", 40, 0)] == ["A", "B", "C", "D"]
    tied = scored([rank], {"x": {1: D(5), 2: D(5), 3: D(1)}}, [1, 2, 3])
    assert [(s.id, s.rank) for s in tied] == [(1, 1), (2, 1), (3, 3)]


def test_traits_say_how_much_more_often():
    of = {n: "auto" if n < 12 or 20 <= n < 28 else "other" for n in range(100)}
    found = {t.value: t for t in traits(range(15), range(100), {"industry": of})}
    assert (found["auto"].best, found["auto"].index, found["auto"].striking) == (12, 400, True) and not found["other"].striking
    few = {t.value: t for t in traits(range(3), range(100), {"industry": of})}
    assert few["auto"].index == 500 and not few["auto"].striking, "three are no trait"


@pytest.mark.parametrize("text", ["x", "1", "1:2:3", "5:0, 1:10", "0:0, 1:101", "0:-1", "nan:1", "1:1, 1:2"])
def test_limits_that_are_none(text):
    with pytest.raises((ValueError, ArithmeticError)):
        value_facts.limits(text)


# ------------------------------------------------------------------------------------------------ in the product
pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(world):
    """Three customers of Alice, with orders of the last months that Sam signed."""
    today, made = days.today(), {}
    for n, (name, price) in enumerate((("大户", 8000), ("中户", 1500), ("小户", 500))):
        made[name] = world.customer(name, by="alice")
        signed(world, str(price), plan="款到发货", on=str(today - dt.timedelta(days=20 + n)), customer=made[name])
    return made


def model_of(world, **more) -> ValueModel:
    values = {"name": "模型甲", "purpose": "value", "a_from": "80", "b_from": "60", "c_from": "40", **more}
    return run("valuemodel_create", None, world.actor("admin"), values=values).record


def indicator(world, model, measure="amount", **more) -> ValueIndicator:
    given = {"model": model.pk, "measure": measure, "months": 12, "weight": "1", "rule": "rank", **more}
    return run("valueindicator_create", None, world.actor("admin"), values=given).record


def test_models_ship_and_can_be_asked(world):
    assert {m.purpose for m in value_facts.models()} == {"value", "credit"}
    for model in value_facts.models():
        assert value_facts.live(world.actor("admin"), value_facts.indicators_of(model.pk), days.today()) == []


def test_publishing_freezes_and_the_next_ranking_is_shown_before_it_counts(world, sold, browser):
    model = model_of(world)
    with pytest.raises(Refused):
        run("valuemodel_publish", model.pk, world.actor("admin"))
    indicator(world, model)
    run("valuemodel_publish", model.pk, world.actor("admin"))
    kept = {v.customer.name: (v.rank, v.grade, v.edition) for v in CustomerValue.objects.filter(model=model)}
    assert kept == {"大户": (1, "A", 1), "中户": (2, "B", 1), "小户": (3, "D", 1)}
    orders = indicator(world, model, "amount", low_is_good=True, weight="3")
    page = browser("admin").get(f"/p/orders/values?model={model.pk}")
    rows = {r["label"]: (r["rank"], r["step"], r["was"]) for r in page.context_data["rows"]}
    assert rows == {"小户": (1, 2, "D"), "中户": (2, 0, "B"), "大户": (3, -2, "A")}
    assert next(f["value"] for f in page.context_data["facts"] if f["label"] in ("等级将变化", "Would change grade")) == "2"
    assert {v.customer.name: v.rank for v in CustomerValue.objects.filter(model=model)} == {"大户": 1, "中户": 2, "小户": 3}, "nothing counts yet"
    run("valuemodel_publish", model.pk, world.actor("admin"))
    assert CustomerValue.objects.get(model=model, rank=1).customer.name == "小户" and CustomerValue.objects.count() == 3
    assert ValueModel.objects.get(pk=model.pk).edition == 2 and orders.pk


def test_each_sees_his_customers_with_what_the_score_is_made_of(world, sold, browser):
    model = model_of(world)
    indicator(world, model)
    run("valuemodel_publish", model.pk, world.actor("admin"))
    assert len(browser("sam").get(f"/p/orders/values?model={model.pk}").context_data["rows"]) == 3
    assert browser("bob").get(f"/p/orders/values?model={model.pk}").context_data["rows"] == []
    card = value_pages.beside(sold["大户"], world.actor("alice"))
    assert card and card["tag"]["label"] == "A" and [r["right"] for r in card["rows"]] == ["100.0", "100.0分"]
    assert value_pages.beside(sold["大户"], world.actor("bob")) is None
    indicator(world, model, "profit")
    assert browser("alice").get(f"/p/orders/values?model={model.pk}").context_data["refused"], "costs are not for sellers"


@pytest.mark.parametrize(("measure", "more", "field"), [
    ("nope", {}, "measure"), ("amount", {"rule": "band", "points": "5:1, 1:2"}, "points"), ("amount", {"rule": "line"}, "points"),
    ("amount", {"weight": "0"}, "weight"), ("amount", {"months": 0}, "months"),
])  # fmt: skip
def test_what_does_not_fit_is_said_at_its_field(world, measure, more, field):
    model = model_of(world)
    with pytest.raises(Invalid) as said:
        indicator(world, model, measure, **more)
    assert field in said.value.errors


def test_a_credit_model_grades_profiles_and_grades_decide_how_long_is_waited(world, sold):
    profile = CreditProfile.objects.create(customer=sold["小户"], grade="A")
    model = model_of(world, purpose="credit")
    indicator(world, model)
    run("valuemodel_publish", model.pk, world.actor("admin"))
    profile.refresh_from_db()
    assert profile.grade == "D"
    assert [credit.patience(g) for g in "ABCD"] == [60, 30, 15, 0]


def test_golden_and_stable_customers(world, sold, browser):
    today = days.today()
    for months in (8, 14, 20):
        on = today - dt.timedelta(days=months * 30)
        signed(world, "9000", plan="款到发货", on=str(on), customer=sold["大户"])
    page = browser("erin").get("/p/orders/golden")
    assert [r["label"] for r in page.context_data["rows"]] == ["大户"] and page.context_data["rows"][0]["stable"]
    assert [r["label"] for r in page.context_data["stable"]] == ["大户"]
    assert page.context_data["facts"][0]["value"] == "1" and len(page.context_data["switch"]) == 2
    assert len(browser("alice").get("/p/orders/golden").context_data["switch"]) == 1
    assert browser("bob").get("/p/orders/golden").context_data["rows"] == []
