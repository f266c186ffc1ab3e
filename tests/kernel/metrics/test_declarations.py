"""Declarations are read at start-up, and formulas are closed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db.models import Q

from pellucid.customers.models import Customer
from pellucid.kernel.metrics.checks import problems
from pellucid.kernel.metrics.declare import Derived, Dim, Measure, causes, dataset, datasets, history, measures
from pellucid.kernel.metrics.formula import BadFormula, parse, parts, to_sql

GOOD = datasets["customers"]


def test_what_is_declared_is_sound():
    assert list(problems()) == []


@pytest.mark.parametrize(
    ("thing", "number"),
    [
        (Measure("t", "T", "nowhere", "f"), 20),
        (replace(GOOD, name="t", resource="nowhere"), 20),
        (Measure("t", "T", "customers", "f", "sum", "nope"), 21),
        (Measure("t", "T", "customers", "f", where=Q(nope=1)), 21),
        (Measure("t", "T", "customers", "f", "sum", "follow_ups__minutes"), 21),
        (dataset("t", "T", Customer, (Dim("x", "X", "name__first"),)), 21),
        (dataset("t", "T", Customer, axis="name"), 22),
        (history("t", "T", Customer, scope=""), 23),
        (dataset("t", "T", Customer, (Dim("industry", "I", "level"),)), 24),
        (dataset("t", "T", Customer, (Dim("x", "X", lambda ctx: None),)), 24),
        (Measure("t", "T", "customers", ""), 25),
        (Measure("t", "T", "customers", "f", "mean"), 25),
        (Measure("t", "T", "customers", "f", where=lambda ctx: Q()), 25),
        (replace(GOOD, name="t2", life=None), None),
        (Derived("t", "T", "visits / nope", "f"), 25),
        (Derived("t", "T", "t + 1", "f"), 25),
        (Derived("t", "T", "__import__('os')", "f"), 25),
    ],
)
def test_wrong_declarations_are_named(monkeypatch, thing, number):
    monkeypatch.setitem(measures if isinstance(thing, (Measure, Derived)) else datasets, thing.name, thing)
    found = [p.id for p in problems()]
    assert found == [] if number is None else f"pellucid.E{number:03d}" in found, [p.msg for p in problems()]


@pytest.mark.parametrize("wrong", [{"returned": "nowhere"}, {"quantity": "nope"}, {"item": "nope"}, {"cost": "nope"}, {"profit": "nope"},
                                   {"words": {"price": ("P", "f")}}])  # fmt: skip
def test_wrong_causes_are_named(monkeypatch, wrong):
    monkeypatch.setitem(causes, "AN18", replace(causes["AN18"], **wrong))
    assert {p.id for p in problems()} <= {"pellucid.E021", "pellucid.E026"} and list(problems())


def test_a_stock_needs_a_life(monkeypatch):
    monkeypatch.setitem(datasets, "t", replace(GOOD, name="t", life=None))
    monkeypatch.setitem(measures, "t", Measure("t", "T", "t", "f", time="stock"))
    assert [p.id for p in problems()] == ["pellucid.E025"]


@pytest.mark.parametrize("text", ["a.b", "a[0]", "lambda: 1", "a ** 2", "'x'", "True", "f(a)", "abs()", "band(a, 1)", "a if b else c", "1e999",
                                  "(a", "a\nb", "a := 1", "[a]", "a" * 3000, "not a", "a < b < c", "-" * 1500 + "a"])  # fmt: skip
def test_nothing_but_arithmetic_parses(text):
    with pytest.raises(BadFormula):
        parse(text)


def test_a_formula_becomes_sql():
    assert parts("0.5 * band(a, 0, 0, 0.8, 60) + least(b, 1)") == ("a", "b")
    assert to_sql("a / b - 1", str.upper) == "((A / NULLIF(B, 0)) - 1::numeric)"
    assert to_sql("band(a, 0, 0, 1, 100)", str) == "(CASE WHEN a >= 1::numeric THEN 100::numeric WHEN a >= 0::numeric THEN 0::numeric END)"
