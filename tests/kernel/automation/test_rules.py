"""What rules do, told as stories: when something happens, if conditions hold, everything or nothing is done, once."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from pellucid.collaboration.models import Task
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.automation import pages, running
from pellucid.kernel.automation.models import Rule, RuleRun
from pellucid.kernel.events.bus import muted
from pellucid.kernel.events.models import Delivery, Event
from pellucid.kernel.jobs.perform import deliveries, work_off
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.records import terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.sales.models import Opportunity
from tests.sales.test_opportunities import deal  # noqa: F401  a fixture

from .rules import became, drafted, ruled

pytestmark = pytest.mark.django_db
TELL = {"kind": "notify", "inputs": {"who": "role", "role": "executive", "text": "{name} 已达 {amount}"}}
BIG = "f.amount=gte:500000"


def amount(world, row, value: str, by: str = "alice"):
    """Somebody changes what a deal is worth."""
    row.refresh_from_db()
    run("opportunity_update", row.pk, world.actor(by), values={"amount": value}, version=row.version)


def test_a_deal_that_grows_past_a_limit_tells_the_director_once(world, deal):  # noqa: F811
    rule = ruled(world, "大额商机通知总监", "opportunity", {"type": "changed", "fields": ["amount"]}, TELL, if_=BIG + "&f.old_amount=lte:499999.99")
    row = deal(amount="300000")
    assert became(rule) == [], "made is not changed"
    amount(world, row, "400000")
    assert became(rule) == [("unmet", "")]
    amount(world, row, "620000")
    assert became(rule)[1:] == [("done", "")]
    notice = Notice.objects.get(user=world.users["erin"], kind="rule_says")
    assert (notice.resource, notice.record_id) == ("opportunity", row.pk)
    assert notice.params["text"] == f"{row.name} 已达 62.0 万"
    amount(world, row, "700000")
    assert became(rule)[2:] == [("unmet", "")], "it was above already"
    run_ = RuleRun.objects.get(rule=rule, state="done")
    assert run_.facts == [["amount", "620000.00"], ["old_amount", "400000.00"]]
    assert run_.did == [{"state": "done", "people": [world.users["erin"].pk], "told": 1}]
    assert run_.before == {}


def test_a_task_is_made_for_the_owner_and_due_in_three_days(world):
    do = {"kind": "action", "on": "customer_add_task", "inputs": {"name": "回访 {name}", "due_at": {"days": 3}, "owner": {"field": "owner"}}}
    rule = ruled(world, "新客户回访", "customer", {"type": "created"}, do)
    row = world.customer("澄泰实业")
    assert became(rule) == [("done", "")]
    task = Task.objects.get(about_id=row.pk)
    assert (task.name, task.owner_id, task.due_at.astimezone(dt.timezone(dt.timedelta(hours=8))).hour) == ("回访 澄泰实业", row.owner_id, 18)
    event = Event.objects.get(name="customer.add_task", record_id=row.pk)
    assert (event.actor_id, event.door, event.reason) == (None, "rule", "规则「新客户回访」")
    assert event.root and event.chain == [f"{rule.pk}:customer:{row.pk}"]
    assert event.cause == RuleRun.objects.get().event_id


def test_a_task_nobody_is_named_for_goes_to_who_has_the_record(world):
    do = {"kind": "action", "on": "customer_add_task", "inputs": {"name": "回访", "due_at": {"days": 3}}}
    rule = ruled(world, "新客户回访", "customer", {"type": "created"}, do)
    row = world.customer("澄泰实业", by="bob")
    assert became(rule) == [("done", "")]
    assert Task.objects.get(about_id=row.pk).owner_id == world.users["bob"].pk


def test_what_a_rule_makes_belongs_to_the_owner_of_the_record(world):
    do = {"kind": "create", "on": "opportunity", "inputs": {"name": "{name} 首单", "customer": {"field": "record"}, "expected_on": {"days": 30}}}
    rule = ruled(world, "新客户首单", "customer", {"type": "created"}, do)
    row = world.customer("澄泰实业", by="bob")
    assert became(rule) == [("done", "")]
    made = Opportunity.objects.get()
    assert (made.name, made.customer_id, made.owner_id, made.unit_id) == ("澄泰实业 首单", row.pk, world.users["bob"].pk, row.unit_id)
    assert RuleRun.objects.get().did == [{"state": "done", "made": ["opportunity", made.pk]}]


def test_a_rule_may_begin_a_process(world, deal):  # noqa: F811
    body = {"schema": "pellucid.process/1", "key": "look", "name": {"zh-hans": "大单复核"}, "subject": "opportunity",
            "admins": [{"kind": "role", "role": "admin"}],
            "steps": [{"id": "start", "type": "start"},
                      {"id": "ask", "type": "approval", "who": [{"kind": "role", "role": "executive"}]}]}  # fmt: skip
    made = run("process_publish", None, world.actor("admin"), {"body": json.dumps(body)}).value
    run("process_switch_on", made.pk, world.actor("admin"))
    rule = ruled(world, "大单复核", "opportunity", {"type": "created"}, {"kind": "process", "on": "look"}, if_=BIG)
    row = deal(amount="900000")
    assert became(rule) == [("done", "")]
    instance = ProcessInstance.objects.get()
    assert (instance.record_id, instance.requester_id, instance.state) == (row.pk, row.owner_id, "running")
    assert Event.objects.get(name="processinstance.started").chain == [f"{rule.pk}:opportunity:{row.pk}"]


def test_an_event_by_name_and_a_step_of_life(world, deal):  # noqa: F811
    rule = ruled(world, "丢单复盘", "opportunity", {"type": "event", "names": ["opportunity.lost"]},
                 TELL)  # fmt: skip
    row = deal(customer=world.customer(f"客户{Opportunity.objects.count()}"))
    assert became(rule) == []
    run("opportunity_lose", row.pk, world.actor("alice"), {"loss_reason": terms.find("loss_reason", "budget")})
    assert became(rule) == [("done", "")]


def test_the_same_event_handed_over_twice_is_done_once(world):
    rule = ruled(world, "建档通知", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "新客户"}})
    world.customer("甲公司")
    assert became(rule) == [("done", "")]
    Delivery.objects.update(delivered_at=None)
    assert became(rule) == [("done", "")]
    assert Notice.objects.filter(kind="rule_says").count() == 1


def test_all_or_nothing(world, deal):  # noqa: F811
    broken = {"kind": "action", "on": "opportunity_reopen", "inputs": {"reason": "x"}}
    rule = ruled(world, "先改后赢", "opportunity", {"type": "created"}, {"kind": "set", "inputs": {"amount": "1"}}, broken)
    row = deal(amount="300000")
    ((state, why),) = became(rule)
    assert state == "refused" and why
    seen = [pages.acted(row, world.actor(name))["lines"][0]["why"] for name in ("admin", "alice")]
    assert seen == [why, "未能执行，原因由规则负责人查看。"], "the sentence is for who looks after the rule"
    row.refresh_from_db()
    assert row.amount == Decimal("300000.00"), "the first step is taken back with the second"


def test_a_broken_rule_does_not_stop_the_others(world, monkeypatch):
    bad = ruled(world, "坏", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}})
    good = ruled(world, "好", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "y"}})
    kept = running.do_it

    def burst(case, do):
        if case.run.rule_id == bad.pk:
            raise ZeroDivisionError("boom")
        return kept(case, do)

    monkeypatch.setattr(running, "do_it", burst)
    world.customer("乙公司")
    assert became(good) == [("done", "")]
    assert became(bad) == [("due", "ZeroDivisionError: boom")]
    for tries in range(2, running.TRIES + 1):
        RuleRun.objects.filter(rule=bad, state="due").update(next_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        work_off()
        assert RuleRun.objects.get(rule=bad).tries == tries
    assert became(bad) == [("failed", "ZeroDivisionError: boom")]


def test_two_rules_that_answer_each_other_come_to_rest(world, deal):  # noqa: F811
    up = ruled(world, "加", "opportunity", {"type": "changed", "fields": ["amount"]}, {"kind": "set", "inputs": {"amount": "200"}})
    down = ruled(world, "减", "opportunity", {"type": "changed", "fields": ["amount"]}, {"kind": "set", "inputs": {"amount": "100"}})
    row = deal(amount="300")
    amount(world, row, "150")
    assert became(up) == [("done", ""), ("stopped", "loop"), ("stopped", "loop")], "by what it did itself, and by what the other did"
    assert became(down) == [("done", ""), ("stopped", "loop"), ("stopped", "loop")]
    amount(world, row, "160")
    assert [s for s, _w in became(up)] == ["done", "stopped", "stopped"] * 2, "a person's next change is a new beginning"


def test_no_more_than_five_rules_follow_from_each_other(world, deal):  # noqa: F811
    rules = [ruled(world, f"链{n}", "opportunity", {"type": "changed", "fields": ["amount"]}, {"kind": "set", "inputs": {"amount": str(1001 + n)}},
                   if_=f"f.old_amount=eq:{999 + n}") for n in range(7)]  # fmt: skip
    row = deal(amount="999")
    amount(world, row, "1000")
    work_off()
    assert [RuleRun.objects.filter(rule=r, state="done").count() for r in rules] == [1, 1, 1, 1, 1, 0, 0]
    assert RuleRun.objects.get(rule=rules[5], state="stopped").why == "deep"
    row.refresh_from_db()
    assert row.amount == Decimal(1005)


def test_a_set_is_done_record_by_record(world):
    rule = ruled(world, "删除提醒", "customer", {"type": "event", "names": ["customer.reassigned"]},
                 {"kind": "notify", "inputs": {"who": "owner", "text": "{name} 归你了"}})  # fmt: skip
    rows = [world.customer(f"公司{n}") for n in range(3)]
    run_many("customer_reassign", [r.pk for r in rows], world.actor("sam"), {"owner": world.users["carol"].pk})
    assert became(rule) == [("done", "")] * 3
    assert sorted(RuleRun.objects.values_list("record_id", flat=True)) == sorted(r.pk for r in rows)
    assert Notice.objects.filter(kind="rule_says", user=world.users["carol"]).count() == 3


def test_switched_off_it_does_not_even_do_what_waits(world):
    rule = ruled(world, "停用", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}})
    world.customer("丙公司")
    assert deliveries() and RuleRun.objects.get().state == "due"
    run("rule_switch_off", rule.pk, world.actor("admin"))
    assert became(rule) == [("stopped", "off")]
    world.customer("丁公司")
    assert became(rule) == [("stopped", "off")]


def test_what_happened_before_is_not_its_business_and_the_new_version_counts_from_then_on(world):
    world.customer("旧客户")
    rule = ruled(world, "通知", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "一"}})
    assert became(rule) == []
    body = {"resource": "customer", "when": {"type": "created"}, "do": [{"kind": "notify", "inputs": {"who": "owner", "text": "二"}}]}
    run("rule_redraft", rule.pk, world.actor("admin"), {"name": "通知", "body": json.dumps(body)})
    world.customer("新客户一")
    assert became(rule) == [("done", "")]
    run("rule_publish", rule.pk, world.actor("admin"), {"note": "改了文字"})
    world.customer("新客户二")
    assert became(rule) == [("done", "")] * 2
    assert [n.params["text"] for n in Notice.objects.filter(kind="rule_says").order_by("id")] == ["一", "二"]
    assert list(rule.versions.order_by("number").values_list("number", "state", "note")) == [(1, "retired", ""), (2, "published", "改了文字")]


def test_twenty_failures_in_a_row_switch_it_off_and_its_owner_is_told(world, deal):  # noqa: F811
    rule = ruled(world, "赢不了", "opportunity", {"type": "created"}, {"kind": "action", "on": "opportunity_reopen", "inputs": {"reason": "x"}})
    for _n in range(running.IN_A_ROW):
        deal(customer=world.customer(f"客户{Opportunity.objects.count()}"))
    states = became(rule)
    assert [s for s, _w in states] == ["refused"] * 20
    rule.refresh_from_db()
    assert not rule.is_on and rule.stopped.startswith("连续 20 次失败")
    notice = Notice.objects.get(user=world.users["admin"], kind="rule_off")
    assert notice.params["name"] == "赢不了"
    assert Event.objects.filter(name="rule.stopped", record_id=rule.pk).count() == 1


def test_above_its_rate_the_rest_waits(world):
    rule = ruled(world, "慢", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}}, rate=2)
    for n in range(4):
        world.customer(f"客户{n}")
    assert sorted(s for s, _w in became(rule)) == ["done", "done", "due", "due"]
    RuleRun.objects.filter(state="done").update(ended_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    RuleRun.objects.filter(state="due").update(next_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert [s for s, _w in became(rule)] == ["done"] * 4


def test_what_nobody_shall_hear_of_no_rule_hears_of(world):
    rule = ruled(world, "静", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}})
    with muted():
        world.customer("导入的客户")
    assert became(rule) == []
    assert Event.objects.get(name="customer.created").root == "-"


def test_a_published_version_is_never_changed(world):
    from django.db import IntegrityError, transaction

    rule = ruled(world, "冻结", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}})
    with pytest.raises(IntegrityError), transaction.atomic():
        rule.versions.update(body={})


def test_nobody_lets_a_rule_do_what_he_may_not_do_himself(world):
    from pellucid.kernel.access.models import Role, RoleRight

    role = Role.objects.get(code="sales_manager")
    for verb in ("view", "create", "edit"):
        RoleRight.objects.update_or_create(role=role, resource="rule", verb=verb, defaults={"scope": "all"})
    may = drafted(world, "可以", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}}, by="sam")
    run("rule_publish", may.pk, world.actor("sam"))
    no = drafted(world, "越权", "customer", {"type": "created"}, {"kind": "create", "on": "unit", "inputs": {}}, by="sam")
    with pytest.raises(Invalid):
        run("rule_publish", no.pk, world.actor("sam"))
    beyond = drafted(world, "建流程", "customer", {"type": "created"}, {"kind": "create", "on": "product", "inputs": {"name": "x"}}, by="sam")
    with pytest.raises((Forbidden, Invalid)):
        run("rule_publish", beyond.pk, world.actor("sam"))
    with pytest.raises(Forbidden):
        drafted(world, "无权", "customer", {"type": "created"}, TELL, by="alice")


def test_what_a_rule_says_tells_nobody_what_is_kept_from_him(world, deal):  # noqa: F811
    both = ({"kind": "notify", "inputs": {"who": who, "text": "{name} 已达 {amount}"} | more} for who, more in (
        ("role", {"role": "executive"}), ("person", {"person": str(world.users["alice"].pk)})))  # fmt: skip
    rule = ruled(world, "大额商机", "opportunity", {"type": "created"}, *both)
    row = deal(amount="620000")
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount", level="none")
    assert became(rule) == [("done", "")]
    said = dict(Notice.objects.filter(kind="rule_says").values_list("user", "params__text"))
    assert said == {world.users["erin"].pk: f"{row.name} 已达 62.0 万", world.users["alice"].pk: f"{row.name} 已达 …"}


def test_nothing_personal_is_taken_where_it_is_not_kept_as_such(world):
    for step in ({"kind": "notify", "inputs": {"who": "person", "person": str(world.users["erin"].pk), "text": {"field": "wechat"}}},
                 {"kind": "set", "inputs": {"position": {"field": "wechat"}}}):  # fmt: skip
        rule = drafted(world, "联系人", "contact", {"type": "created"}, step)
        with pytest.raises(Invalid, match="微信"):
            run("rule_publish", rule.pk, world.actor("admin"))


def test_what_keeps_it_from_being_published_is_said_in_sentences(world):
    rule = drafted(world, "错", "opportunity", {"type": "changed", "fields": ["nothing"]},
                   {"kind": "notify", "inputs": {"who": "owner", "text": "{nope}"}}, {"kind": "action", "on": "opportunity_fly"},
                   if_="f.gone=eq:1")  # fmt: skip
    with pytest.raises(Invalid) as wrong:
        run("rule_publish", rule.pk, world.actor("admin"))
    said = wrong.value.errors[""]
    assert len(said) == 4 and all(any(word in text for text in said) for word in ("nothing", "gone", "nope", "opportunity_fly"))
    with pytest.raises(Refused):
        run("rule_switch_on", rule.pk, world.actor("admin"))


def test_a_field_that_is_gone_switches_the_rule_off(world, monkeypatch):
    from pellucid.kernel.automation import facts

    rule = ruled(world, "字段没了", "customer", {"type": "created"}, {"kind": "notify", "inputs": {"who": "owner", "text": "x"}}, if_="f.name=filled")

    def gone(*args, **kwargs):
        raise Invalid({"name": ["没有这个字段"]})

    monkeypatch.setattr(facts, "holding", gone)
    world.customer("戊公司")
    assert became(rule) == [("failed", "没有这个字段")]
    assert not Rule.objects.get(pk=rule.pk).is_on
