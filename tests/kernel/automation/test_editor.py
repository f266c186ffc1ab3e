"""The editor in the browser: typed, drawn anew, kept, published, switched on; wrong things are said and nothing is lost."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.kernel.automation.models import Rule, RuleRun
from pellucid.kernel.jobs.perform import work_off
from tests.sales.test_opportunities import deal  # noqa: F401  a fixture

from .rules import ruled
from .test_rules import TELL, amount

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "大额商机", "resource": "opportunity", "when": "changed", "when.fields": ["amount"],
    "n.0": "amount", "o.0": "gte", "v.0": "500000", "g.0": "0", "n.1": "old_amount", "o.1": "lte", "v.1": "499999.99", "g.1": "0",
    "s": ["0", "1"],
    "s.0.kind": "notify", "s.0.was": "notify", "s.0.v.who": "role", "s.0.v.role": "executive", "s.0.v.text": "{name} 已达 {amount}",
    "s.1.kind": "action", "s.1.was": "action", "s.1.on": "opportunity_add_task", "s.1.v.name": "复核 {name}",
    "s.1.f.due_at": "days", "s.1.d.due_at": "3", "s.1.v.due_at": "", "s.1.f.owner": "field:owner",
}  # fmt: skip


def test_what_is_typed_becomes_a_rule_that_acts(world, browser, deal):  # noqa: F811
    page = browser("admin")
    new = page.get("/rules/new")
    assert new.status_code == 200
    tries = [tag for tag in new.content.decode().split("<button")[1:] if 'hx-post="/rules/try"' in tag.split(">")[0]]
    assert any("donly" not in tag.split(">")[0] for tag in tries), "the phone tries a rule too"
    answer = page.post("/rules/new", TYPED | {"then": "on"})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    rule = Rule.objects.get()
    assert (rule.name, rule.is_on, rule.trigger, rule.keeper_id) == ("大额商机", True, "changed", world.users["admin"].pk)
    task = {"name": "复核 {name}", "due_at": {"days": 3}, "owner": {"field": "owner"}}
    assert rule.active.body == {
        "schema": "pellucid.rule/1", "resource": "opportunity", "when": {"type": "changed", "fields": ["amount"]},
        "if": "f.amount=gte:500000&f.old_amount=lte:499999.99",
        "do": [{"kind": "notify", "inputs": {"who": "role", "role": "executive", "text": "{name} 已达 {amount}"}},
               {"kind": "action", "on": "opportunity_add_task", "inputs": task}],
    }  # fmt: skip
    row = deal(amount="300000")
    amount(world, row, "620000")
    work_off()
    assert page.get(f"/rules/{rule.pk}").status_code == 200
    shown = page.get(f"/rules/{rule.pk}/panel/says").content.decode()
    assert "商机的“金额”改变" in shown
    assert "已通知 1 人" in page.get(f"/rules/{rule.pk}/panel/log").content.decode()
    assert "大额商机" in page.get(f"/opportunities/{row.pk}/panel/rules").content.decode()
    assert "大额商机" in page.get("/p/automation").content.decode()
    assert row.name in page.get("/p/automation/log").content.decode()
    again = page.get(f"/rules/{rule.pk}/compose").content.decode()
    assert 'value="499999.99"' in again and "复核 {name}" in again


def test_a_step_more_a_step_fewer_and_another_order(world, browser):
    page = browser("admin")
    more = page.post("/rules/compose", TYPED | {"change": "add.set"}).content.decode()
    assert 'name="s.2.kind"' in more and 'name="s.1.v.name"' in more
    other = page.post("/rules/compose", TYPED | {"change": "up.1"}).content.decode()
    assert other.index("s.0.on") < other.index("s.1.v.text")
    fewer = page.post("/rules/compose", TYPED | {"change": "drop.0"}).content.decode()
    assert "s.1.kind" not in fewer and "opportunity_add_task" in fewer
    moved = page.post("/rules/compose", TYPED | {"when": "date"}).content.decode()
    assert 'name="when.field"' in moved and "old_amount" not in moved
    assert page.get("/rules/condition/opportunity/changed?i=3&g=0&n.3=old_amount&o.3=gte").status_code == 200


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(world, browser):
    page = browser("admin")
    answer = page.post("/rules/new", TYPED | {"s.0.v.text": "{nope} 超了", "then": "on"})
    body = answer.content.decode()
    assert answer.status_code == 422 and "没有可代入的字段 {nope}" in body and "{nope} 超了" in body
    answer = page.post("/rules/new", TYPED | {"name": "", "then": ""})
    assert answer.status_code == 422 and "请起个名称" in answer.content.decode()


def test_who_may_not_may_not(world, browser):
    rule = ruled(world, "规则", "opportunity", {"type": "created"}, TELL)
    page = browser("alice")
    assert page.get("/rules/new").status_code == 403
    assert page.get("/p/automation").status_code == 403
    assert page.get(f"/rules/{rule.pk}/compose").status_code in (403, 404)
    assert page.post("/rules/compose", TYPED).status_code == 403


def test_the_log_goes_by_time_whichever_rule_it_was_and_is_narrowed_to_one(world, deal, browser):  # noqa: F811
    page = browser("admin")
    rules = [Rule.objects.get(name=name) for name in ("大额商机", "再看一眼") if page.post("/rules/new", TYPED | {"name": name, "then": "on"})]
    row, now = deal(amount="300000"), timezone.now()
    for at, (rule, hours) in enumerate(((rules[0], 30), (rules[0], 2), (rules[1], 20), (rules[1], 40)), 1):
        RuleRun.objects.create(rule=rule, edition=rule.active, occasion=f"x{at}", resource="opportunity", record_id=row.pk, root=f"r{at}",
                               state="refused", ended_at=now - dt.timedelta(hours=hours))  # fmt: skip
    seen = page.get("/p/automation/log").context_data
    assert [line["rule"] for line in seen["lines"]] == ["大额商机", "再看一眼", "大额商机", "再看一眼"]
    assert [line["at"] for line in seen["lines"]] == sorted((line["at"] for line in seen["lines"]), reverse=True)
    second = seen["lines"][1]["id"]
    assert [line["rule"] for line in page.get(f"/p/automation/log?before={second}").context_data["lines"]] == ["大额商机", "再看一眼"]
    one = next(o for o in seen["one_of"] if o["label"] == "再看一眼")
    only = page.get(one["href"]).context_data
    assert {line["why"] for line in only["lines"]} == {""} and len(only["lines"]) == 2 and only["rule"] == rules[1]
