"""What a request tells of its course, to whoever reads it and to whoever decides too late."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction
from django.utils import timezone, translation

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Proxy, Role
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.events.models import Event
from pellucid.kernel.processes import effects, store
from pellucid.kernel.processes.machine.walking import end
from pellucid.kernel.processes.models import LogLine, Process, ProcessInstance, Step
from pellucid.kernel.processes.showing import detail
from pellucid.kernel.records import words
from pellucid.kernel.records.errors import Refused

from .test_approved_wins import LINE, SIZE, approval, asked, deal, key_deal, say, won  # noqa: F401  (fixtures and helpers)

pytestmark = pytest.mark.django_db
BOTH = LINE | {"mode": "all", "who": [{"kind": "role", "role": "sales_manager"}, {"kind": "role", "role": "finance"}], "may": ["transfer"]}
TWO = [{"id": "two", "type": "parallel", "name": {"zh-hans": "分头审批"}, "lanes": [
    {"id": "a", "name": {"zh-hans": "销售"}, "steps": [LINE]},
    {"id": "b", "name": {"zh-hans": "财务"}, "steps": [
        LINE | {"id": "money", "name": {"zh-hans": "财务审批"}, "who": [{"kind": "role", "role": "finance"}]}]},
]}]  # fmt: skip


def course(browser, row: ProcessInstance, by: str = "alice", language: str = "zh-hans") -> list[tuple[str, str, str]]:
    """(who, what, comment) of each line, as the reader's page tells it."""
    answer = browser(by, language).get(f"/p/inbox?tab=sent&id={row.pk}")
    return [(line["name"], line["said"], line["comment"]) for line in answer.context_data["now"]["says"]]


def clock(row: ProcessInstance) -> str:
    show = show_for(Actor.system())
    return words.moment(row.ended_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)


def too_late(world, row: ProcessInstance, verb: str, by: str, **inputs: object) -> str:
    with pytest.raises(Refused) as refusal:
        run(f"processinstance_{verb}", row.pk, world.actor(by), inputs)
    return refusal.value.message


def test_what_people_wrote_while_handing_on_and_asking_others_is_told(world, browser, key_deal, approval):  # noqa: F811
    approval(LINE | {"may": ["transfer", "add", "return"]})
    row = won(world, key_deal()).waiting
    say(world, row, "transfer", "sam", person=world.users["erin"].pk, comment="我出差，请代看交期")
    say(world, row, "add", "erin", person=world.users["bob"].pk, how="before", comment="请先核成本")
    run("processinstance_comment", row.pk, world.actor("alice"), {"text": "客户催得紧"})
    say(world, row, "approve", "bob", comment="成本没问题")
    say(world, row, "approve", "erin")
    names = {who: world.users[who].name for who in ("sam", "erin", "bob", "alice")}
    told = course(browser, row)
    assert (names["alice"], "评论", "客户催得紧") in told
    assert [line for line in told if line[1] != "评论"] == [
        (names["sam"], f"转交给 {names['erin']}", "我出差，请代看交期"), (names["erin"], f"请 {names['bob']} 在自己之前加签", "请先核成本"),
        (names["bob"], "同意", "成本没问题"), (names["erin"], "同意", ""), ("", "已执行", ""),
    ]  # fmt: skip


def test_a_branch_tells_its_figures_to_who_may_read_them(world, browser, key_deal, approval):  # noqa: F811
    approval(SIZE)
    row = won(world, key_deal("1200000")).waiting
    assert course(browser, row) == [("", "按条件进入“百万以上”", "金额 120.0 万 (条件：≥ 100.0 万)")]
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount", level="none")
    assert course(browser, row) == [], "the name of the branch alone tells that it is more than a million"


def test_a_change_names_the_fields_its_reader_may_read(world, browser, key_deal, approval):  # noqa: F811
    approval(LINE, on_change="note", watch=["amount", "expected_on"])
    one = key_deal()
    row = won(world, one).waiting
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1", "expected_on": "2027-01-15"}, version=one.version)
    line = LogLine.objects.get(instance=row, what="changed")
    assert line.data["fields"] == ["amount", "expected_on"]
    who = world.users["alice"].name
    assert course(browser, row) == [(who, "在审批期间改动了“金额、预计成交”", "")]
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount", level="none")
    assert course(browser, row) == [(who, "在审批期间改动了“预计成交”", "")]
    for kept in (["amount"], "金额, 预计成交"):  # nothing he may read; labels as they were written once
        LogLine.objects.filter(pk=line.pk).update(data={"fields": kept})
        assert course(browser, row) == [(who, "在审批期间改动了内容", "")]
    LogLine.objects.filter(pk=line.pk).update(what="restarted", data={"version": 2})
    assert course(browser, row) == [(who, "转到第 2 版，重新开始审批", "")]


