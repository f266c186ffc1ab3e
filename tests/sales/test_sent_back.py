"""A request sent back: its requester sees why and may change what it froze; who decides then sees what he changed; copies and whom it waits for."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.kernel.access.models import FieldRight, Proxy, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.processes import sent_back as showing_back
from pellucid.kernel.processes.models import Copy, LogLine, ProcessInstance
from pellucid.kernel.processes.showing import detail
from pellucid.kernel.records.errors import Invalid, Refused

from .test_approved_wins import LINE, SIZE, approval, asked, deal, key_deal, say, won  # noqa: F401  (fixtures and helpers)
from .test_opportunities import APART

pytestmark = pytest.mark.django_db
BACK = LINE | {"may": ["return", "transfer", "add"]}
TELL = {"id": "tell", "type": "notify", "name": {"zh-hans": "抄送财务", "en": "Copy to finance"}, "who": [{"kind": "role", "role": "finance"}]}


def opened(browser, row: ProcessInstance, by: str, language: str = "zh-hans", tab: str = "") -> dict:
    return browser(by, language).get(f"/p/inbox?{f'tab={tab}&' if tab else ''}id={row.pk}").context_data["now"]


@APART
def test_sent_back_it_is_changed_and_the_next_decision_sees_what(world, browser, key_deal, approval):  # noqa: F811
    approval(BACK)
    one = key_deal("420000")
    row = won(world, one).waiting
    with pytest.raises(Refused):
        run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "400000"}, version=one.version)
    say(world, row, "return", "sam", target="start", comment="金额请按合同价")
    mine = opened(browser, row, "alice")
    assert (mine["back"]["who"], mine["back"]["comment"], mine["back"]["mine"]) == (world.users["sam"].name, "金额请按合同价", True)
    assert mine["acts"][0]["label"] == "重新提交"
    one.refresh_from_db()
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "400000"}, version=one.version)
    say(world, row, "submit", "alice")
    seen = opened(browser, row, "sam")
    assert seen["back"]["changes"] == [{"label": "金额", "old": "42.0 万", "new": "40.0 万"}]
    page = browser("sam").get(f"/p/inbox?id={row.pk}").content.decode()
    assert "退回后的改动" in page and "<del class=\"o num\">42.0 万</del>" in page
    assert [line["said"] for line in seen["says"]] == ["退回至“发起”", "在审批期间改动了“金额”", "重新提交了申请"]
    one.refresh_from_db()
    with pytest.raises(Refused):  # with whoever decides it is frozen again
        run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1"}, version=one.version)
    FieldRight.objects.create(role=Role.objects.get(code="sales_manager"), resource="opportunity", field="amount", level="none")
    assert opened(browser, row, "sam")["back"]["changes"] == []


def test_back_with_its_requester_a_change_does_not_begin_it_anew(world, key_deal, approval):  # noqa: F811
    approval(BACK, on_change="restart")
    one = key_deal()
    row = won(world, one).waiting
    say(world, row, "return", "sam", target="start", comment="请改")
    one.refresh_from_db()
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "400000"}, version=one.version)
    assert not LogLine.objects.filter(instance=row, what="restarted").exists()
    say(world, row, "submit", "alice")
    assert asked(row) == ["sam"]


def test_the_record_says_whom_it_waits_for(world, browser, key_deal, approval):  # noqa: F811
    approval(BACK)
    one = key_deal()
    row = won(world, one).waiting

    def note() -> dict:
        return browser("alice").get(f"/opportunities/{one.pk}").context_data["record"]["note"]

    assert (note()["text"], note()["button"]["href"]) == (f"待 {world.users['sam'].name} 审批（重点客户赢单审批）", f"/approvals/{row.pk}")
    say(world, row, "return", "sam", target="start", comment="请改")
    assert note()["text"] == f"“重点客户赢单审批”已退回，待 {world.users['alice'].name} 修改后重新提交。"
    say(world, row, "submit", "alice")
    say(world, row, "approve", "sam")
    assert browser("alice").get(f"/opportunities/{one.pk}").context_data["record"]["note"] is None


def test_a_copy_is_new_until_it_is_opened(world, browser, key_deal, approval):  # noqa: F811
    approval(TELL, LINE)
    row = won(world, key_deal()).waiting
    first = browser("fay").get("/p/inbox").context_data
    assert [tab.get("count") for tab in first["tabs"]] == [0, None, 1, None]
    copies = browser("fay").get("/p/inbox?tab=copied").context_data
    assert [(r["id"], r["new"]) for r in copies["rows"]] == [(row.pk, True)]
    assert [r["new"] for r in browser("fay").get(f"/p/inbox?tab=copied&id={row.pk}").context_data["rows"]] == [False]
    assert Copy.objects.get(instance=row, person=world.users["fay"]).read_at is not None


def test_a_colleague_named_while_deciding_hears_of_it_and_may_read_it(world, browser, key_deal, approval):  # noqa: F811
    approval(BACK, SIZE)
    row = won(world, key_deal()).waiting
    say(world, row, "approve", "sam", comment=f"@{world.users['erin'].name} 请关注交期")
    assert browser("erin").get(f"/approvals/{row.pk}").status_code == 200
    work_off()
    told = Notice.objects.get(user=world.users["erin"], kind="mention", record_id=row.pk)
    assert told.actor_id == world.users["sam"].pk


def test_where_two_must_agree_the_way_says_how_many_have(world, browser, key_deal, approval):  # noqa: F811
    approval(SIZE)
    row = won(world, key_deal("1200000")).waiting

    def now() -> str:
        return next(s["what"] for s in opened(browser, row, "alice", tab="sent")["route"] if s["state"] == "now")

    assert now() == "评审会 0 / 2"
    say(world, row, "approve", "fay")
    assert now() == "评审会 1 / 2"


def test_why_a_branch_was_taken_is_worded_for_its_reader(world, browser, key_deal, approval):  # noqa: F811
    approval(SIZE, LINE)
    row = won(world, key_deal("420000")).waiting

    def why(language: str) -> str:
        return next(line["comment"] for line in opened(browser, row, "alice", language, "sent")["says"] if line["icon"] == "git-branch")

    assert why("zh-hans") == "未满足：金额 42.0 万 (条件：≥ 100.0 万)"
    assert why("en") == "not met: Amount 420.0k (asked for: ≥ 1.0M)"


def test_where_nobody_else_may_be_asked_a_name_lets_nobody_in(world, browser, key_deal, approval):  # noqa: F811
    """The step leaves handing on and adding out: an @ is for those who may read the request already, copies and stand-ins among them;
    anybody else is said to be none to name, and what was written stays."""
    approval(TELL, BACK | {"may": ["return"]}, SIZE)
    row, now = won(world, key_deal()).waiting, timezone.now()
    Proxy.objects.create(owner=world.users["fay"], proxy=world.users["sally"], starts_at=now, ends_at=now + dt.timedelta(days=1))
    with pytest.raises(Invalid) as lacking:
        say(world, row, "approve", "sam", comment=f"@{world.users['wendy'].name} @{world.users['alice'].name} 请看")
    said = f"{world.users['wendy'].name} 看不到这份申请，不会收到提醒：这一步不能再请其他人。"
    assert lacking.value.errors == {"comment": [said]} and asked(row) == ["sam"]
    assert browser("wendy").get(f"/approvals/{row.pk}").status_code == 404
    named = ("alice", "fay", "sally", "admin")
    say(world, row, "approve", "sam", comment=" ".join(f"@{world.users[who].name}" for who in named))
    work_off()
    assert sorted(n.user.username for n in Notice.objects.filter(kind="mention", record_id=row.pk)) == sorted(named)


def test_another_amount_goes_the_whole_way_again(world, key_deal, approval):  # noqa: F811
    """The second to decide sends it back and would have it back himself: with another amount the first decides again, and the branch anew."""
    second = {"id": "second", "type": "approval", "name": {"zh-hans": "法务"}, "who": [{"kind": "role", "role": "finance"}],
              "may": ["return"], "after_return": "back"}  # fmt: skip
    approval(BACK, SIZE, second)
    one = key_deal("420000")
    row = won(world, one).waiting
    say(world, row, "approve", "sam")
    say(world, row, "return", "fay", target="start", comment="数量不对")
    say(world, row, "submit", "alice")
    assert asked(row) == ["fay"], "nothing was changed: back to who sent it"
    say(world, row, "return", "fay", target="start", comment="还是不对")
    one.refresh_from_db()
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1200000"}, version=one.version)
    say(world, row, "submit", "alice")
    assert asked(row) == ["sam"]
    say(world, row, "approve", "sam")
    assert {"erin", "mona"} < set(asked(row)), "a million goes before the board"


def test_another_amount_while_an_earlier_step_decides_again_goes_the_whole_way(world, browser, key_deal, approval):  # noqa: F811
    """Sent back not to the start but to whoever decided first, where a change is only noted: the board between them is asked about the new amount."""
    last = {"id": "last", "type": "approval", "name": {"zh-hans": "法务"}, "who": [{"kind": "role", "role": "finance"}], "dedupe": "never",
            "may": ["return"], "after_return": "back"}  # fmt: skip
    approval(BACK, SIZE, last, on_change="note")
    one = key_deal("420000")
    row = won(world, one).waiting
    say(world, row, "approve", "sam")
    say(world, row, "return", "fay", target="line", comment="请再核一次")
    one.refresh_from_db()
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "1200000"}, version=one.version)
    assert "在审批期间改动了“金额”，将从头逐级审批" in [line["said"] for line in opened(browser, row, "sam")["says"]]
    say(world, row, "approve", "sam")
    assert {"erin", "mona"} < set(asked(row)), "a million goes before the board"


@APART
def test_many_changed_rows_cost_one_question_and_the_latest_are_shown(world, key_deal, approval, monkeypatch):  # noqa: F811
    monkeypatch.setattr(showing_back, "MANY", 5)
    approval(BACK)
    one = key_deal("420000")
    product = run("product_create", None, world.actor("admin"), values={"name": "上下料机械手", "list_price": "100"}).record
    rows = [run("opportunityline_create", None, world.actor("alice"), values={"opportunity": one.pk, "product": product.pk, "quantity": n}).record
            for n in range(1, 9)]  # fmt: skip
    row = won(world, one).waiting
    say(world, row, "return", "sam", target="start", comment="请改")
    for line in (*rows[5:], *rows[:3]):  # the oldest rows are changed last
        run("opportunityline_update", line.pk, world.actor("alice"), values={"quantity": str(line.quantity + 20)}, version=line.version)
    say(world, row, "submit", "alice")
    row.refresh_from_db()
    asked_for: list[int] = []
    look = showing_back.timelines
    monkeypatch.setattr(showing_back, "timelines", lambda model, ids, since: asked_for.append(len(ids)) or look(model, ids, since))
    changes = detail(row, world.actor("sam"))["back"]["changes"]
    assert asked_for == [1, 5], "one question for the record, one for its rows"
    assert [(c["old"], c["new"]) for c in changes if c["label"].endswith("数量")] == [("1", "21"), ("2", "22"), ("3", "23"), ("7", "27"), ("8", "28")]


@APART
def test_rows_under_a_record_are_shown_as_far_as_their_reader_reaches(world, key_deal, approval):  # noqa: F811
    """A colleague of another branch who was named reads the request, not the parts of a sale he cannot see."""
    approval(BACK)
    one = key_deal("420000")
    row = won(world, one).waiting
    say(world, row, "return", "sam", target="start", comment=f"@{world.users['wendy'].name} 补产品")
    product = run("product_create", None, world.actor("admin"), values={"name": "上下料机械手", "list_price": "100"}).record
    run("opportunityline_create", None, world.actor("alice"), values={"opportunity": one.pk, "product": product.pk, "quantity": "3"})
    say(world, row, "submit", "alice")
    row.refresh_from_db()
    labels = {who: [c["label"] for c in detail(row, world.actor(who))["back"]["changes"]] for who in ("sam", "wendy")}
    assert labels == {"sam": ["金额", "主要产品", "产品明细"], "wendy": ["金额", "主要产品"]}
