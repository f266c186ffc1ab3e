"""The inbox of requests as people use it: what waits, one by one, from the page; what runs is told on the record."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import selectors
from pellucid.kernel.processes.models import ProcessInstance, Verdict
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


def test_what_binds_nobody_is_agreed_to_together_and_what_binds_by_itself(world, key_deal, approval, browser):  # noqa: F811
    approval(LINE, SIZE)
    small = [won(world, key_deal(name=f"苏州{n}厂")).waiting for n in range(2)]
    seen = browser("sam").get("/p/inbox").context_data["several"]
    assert seen == {"n": 2, "href": f"/approvals/bulk/processinstance_approve?ids={small[0].pk},{small[1].pk}"}
    dialog = browser("sam").get(seen["href"], headers=HTMX).content.decode()
    assert 'name="comment"' in dialog and 'name="asked"' not in dialog, "what nobody fills in is not asked"
    done = run_many("processinstance_approve", [r.pk for r in small], world.actor("sam"), {"comment": "同意"})
    assert sorted(done.done) == [r.pk for r in small] and not done.skipped
    assert {v.comment for v in Verdict.objects.filter(instance__in=small)} == {"同意"}
    large = [won(world, key_deal("2000000", name=f"无锡{n}厂")).waiting for n in range(2)]
    run_many("processinstance_approve", [r.pk for r in large], world.actor("sam"))
    assert browser("fay").get("/p/inbox").context_data["several"] is None
    left = run_many("processinstance_approve", [r.pk for r in large], world.actor("fay"))
    assert not left.done and {why for _pk, _name, why in left.skipped} == {"此项须单独查看后审批。"}


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