def test_what_a_refusal_says_is_for_who_settles_it(world, browser, key_deal, approval):  # noqa: F811
    """Its words may quote any field of the record."""
    approval({"id": "go", "type": "action", "call": "opportunity_advance", "name": {"zh-hans": "推进"}}, gate="", key="advance", watch=[])
    one = key_deal(amount="")
    for _time in range(2):
        run("opportunity_advance", one.pk, world.actor("alice"))
    process = Process.objects.get(is_on=True).pk
    row = run("opportunity_request", one.pk, world.actor("alice"), {"process": str(process)}).value
    effects.attempt(row.pk)
    quote = Step.objects.get(instance=row, node="go").data["held"]["error"]
    assert "金额" in quote

    def told(by: str) -> tuple[list[str], list[str]]:
        seen = detail(ProcessInstance.objects.get(pk=row.pk), world.actor(by))
        return seen["held"], [line["said"] for line in seen["says"]]

    assert told("alice") == (["推进：审批已通过，但未能执行。"], ["停住：审批已通过，但未能执行。"])
    assert told("admin") == ([f"推进：审批已通过，但未能执行。{quote}"], [f"停住：审批已通过，但未能执行。{quote}"])
    LogLine.objects.filter(instance=row, what="held").update(what="failed", data={"why": quote})
    assert (told("alice")[1], told("admin")[1]) == (["未成功"], [f"未成功：{quote}"])


def test_sent_back_taken_back_and_urged_is_told_in_both_languages(world, browser, key_deal, approval):  # noqa: F811
    approval(LINE | {"may": ["return"]})
    row = won(world, key_deal()).waiting
    run("processinstance_urge", row.pk, world.actor("alice"))
    say(world, row, "return", "sam", target="start", comment="补交期")
    say(world, row, "withdraw", "alice", comment="客户变卦")
    said = [(what, comment) for _who, what, comment in course(browser, row)]
    assert said == [(f"催办 {world.users['sam'].name}", ""), ("退回至“发起”", "补交期"), ("撤回了申请", "客户变卦")]
    with translation.override("en"):
        assert [what for _who, what, _c in course(browser, row, language="en")][1] == "sent it back to “The requester's form”"


def test_too_late_tells_who_decided_what_and_when_even_after_the_end(world, key_deal, approval):  # noqa: F811
    approval(*TWO)
    row = won(world, key_deal()).waiting
    say(world, row, "reject", "sam", comment="不做")
    assert row.outcome == "rejected"
    assert too_late(world, row, "approve", "fay") == f"{world.users['sam'].name} 已于 {clock(row)} 驳回了。"
    assert too_late(world, row, "withdraw", "alice") == f"{world.users['sam'].name} 已于 {clock(row)} 驳回了。"
    other = won(world, key_deal(name="无锡众成机电有限公司")).waiting
    say(world, other, "withdraw", "alice")
    assert too_late(world, other, "approve", "sam") == f"{world.users['alice'].name} 已撤回（{clock(other)}）。"


def test_what_was_handed_on_says_to_whom(world, key_deal, approval):  # noqa: F811
    approval(LINE | {"may": ["transfer"]})
    row = won(world, key_deal()).waiting
    say(world, row, "transfer", "sam", person=world.users["erin"].pk)
    assert too_late(world, row, "approve", "sam").startswith(f"已转交给 {world.users['erin'].name}（今天 ")


def test_of_two_who_must_agree_each_is_told_what_became_of_his_own(world, key_deal, approval):  # noqa: F811
    approval(BOTH)
    name = {who: one.name for who, one in world.users.items()}
    row = won(world, key_deal()).waiting
    say(world, row, "approve", "sam")
    say(world, row, "transfer", "fay", person=world.users["erin"].pk)
    assert too_late(world, row, "approve", "fay").startswith(f"已转交给 {name['erin']}（")
    assert too_late(world, row, "approve", "sam").startswith(f"{name['sam']} 已于 ")
    say(world, row, "withdraw", "alice")
    assert too_late(world, row, "approve", "erin") == f"{name['alice']} 已撤回（{clock(row)}）。"
    assert too_late(world, row, "approve", "fay").startswith(f"已转交给 {name['erin']}（")
    other = won(world, key_deal(name="无锡众成机电有限公司")).waiting
    say(world, other, "approve", "sam")
    with transaction.atomic(), store.command(ProcessInstance.objects.select_for_update().get(pk=other.pk)) as going:
        end(going, "terminated")  # as a child ends with its parent
    other.refresh_from_db()
    assert too_late(world, other, "approve", "fay") == f"流程已于 {clock(other)} 自动结束：已终止。"


def test_an_agreement_that_led_to_no_is_not_told_as_the_end(world, key_deal, approval):  # noqa: F811
    approval(BOTH | {"mode": "any"}, {"id": "no", "type": "end", "outcome": "rejected", "name": {"zh-hans": "不批"}})
    row = won(world, key_deal()).waiting
    say(world, row, "approve", "sam")
    assert row.outcome == "rejected"
    told = f"流程已于 {clock(row)} 结束：已驳回；最后处理人 {world.users['sam'].name}。"
    assert too_late(world, row, "approve", "fay") == too_late(world, row, "withdraw", "alice") == told


