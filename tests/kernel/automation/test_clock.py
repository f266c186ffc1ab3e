"""Days that are reached and set times: once per record and value, never what was reached before the rule was switched on."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.automation import clock
from pellucid.kernel.automation.definition import Scheduled
from pellucid.kernel.automation.models import Rule, RuleRun
from pellucid.kernel.automation.using import in_use
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.jobs.queue import start
from pellucid.kernel.records.errors import Invalid
from pellucid.sales.models import Opportunity
from tests.sales.test_opportunities import deal  # noqa: F401  a fixture

from .rules import became, drafted, ruled

pytestmark = pytest.mark.django_db
TELL = {"kind": "notify", "inputs": {"who": "owner", "text": "{name}"}}
HERE = ZoneInfo("Asia/Shanghai")


def at(day: str, hour: int = 8, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour, minute), HERE)


def since(rule: Rule, moment: dt.datetime) -> None:
    """As if it had been switched on then."""
    Rule.objects.filter(pk=rule.pk).update(on_since=moment, is_on=False)
    Rule.objects.filter(pk=rule.pk).update(is_on=True)


def reached(now: dt.datetime) -> int:
    return sum(clock.reached(rule, now) for rule in in_use())


def test_three_days_before_the_day_once_per_value(world, deal):  # noqa: F811
    rule = ruled(world, "临近成交", "opportunity", {"type": "date", "field": "expected_on", "days": -3, "at": "08:00"}, TELL, if_="f.state=in:open")
    since(rule, at("2026-03-01"))
    row = deal(expected_on="2026-03-10")
    assert reached(at("2026-03-06", 23)) == 0
    assert reached(at("2026-03-07", 7, 59)) == 0
    assert reached(at("2026-03-07", 8)) == 1
    assert reached(at("2026-03-07", 8, 1)) == 0 and reached(at("2026-03-08")) == 0, "once"
    assert became(rule) == [("done", "")]
    run("opportunity_update", row.pk, world.actor("alice"), values={"expected_on": "2026-03-12"}, version=Opportunity.objects.get().version)
    assert reached(at("2026-03-08", 9)) == 0
    assert reached(at("2026-03-09", 9)) == 1, "another day is another occasion"
    assert became(rule) == [("done", "")] * 2
    assert RuleRun.objects.filter(occasion=f"d{row.pk}:20260312").exists()


def test_what_was_reached_before_it_was_switched_on_is_not_its_business(world, deal):  # noqa: F811
    rule = ruled(world, "到期", "opportunity", {"type": "date", "field": "expected_on", "at": "09:00"}, TELL)
    since(rule, at("2026-03-10", 12))
    deal(expected_on="2026-03-10")
    deal(expected_on="2026-03-11", customer=world.customer("乙"))
    assert reached(at("2026-03-10", 23)) == 0
    assert reached(at("2026-03-11", 9)) == 1
    since(rule, at("2026-01-01"))
    deal(expected_on="2026-02-01", customer=world.customer("丙"))
    assert reached(at("2026-03-11", 10)) == 1, "the tenth, but not what was reached more than thirty days ago"


def test_a_day_whose_conditions_were_not_met_is_not_found_again_when_the_log_is_tidied(world, deal):  # noqa: F811
    rule = ruled(world, "到期", "opportunity", {"type": "date", "field": "expected_on", "at": "09:00"}, TELL, if_="f.amount=gte:500000")
    since(rule, at("2026-03-01"))
    deal(expected_on="2026-03-10", amount="1000")
    assert reached(at("2026-03-10", 10)) == 1 and became(rule) == [("unmet", "")]
    for days, kept in ((15, 1), (32, 0)):
        RuleRun.objects.update(ended_at=timezone.now() - dt.timedelta(days=days))
        start("automation.tidy", Actor.system())
        work_off()
        assert RuleRun.objects.count() == kept
        assert reached(at("2026-03-10", 10) + dt.timedelta(days=days)) == 0


def test_a_moment_counts_to_the_minute(world, deal):  # noqa: F811
    rule = ruled(world, "两天没动", "opportunity", {"type": "date", "field": "stage_since", "days": 2}, TELL)
    row = deal()
    moment = Opportunity.objects.get(pk=row.pk).stage_since
    since(rule, moment)
    assert reached(moment + dt.timedelta(days=2) - dt.timedelta(minutes=1)) == 0
    assert reached(moment + dt.timedelta(days=2, minutes=1)) == 1
    assert reached(moment + dt.timedelta(days=2, minutes=2)) == 0


@pytest.mark.parametrize(("every", "on", "days"), [
    ("day", (), ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]),
    ("week", (1, 7), ["2026-03-01", "2026-03-02"]),
    ("month", (31,), ["2026-02-28"]),
    ("month", (1, 27), ["2026-02-27", "2026-03-01"]),
])  # fmt: skip
def test_set_times(every, on, days):
    when = Scheduled(every=every, on=on, at="07:30")
    every_day = ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]
    assert [day for day in every_day if clock.slot_of(when, at(day, 7, 30))] == days
    assert not any(clock.slot_of(when, at(day, 7, 29)) for day in every_day)


def test_a_set_time_takes_each_record_its_conditions_find_once(world, deal):  # noqa: F811
    rule = ruled(world, "每周盘点", "opportunity", {"type": "schedule", "every": "day", "at": "07:30"}, TELL, if_="f.amount=gte:500000")
    since(rule, at("2026-03-01"))
    big, _small = deal(amount="600000"), deal(amount="1000", customer=world.customer("乙"))
    (used,) = in_use()
    assert clock.scheduled(used, at("2026-03-02", 7, 31)) == 1
    assert clock.scheduled(used, at("2026-03-02", 9)) == 0
    late = deal(amount="700000", customer=world.customer("丙"))
    assert clock.scheduled(used, at("2026-03-02", 10)) == 0, "its time was half past seven"
    assert clock.scheduled(used, at("2026-03-03", 8)) == 2
    assert [s for s, _w in became(rule)] == ["done"] * 3
    assert sorted(RuleRun.objects.values_list("record_id", flat=True)) == sorted([big.pk, big.pk, late.pk])


def test_a_set_time_needs_conditions(world):
    rule = drafted(world, "全部", "opportunity", {"type": "schedule", "every": "week", "on": []}, TELL)
    with pytest.raises(Invalid) as wrong:
        run("rule_publish", rule.pk, world.actor("admin"))
    assert len(wrong.value.errors[""]) == 2
