"""A rule tried on the past asks of each event what was true then, and changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.automation import past
from pellucid.kernel.automation.definition import read
from pellucid.kernel.automation.models import RuleRun
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import terms
from tests.sales.test_opportunities import deal  # noqa: F401  a fixture

from .test_editor import TYPED
from .test_rules import TELL, amount

pytestmark = pytest.mark.django_db


def tried(world, when, if_, by: str = "admin"):
    actor = world.actor(by)
    body = read({"resource": "opportunity", "when": when, "if": if_, "do": [TELL]})
    return past.tried(body, actor, show_for(actor))


def test_each_change_is_asked_with_the_facts_of_its_time(world, deal):  # noqa: F811
    row = deal(amount="300000")
    for value in ("620000", "400000", "700000"):
        amount(world, row, value)
    changed = {"type": "changed", "fields": ["amount"]}
    found = tried(world, changed, "f.amount=gte:500000")
    assert found.looked == 3
    assert [kept for _o, kept in found.met] == [[["amount", "700000.00"]], [["amount", "620000.00"]]]
    crossing = tried(world, changed, "f.amount=gte:500000&f.old_amount=lte:350000")
    assert [kept for _o, kept in crossing.met] == [[["amount", "620000.00"], ["old_amount", "300000.00"]]]
    made = tried(world, {"type": "created"}, "f.amount=lte:300000")
    assert (made.looked, len(made.met)) == (1, 1), "when it was made it was worth 300,000"
    assert tried(world, {"type": "created"}, "f.amount=gte:300001").met == []
    assert not RuleRun.objects.exists()


def test_an_event_by_name_is_asked_as_it_left_the_record(world, deal):  # noqa: F811
    row = deal(amount="300000", customer=world.customer("甲"))
    run("opportunity_lose", row.pk, world.actor("alice"), {"loss_reason": terms.find("loss_reason", "budget")})
    run("opportunity_reopen", row.pk, world.actor("sam"), {"reason": "客户又来了"})
    lost = {"type": "event", "names": ["opportunity.lost"]}
    assert len(tried(world, lost, "f.state=in:lost").met) == 1, "it is open again by now"
    assert tried(world, lost, "f.state=in:open").met == []


def test_only_what_one_may_see_is_told(world, deal):  # noqa: F811
    row = deal(amount="300000")
    amount(world, row, "620000")
    assert tried(world, {"type": "changed"}, "", by="bob").looked == 0


def test_a_day_that_was_reached(world, deal, monkeypatch):  # noqa: F811
    today = show_for(world.actor("admin")).today
    deal(expected_on=(today - dt.timedelta(days=5)).isoformat())
    deal(expected_on=(today + dt.timedelta(days=5)).isoformat(), customer=world.customer("乙"))
    days = {"type": "date", "field": "expected_on", "days": 2}
    assert tried(world, days, "").met == [], "they were not there yet"
    monkeypatch.setattr(past, "SOON", dt.timedelta(days=60))  # as if they had been
    found = tried(world, days, "")
    assert [o.at.date() for o, _kept in found.met] == [today - dt.timedelta(days=3)]
    assert len(tried(world, {"type": "date", "field": "expected_on", "days": -7}, "").met) == 2


def test_in_the_browser(world, browser, deal):  # noqa: F811
    row = deal(amount="300000")
    amount(world, row, "620000")
    before = Event.objects.count()
    shown = browser("admin").post("/rules/try", TYPED).content.decode()
    assert "其中 1 次会执行" in shown and row.name in shown
    assert Event.objects.count() == before
    assert "没有可代入的字段" in browser("admin").post("/rules/try", TYPED | {"s.0.v.text": "{nope}"}).content.decode()