def test_whoever_is_one_too_many_is_told_who_agreed(world, key_deal, approval):  # noqa: F811
    approval(BOTH | {"mode": "any", "may": ["return"]}, LINE | {"id": "top", "who": [{"kind": "role", "role": "executive"}]})
    row = won(world, key_deal()).waiting
    say(world, row, "approve", "sam")
    assert (row.state, asked(row)) == ("running", ["erin"])
    assert too_late(world, row, "approve", "fay").startswith(f"{world.users['sam'].name} 已于 ")
    with translation.override("en"):
        assert " approved it already (" in too_late(world, row, "approve", "fay")
    other = won(world, key_deal(name="无锡众成机电有限公司")).waiting
    say(world, other, "return", "sam", target="start", comment="补交期")
    with translation.override("en"):
        assert too_late(world, other, "approve", "fay").startswith(f"{world.users['sam'].name} sent it back already (")
    assert too_late(world, other, "approve", "fay").endswith(" 退回了。")


def test_whoever_stands_in_is_not_offered_his_own_request(world, browser, key_deal, approval):  # noqa: F811
    """The list leaves it out, and so does what may be done with it: he may take it back, not agree to it."""
    approval(LINE)
    row = won(world, key_deal()).waiting
    now = timezone.now()
    Proxy.objects.create(owner=world.users["sam"], proxy=world.users["alice"], starts_at=now, ends_at=now + dt.timedelta(days=1))
    acts = browser("alice").get(f"/p/inbox?tab=sent&id={row.pk}").context_data["now"]["acts"]
    assert [str(act["label"]) for act in acts] == ["催办", "撤回申请", "评论"]


def test_whoever_stands_in_for_the_requester_takes_it_back_for_him(world, browser, key_deal, approval):  # noqa: F811
    approval(LINE)
    row = won(world, key_deal()).waiting
    now = timezone.now()
    Proxy.objects.create(owner=world.users["alice"], proxy=world.users["sally"], starts_at=now, ends_at=now + dt.timedelta(days=1))
    assert "撤回申请" in browser("sally").get(f"/approvals/{row.pk}/panel/way", headers={"HX-Request": "true"}).content.decode()
    say(world, row, "withdraw", "sally", comment="她在休假")
    who = f"{world.users['sally'].name}代{world.users['alice'].name}"
    assert (row.outcome, course(browser, row)) == ("withdrawn", [(who, "撤回了申请", "她在休假")])
    assert too_late(world, row, "approve", "sam") == f"{who} 已撤回（{clock(row)}）。"


def test_a_comment_names_in_whose_place_it_was_said(world, browser, key_deal, approval):  # noqa: F811
    approval(LINE)
    row = won(world, key_deal()).waiting
    run("processinstance_comment", row.pk, world.actor("alice"), {"text": "客户催得紧"})
    Event.objects.filter(name="processinstance.commented").update(on_behalf_of=world.users["bob"].pk)
    assert course(browser, row) == [(f"{world.users['alice'].name}代{world.users['bob'].name}", "评论", "客户催得紧")]


def test_a_comment_is_offered_while_it_runs_and_to_nobody_who_only_looks(world, key_deal, approval):  # noqa: F811
    approval(LINE)
    row = won(world, key_deal()).waiting

    def offered(by: str, **more: object) -> list[str]:
        seen = detail(ProcessInstance.objects.get(pk=row.pk), replace(world.actor(by), **more))
        return [str(act["label"]) for act in seen["acts"]]

    assert offered("alice") == ["催办", "撤回申请", "评论"]
    assert offered("alice", read_only=True) == []
    rights = world.actor("alice").rights
    assert "评论" not in offered("alice", rights=replace(rights, granted={k: v for k, v in rights.granted.items() if k[0] != "processinstance"}))
    say(world, row, "approve", "sam")
    assert row.state == "ended" and offered("alice") == offered("sam") == []


def test_a_request_names_nobody_as_working_on_it(world, browser, key_deal, approval):  # noqa: F811
    """Its requester may not edit it, and nobody takes his place for that."""
    approval(LINE)
    row = won(world, key_deal()).waiting
    seen = browser("alice").get(f"/approvals/{row.pk}").content.decode()
    assert "流转" in seen and "现由谁处理" not in seen


def test_back_to_the_nearest_step_is_chosen_beforehand(world, browser, key_deal, approval):  # noqa: F811
    approval(LINE | {"may": ["return"]})
    row = won(world, key_deal()).waiting
    dialog = browser("sam").get(f"/approvals/{row.pk}/do/processinstance_return", headers={"HX-Request": "true"}).content.decode()
    assert 'value="start" selected' in dialog
