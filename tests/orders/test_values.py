"""What customers are worth: the catalogue's cases, models edited and published, what is shown to whom."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal as D
from typing import Any

import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask, datasets
from pellucid.kernel.records import days, terms, versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.records.models import Term
from pellucid.orders import credit, value_facts, value_pages
from pellucid.orders.actions.values import publish
from pellucid.orders.models import CreditProfile, CustomerValue, ValueGrade, ValueIndicator, ValueModel
from pellucid.orders.valuing import Indicator, Scored, concentration, grade_of, points_of, scored, traits
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


def test_peers_are_ranked_among_themselves_and_a_handful_among_all():
    """Ten of one class with 1 to 10, five of another with 10 to 14, two of a third: the best of each class has the points of the best."""
    values = {n: D(n) for n in range(1, 11)} | {n: D(n) for n in range(11, 16)} | {20: D(3), 21: D(99)}
    group = dict.fromkeys(range(1, 11), "a") | dict.fromkeys(range(11, 16), "b") | {20: "c", 21: "c"}
    found = {s.id: s.steps[0].points for s in scored([Indicator("x", D(1), "rank")], {"x": values}, list(values), {"x": group})}
    assert (found[10], found[1], found[15], found[11]) == (100, 10, 100, 20)
    assert (found[20], found[21]) == (D(400) / 17, 100), "two are no peers: 4 of the 17 are no better than 3"
    nobody = scored([Indicator("x", D(1), "rank")], {"x": values}, list(values), {"x": {}})
    assert {s.id: s.steps[0].points for s in nobody}[10] == D(1100) / 17


def test_points_by_value_and_a_gate():
    levels = Indicator("level", D(1), "each", ((D(1), D(100)), (D(2), D(60))), other=D(20))
    assert [points_of(levels, D(n), ()) for n in (1, 2, 9)] == [100, 60, 20]
    silent = Indicator("level", D(1), "each", ((D(1), D(100)),))
    assert points_of(silent, D(2), ()) is None
    gate = Indicator("collected", D(1), "line", ((D(0), D(0)), (D(1), D(100))), gate=D("0.6"), cap=D(59))
    strong = Indicator("amount", D(9), "rank")
    values = {"collected": {1: D("0.5"), 2: D("0.6"), 3: None}, "amount": {1: D(9), 2: D(8), 3: D(7)}}
    assert {s.id: s.score for s in scored([gate, strong], values, [1, 2, 3])} == {1: D(59), 2: D("66.00"), 3: D("33.33")}
    late = Indicator("late", D(1), "rank", low_is_good=True, gate=D(30), cap=D(40))
    assert [late.caps(D(n)) for n in (30, 31)] == [None, 40] and late.caps(None) is None


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


def test_fields_of_the_customer_are_indicators_too(world, sold, browser):
    levels = {name: terms.find("customer_level", code) for name, code in (("大户", "C"), ("中户", "A"), ("小户", "B"))}
    for name, level in levels.items():
        Customer._base_manager.filter(pk=sold[name].pk).update(level=level, employees={"大户": 10, "中户": 500, "小户": None}[name])
    model = model_of(world)
    with pytest.raises(Invalid) as said:
        indicator(world, model, "field:level")
    assert "rule" in said.value.errors, "what is chosen has no rank"
    with pytest.raises(Invalid) as said:
        indicator(world, model, "field:level", rule="each", points="A:100, 钻石:60")
    assert "points" in said.value.errors and "A" in said.value.message
    with pytest.raises(Invalid):
        indicator(world, model, "field:employees", rule="each", points="A:100")
    indicator(world, model, "field:level", rule="each", points="A:100, b:50, *:0", weight="3")
    indicator(world, model, "field:employees", rule="band", points="0:20, 100:80")
    found = {s.id: s.score for s in value_facts.live(world.actor("admin"), value_facts.indicators_of(model.pk), days.today())}
    assert {name: found[c.pk] for name, c in sold.items()} == {"大户": D("5.00"), "中户": D("95.00"), "小户": D("50.00")}
    run("valuemodel_publish", model.pk, world.actor("admin"))
    card = value_pages.beside(sold["中户"], world.actor("alice"))
    assert card is not None and {r["label"]: r["sub"] for r in card["rows"][1:]} == {
        "级别 (of the customer)": terms.label(levels["中户"], "zh-hans"), "员工人数 (of the customer)": "500"} or len(card["rows"]) == 3
    page = browser("sam").get(f"/p/orders/values?model={model.pk}").context_data
    assert [r["label"] for r in page["rows"]] == ["中户", "小户", "大户"]


def test_words_that_were_changed_or_merged_go_on_counting(world, sold):
    rows = {name: Term.objects.create(dictionary="customer_level", code=code, label={"zh-hans": name, "en": code}, position=90)
            for name, code in (("重点", "key"), ("普通", "usual"), ("一般", "plain"))}  # fmt: skip
    versions.forget()
    for name, level in (("大户", "重点"), ("中户", "普通"), ("小户", "一般")):
        Customer._base_manager.filter(pk=sold[name].pk).update(level=rows[level].pk)
    model = model_of(world)
    indicator(world, model, "field:level", rule="each", points="重点:100, 普通:40, 一般:10")

    def scores() -> dict[str, Any]:
        versions.forget()
        found = {s.id: s.score for s in value_facts.live(world.actor("admin"), value_facts.indicators_of(model.pk), days.today())}
        return {name: found[c.pk] for name, c in sold.items()}

    assert scores() == {"大户": D("100.00"), "中户": D("40.00"), "小户": D("10.00")}
    run("term_change", rows["重点"].pk, world.actor("admin"), {"zh": "战略", "en": "Strategic"})
    assert scores()["大户"] == D("100.00"), "it answers to what it was called"
    run("term_merge", rows["一般"].pk, world.actor("admin"), {"into": rows["普通"].pk})
    assert scores()["中户"] == scores()["小户"]
    Term.objects.filter(pk=rows["重点"].pk).update(aliases=[])
    assert scores()["大户"] == D("0.00"), "a word nobody knows any more counts for nobody, and breaks nothing"


def test_the_published_grade_is_a_dimension_of_everything_by_customer_as_of_any_day(world, sold):
    """大户 bought for 8,000 and was graded D first, A today: what it was graded on a day decides under which grade it counts as of that day."""
    assert [ds.name for ds in datasets.values() if ds.dim("customer") and not (ds.dim("value_grade") and ds.dim("credit_grade"))] == []
    today, admin = days.today(), world.actor("admin")
    model = ValueModel.objects.get(leading=True)
    before = today - dt.timedelta(days=10)
    publish(model, [scored_as(sold["大户"].pk, 10), scored_as(sold["中户"].pk, 90), scored_as(sold["小户"].pk, 90)], before)
    publish(model, [scored_as(sold["大户"].pk, 90), scored_as(sold["中户"].pk, 90)], today)
    since = days.Days(today - dt.timedelta(days=60), today + dt.timedelta(days=1))

    def by_grade(asof: dt.date) -> dict[str | None, D]:
        found = answer(admin, Ask(("amount",), by=("value_grade",), period=since, asof=asof))
        return {line.values[0]: line.cells["amount"] for line in found.lines}

    assert by_grade(today) == {"A": D("9500.00"), None: D("500.00")}
    assert by_grade(today - dt.timedelta(days=1)) == {"D": D("8000.00"), "A": D("2000.00")}
    assert by_grade(before - dt.timedelta(days=1)) == {None: D("10000.00")}
    owed = answer(admin, Ask(("receivable",), filters={"value_grade": ("A",)}, asof=today)).lines[0].cells["receivable"]
    assert owed == D("10735.00"), "9,500 with tax"
    rows = list(ValueGrade._base_manager.filter(customer=sold["大户"].pk).order_by("since").values_list("grade", "since", "until"))
    assert rows == [("D", before, today), ("A", today, None)]
    publish(model, [scored_as(sold["大户"].pk, 50)], today)
    rows = list(ValueGrade._base_manager.filter(customer=sold["大户"].pk).order_by("since").values_list("grade", "since", "until"))
    assert rows == [("D", before, today), ("C", today, None)], "what was published earlier the same day never held"


def test_so_is_the_credit_grade(world, sold):
    profile = run("creditprofile_create", None, world.actor("fay"), values={"customer": sold["大户"].pk, "grade": "C"}).record
    today = days.today()
    since = days.Days(today - dt.timedelta(days=60), today + dt.timedelta(days=1))

    def by_grade(asof: dt.date) -> dict[str | None, D]:
        found = answer(world.actor("admin"), Ask(("amount",), by=("credit_grade",), period=since, asof=asof))
        return {line.values[0]: line.cells["amount"] for line in found.lines}

    assert by_grade(today) == {"C": D("8000.00"), None: D("2000.00")}
    assert by_grade(today - dt.timedelta(days=1)) == {None: D("10000.00")}, "nobody had graded it by then"
    run("creditprofile_update", profile.pk, world.actor("fay"), values={"grade": "A"}, version=profile.version)
    assert by_grade(today) == {"A": D("8000.00"), None: D("2000.00")}


def test_who_may_not_read_grades_does_not_ask_by_them(world, sold):
    for name in ("value_grade", "credit_grade"):
        with pytest.raises(Forbidden):
            answer(world.actor("walt"), Ask(("delivery_count",), by=(name,)))


def scored_as(customer: int, score: int) -> Scored:
    return Scored(customer, D(score), 1, ())


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


def test_a_name_means_who_bears_it_now_not_who_bore_it_once(world):
    made = [Term.objects.create(dictionary="customer_level", code=code, label={"zh-hans": zh, "en": code}, position=at)
            for at, (code, zh) in enumerate((("k1", "甲级"), ("k2", "乙级")), 90)]  # fmt: skip
    versions.forget()
    run("term_change", made[0].pk, world.actor("admin"), {"zh": "丙级", "en": "k1"})
    run("term_change", made[1].pk, world.actor("admin"), {"zh": "甲级", "en": "k2"})
    assert terms.find("customer_level", "甲级") == made[1].pk and terms.find("customer_level", "丙级") == made[0].pk
    points, _others = value_facts.each("field:level", "甲级:100, 丙级:20")
    assert dict(points) == {D(made[1].pk): D("100"), D(made[0].pk): D("20")}
