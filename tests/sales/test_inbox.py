"""The inbox of requests as people use it: what waits, one by one, from the page; what runs is told on the record."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.processes import selectors
from pellucid.kernel.processes.models import ProcessInstance, Step, Verdict
from pellucid.sales.models import Opportunity
from tests.api.conftest import api  # noqa: F401  (a fixture)
from tests.contracts.test_pages import client_of

from .test_approved_wins import LINE, SIZE, approval, asked, deal, key_deal, say, won  # noqa: F401  (fixtures and helpers)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def page(world, name: str, href: str = "/p/inbox") -> str:
    answer = client_of(world, name).get(href)
    assert answer.status_code == 200, (href, answer.status_code)
    return answer.content.decode()


def test_what_waits_stands_in_the_inbox_with_what_would_change(world, key_deal, approval):  # noqa: F811
    approval()
    row = won(world, key_deal(), amount="450000", note="客户已盖章").waiting
    seen = page(world, "sam")
    for said in ("三号线改造", "客户已盖章", "45.0 万", "42.0 万", "赢单", "林晓彤", "销售经理审批", *(f'data-key="{k}"' for k in "ynd")):
        assert said in seen, said
    assert f"/approvals/{row.pk}/do/processinstance_approve" in seen
    assert "三号线改造" not in page(world, "bob")
    assert "三号线改造" in page(world, "alice", "/p/inbox?tab=sent")
    assert "processinstance_approve" not in page(world, "alice", "/p/inbox?tab=sent")


def test_a_click_decides_and_the_next_one_opens(world, key_deal, approval):  # noqa: F811
    approval()
    first = won(world, key_deal()).waiting
    second = won(world, key_deal(name="无锡众成机电有限公司")).waiting
    sam = client_of(world, "sam")
    seen = page(world, "sam", f"/p/inbox?id={first.pk}&at=0")
    assert f"/p/inbox?id={second.pk}&amp;at=1" in seen and 'data-key="j"' in seen
    no = selectors.waiting(world.users["sam"].pk).first().no
    answer = sam.post(f"/approvals/{first.pk}/do/processinstance_approve?asked={no}", {"comment": "同意"}, headers=HTMX)
    assert answer.status_code == 204, answer.content[:300]
    assert not selectors.waiting(world.users["sam"].pk).filter(instance=first).exists()
    assert f"/approvals/{second.pk}/do/processinstance_approve" in page(world, "sam", f"/p/inbox?id={first.pk}&at=0")
    assert first.name.partition(" · ")[2] in page(world, "sam", "/p/inbox?tab=done")


def test_a_rejection_wants_a_reason_and_the_dialog_keeps_what_was_typed(world, key_deal, approval):  # noqa: F811
    approval()
    row = won(world, key_deal()).waiting
    sam = client_of(world, "sam")
    href = f"/approvals/{row.pk}/do/processinstance_reject"
    assert "<textarea" in sam.get(href, headers=HTMX).content.decode()
    assert sam.post(href, {"comment": "", "version": "1"}, headers=HTMX).status_code == 422
    assert sam.post(href, {"comment": "价格未谈妥", "version": "1"}, headers=HTMX).status_code == 204
    row.refresh_from_db()
    assert row.outcome == "rejected"


def test_whoever_reads_the_record_sees_that_it_is_being_decided(world, key_deal, approval):  # noqa: F811
    approval()
    one = key_deal()
    row = won(world, one).waiting
    assert f'href="/approvals/{row.pk}"' in page(world, "alice", f"/opportunities/{one.pk}")
    mona = page(world, "mona", f"/opportunities/{one.pk}")
    assert "重点客户赢单审批" in mona and f'href="/approvals/{row.pk}"' not in mona


def test_the_page_of_a_request_shows_its_way(world, key_deal, approval):  # noqa: F811
    approval()
    row = won(world, key_deal("1200000")).waiting
    assert f"/approvals/{row.pk}/panel/way" in page(world, "alice", f"/approvals/{row.pk}")
    seen = page(world, "alice", f"/approvals/{row.pk}/panel/way")
    for said in ("评审会", "销售经理审批", "孙明", "撤回", "催办"):
        assert said in seen, said
    say(world, row, "approve", "sam", comment="同意，注意交期")
    assert "同意，注意交期" in page(world, "alice", f"/approvals/{row.pk}/panel/way")


def test_over_the_api_it_answers_that_it_waits(world, key_deal, approval, api):  # noqa: F811
    approval()
    one = key_deal()
    answer = api("alice")("POST", f"opportunities/{one.pk}/win", {"nobody": True})
    assert answer.status_code == 202, answer.data
    row = ProcessInstance.objects.get()
    assert answer.data == {"state": "waiting", "waiting": row.name, "id": row.pk, "href": f"/api/v1/approvals/{row.pk}"}
    assert api("bob")("POST", f"approvals/{row.pk}/approve", {}).status_code == 404
    assert api("alice")("POST", f"approvals/{row.pk}/approve", {}).status_code == 403
    assert api("sam")("POST", f"approvals/{row.pk}/approve", {"comment": "同意"}).status_code == 200
    assert api("sam")("POST", f"approvals/{row.pk}/approve", {"comment": "同意"}).status_code == 409
    row.refresh_from_db()
    assert asked(row) == [] and Opportunity.objects.get(pk=one.pk).state == "open", "carried out right after the commit"


def test_the_figure_in_the_head_counts_what_waits(world, key_deal, approval):  # noqa: F811
    approval()
    won(world, key_deal())
    assert 'id="inbox-count" hx-swap-oob="true">1<' in page(world, "sam", "/menu/counts")
    assert 'id="inbox-count" hx-swap-oob="true" hidden>' in page(world, "bob", "/menu/counts")
    assert "三号线改造" in page(world, "sam", "/")


def test_a_request_is_called_as_its_reader_calls_the_process(world, key_deal, approval, browser):  # noqa: F811
    approval()
    row = won(world, key_deal()).waiting
    seen = browser("sam", "en").get(f"/p/inbox?id={row.pk}").context_data
    assert (seen["rows"][0]["about"], seen["now"]["title"]) == ("Winning a key customer", "Winning a key customer · 三号线改造")


def test_what_is_picked_is_agreed_to_one_by_one_after_one_look_at_all_of_it(world, key_deal, approval, browser):  # noqa: F811
    approval(LINE, SIZE)
    small = [won(world, key_deal(name=f"苏州{n}厂")).waiting for n in range(2)]
    bulk = "/approvals/bulk/processinstance_approve"
    seen = page(world, "sam")
    assert f'data-pick-dialog="{bulk}"' in seen and seen.count("data-pick=") == 2
    sam = browser("sam")
    dialog = sam.get(f"{bulk}?ids={small[0].pk},{small[1].pk}", headers=HTMX)
    text = dialog.content.decode()
    for said in ("苏州0厂", "苏州1厂", "林晓彤", "42.0 万", "840,000.00 元", "销售经理审批", 'name="comment"'):
        assert said in text, said
    assert 'name="asked"' not in text, "what nobody fills in is not asked"
    hidden = dict(dialog.context_data["bulk"]["hidden"])
    assert hidden == {"ids": f"{small[0].pk},{small[1].pk}", "sure": "1"}
    assert sam.post(bulk, hidden | {"comment": "同意"}, headers=HTMX).status_code == 204
    assert {v.comment for v in Verdict.objects.filter(instance__in=small)} == {"同意"}
    events = Event.objects.filter(name="processinstance.processinstance_approve", record_id__in=[r.pk for r in small])
    assert events.count() == 2, "each is a run of its own"


def test_what_is_left_out_says_why_and_the_rest_is_done(world, key_deal, approval, browser):  # noqa: F811
    filled = LINE | {"id": "told", "fields": {"edit": ["cause"], "require": ["cause"]}}
    form = [{"name": "cause", "label": {"zh-hans": "理由", "en": "Cause"}, "kind": "text"}]
    approval(LINE, SIZE)
    small, gone = (won(world, key_deal(name=name)).waiting for name in ("苏州一厂", "苏州二厂"))
    large = won(world, key_deal("2000000", name="无锡厂")).waiting
    run("processinstance_approve", large.pk, world.actor("sam"))
    run("processinstance_reject", gone.pk, world.actor("sam"), {"comment": "不做"})
    by_hand = approval(filled, key="by_hand", gate="", form=form)
    asks = run("opportunity_request", key_deal(name="常州厂").pk, world.actor("alice"), {"process": by_hand.pk}).value
    bulk, ids = "/approvals/bulk/processinstance_approve", f"{small.pk},{gone.pk},{large.pk},{asks.pk}"
    seen = browser("sam").get(f"{bulk}?ids={ids}", headers=HTMX).context_data["bulk"]
    assert (seen["ready"], seen["skipped"]) == (1, 3)
    assert [r["reason"].partition("（")[0][:5] for r in seen["rows"]] == ["孙明 已于", "孙明 已于", "同意时须填"]
    assert seen["rows"][2]["reason"] == "同意时须填写：理由"
    binding = run_many("processinstance_approve", [large.pk], world.actor("fay"))
    assert [why for _pk, _name, why in binding.skipped] == ["涉及资金或法律约束，须单独查看后审批。"]
    answer = browser("sam").post(bulk, {"ids": ids, "sure": "1"}, headers=HTMX)  # as if the others had been decided meanwhile
    assert answer.status_code == 200 and (answer.context_data["bulk"]["done"], answer.context_data["bulk"]["refused"]) == (1, 3)
    small.refresh_from_db()
    assert small.outcome == "" and not selectors.waiting(world.users["sam"].pk).filter(instance=small).exists(), "nothing of one undoes another"


def test_a_comment_too_long_is_said_at_its_field_and_nothing_is_lost(world, key_deal, approval, browser):  # noqa: F811
    approval()
    rows = [won(world, key_deal(name=f"苏州{n}厂")).waiting for n in range(2)]
    given = {"ids": ",".join(str(r.pk) for r in rows), "sure": "1", "comment": "好" * 2001}
    answer = browser("sam").post("/approvals/bulk/processinstance_approve", given, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 422 and "好" * 2001 in text and 'aria-invalid="true"' in text and "苏州0厂" in text
    assert not Verdict.objects.filter(instance__in=rows).exists()


def test_rows_say_with_whom_and_how_much_as_far_as_the_reader_may_see_it(world, key_deal, approval, browser):  # noqa: F811
    approval()
    row = won(world, key_deal()).waiting
    seen = browser("sam").get("/p/inbox").context_data["rows"][0]
    assert (seen["party"], seen["amount"]) == ("苏州恒砺精密制造有限公司", "42.0 万")
    home = page(world, "sam", "/")
    assert "苏州恒砺精密制造有限公司 · 重点客户赢单审批" in home
    FieldRight.objects.create(role=Role.objects.get(code="sales_manager"), resource="opportunity", field="amount", level="none")
    seen = browser("sam").get(f"/p/inbox?id={row.pk}").context_data["rows"][0]
    assert (seen["party"], seen["amount"]) == ("苏州恒砺精密制造有限公司", "")


def test_the_inbox_is_narrowed_to_one_kind_with_counts(world, key_deal, approval):  # noqa: F811
    process = approval()
    won(world, key_deal())
    assert 'aria-label="申请类型"' not in page(world, "sam"), "one kind only: nothing to narrow"
    other = approval(key="by_hand", gate="")
    deal_two = key_deal(name="无锡众成机电有限公司")
    run("opportunity_request", deal_two.pk, world.actor("alice"), {"process": other.pk})
    both, one = page(world, "sam"), page(world, "sam", f"/p/inbox?of={other.pk}")
    assert f'href="/p/inbox?of={process.pk}"' in both and f'href="/p/inbox?of={other.pk}"' in both
    assert both.count('class="ai"') == 2 and one.count('class="ai"') == 1 and f"of={other.pk}&amp;id=" in one
    gone = page(world, "sam", "/p/inbox?of=987654")
    assert gone.count('class="ai"') == 0 and "processinstance_approve" not in gone, "the last one of a kind is not followed by one of another kind"
    assert "这一类已全部处理" in gone and f'href="/p/inbox?of={process.pk}"' in gone


def test_whoever_comes_for_what_somebody_else_decided_is_told_before_he_decides_the_next(world, key_deal, approval, browser):  # noqa: F811
    approval(LINE)
    first, second = won(world, key_deal()).waiting, won(world, key_deal(name="无锡众成机电有限公司")).waiting
    say(world, first, "withdraw", "alice")
    seen = browser("sam").get(f"/p/inbox?id={first.pk}")
    missed = seen.context_data["missed"]
    assert (missed["label"], missed["href"], seen.context_data["now"]["id"]) == ("已撤回", f"/approvals/{first.pk}", second.pk)
    assert "已不需要您处理" in seen.content.decode()
    say(world, second, "approve", "sam")
    assert browser("sam").get(f"/p/inbox?id={second.pk}&at=0").context_data["missed"] is None, "he has just decided it himself"
    assert browser("bob").get(f"/p/inbox?id={first.pk}").context_data["missed"] is None, "what one may not read is not there"


def test_what_his_own_request_was_refused_for_is_told_to_its_requester(world, key_deal, approval, browser):  # noqa: F811
    """It is carried out in his name: he may read why not. And nobody urges himself."""
    approval(LINE | {"may": ["return"]})
    one = key_deal()
    row = won(world, one).waiting
    say(world, row, "return", "sam", target="start", comment="请改")
    assert [str(a["label"]) for a in browser("alice").get(f"/p/inbox?id={row.pk}").context_data["now"]["acts"]] == ["重新提交", "撤回申请", "评论"]
    say(world, row, "submit", "alice")
    Opportunity.objects.filter(pk=one.pk).update(amount=0)
    say(world, row, "approve", "sam")
    held = {who: browser(who).get(f"/approvals/{row.pk}/panel/way", headers=HTMX).content.decode() for who in ("alice", "sam")}
    why = Step.objects.get(instance=row, node="#gate").data["held"]["error"]
    assert why and why in held["alice"] and why not in held["sam"]
