"""What collectors and whoever keeps the books are shown: in the order in which it matters, within their reach, in both languages."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.notices.selectors import notices
from pellucid.kernel.records import days
from pellucid.kernel.resources.happened import happened
from pellucid.orders import dunning_pages, invoice_pages, jobs, letters, money_pages
from pellucid.orders.models import DunningCase, PaymentPromise
from tests.orders.making import receipt, signed
from tests.orders.test_invoices import draft

pytestmark = pytest.mark.django_db
HERE = "/p/orders/dunning"


def late(world, name: str, n: int, price: str = "1000", by: str = "alice"):
    """An order of this customer that was due n days ago."""
    since = days.today() - dt.timedelta(days=n)
    return signed(world, price, plan="款到发货", by=by, on=str(since), customer=world.customer(name, by=by))


@pytest.fixture
def three(world):
    """A small old debt, a large one, and one in the west."""
    orders = [late(world, "小旧", 100, "100"), late(world, "大", 10, "5000"), late(world, "西部", 10, by="bob")]
    jobs.dun_due()
    return orders


def names(answer) -> list[str]:
    return [r["name"] for r in answer.context_data["rows"]]


def test_the_list_is_ordered_by_what_matters_and_reaches_as_far_as_the_reader(three, browser):
    assert names(browser("fay").get(HERE)) == ["大", "西部", "小旧"], "one level: by amount"
    DunningCase._base_manager.filter(customer__name="小旧").update(broken=1)
    assert names(browser("fay").get(HERE)) == ["小旧", "大", "西部"], "a broken promise comes first"
    DunningCase._base_manager.filter(customer__name="西部").update(level=2)
    assert names(browser("fay").get(HERE)) == ["西部", "小旧", "大"]
    assert names(browser("alice").get(HERE)) == ["小旧", "大"] and names(browser("bob").get(HERE)) == ["西部"]
    assert browser("walt").get(HERE).status_code == 403


def test_what_is_promised_or_disputed_rests(world, three, browser):
    case = DunningCase._base_manager.get(customer__name="大")
    tomorrow = str(days.today() + dt.timedelta(days=1))
    run("dunning_promise", case.pk, world.actor("alice"), {"due_on": tomorrow, "said_by": "王会计"})
    answer = browser("alice").get(f"{HERE}?show=rest")
    assert names(answer) == ["大"] and answer.context_data["rows"][0]["promise"]["title"] == "王会计"
    assert names(browser("alice").get(HERE)) == ["小旧"]


def test_what_is_about_to_become_bad_says_why(world, three, browser):
    case = DunningCase._base_manager.get(customer__name="大")
    PaymentPromise._base_manager.create(customer=case.customer, case=case, amount=1, due_on="2026-01-05", said_by="x", state="broken",
                                        judged_on="2026-01-06")  # fmt: skip
    found = browser("fay", "en").get(f"{HERE}?show=danger").context_data["danger"]
    said = {d["name"]: [str(s["label"]) for s in d["signs"]] for d in found}
    assert said == {"小旧": ["overdue for 100 days"], "大": ["82 % of all that is overdue", "1 promise broken"]}
    case.customer.owner, case.customer.unit_id = world.users["bob"], world.users["bob"].memberships.get(primary=True).unit_id
    case.customer.branch_id = tree().branch(case.customer.unit_id)
    case.customer.save()
    kept = {d["name"]: [s["label"] for s in d["signs"]] for d in browser("alice", "en").get(f"{HERE}?show=danger").context_data["danger"]}
    assert not any("promise" in str(label) for label in kept.get("大", [])), "what its own customers promised is for whoever sees them"


def test_what_happened_with_money_is_said_in_the_words_of_money(world, three):
    alice, case = world.actor("alice"), DunningCase._base_manager.get(customer__name="大")
    told, _next = happened(case, alice, show_for(alice))
    assert any("5,650" in entry.did for entry in told) and not any("5650.00" in entry.did for entry in told)
    deliver(500)
    mine = [line.text for line in notices(alice) if line.kind == "dunning.raised"]
    assert mine and not any("5650.00" in text for text in mine) and any("5,650" in text for text in mine)


def test_the_letter_names_what_is_owed_in_both_languages(world, three, browser):
    case, order = DunningCase._base_manager.get(customer__name="大"), three[1]
    text = str(dunning_pages.letter(case, world.actor("alice")))
    assert "5,650.00 元" in text and order.number in text and "已到付款期" in text
    with translation.override("en"):
        english = letters.filled(case, "en")
    assert "CNY 5,650.00" in english and "may be an oversight" in english and "10 days overdue" in english
    alice = browser("alice")
    for language in ("zh-hans", "en"):
        paper = alice.get(f"/dunning-cases/{case.pk}/paper/letter?language={language}")
        assert paper.status_code == 200 and paper.headers["Content-Type"] == "application/pdf" and len(b"".join(paper.streaming_content)) > 5000
    assert browser("bob").get(f"/dunning-cases/{case.pk}/paper/letter?language=en").status_code == 404


def test_the_story_stands_beside_customer_and_order(world, three, browser):
    order, alice = three[1], world.actor("alice")
    case = DunningCase._base_manager.get(customer=order.customer)
    run("dunning_contact", case.pk, alice, {"text": "对方月底付"})
    order.refresh_from_db()
    for card in (dunning_pages.of_customer(order.customer, alice), dunning_pages.of_order(order, alice)):
        assert card and [r["label"] for r in card["rows"]][1:] == ["友好提醒"] and card["tag"]["label"] == "友好提醒"
    assert dunning_pages.of_customer(order.customer, world.actor("bob")) is None
    card = invoice_pages.of_order(order, alice)
    assert card and card["link"]["dialog"] == f"/orders/{order.pk}/do/order_invoice"
    assert invoice_pages.of_order(order, world.actor("walt")) is None


def test_the_workbench_of_finance_says_what_waits(world, three, browser):
    receipt(world, three[1], "1000")
    draft(world, three[1], by="alice", kind="general")
    text = browser("fay").get("/").content.decode()
    for what in ("待分配收款", "待开发票", "待催款", "待开票金额"):
        assert what in text, what
    assert "待分配收款" not in browser("alice").get("/").content.decode()


def test_ages_stand_in_their_order(three, browser):
    answer = browser("fay", "en").get("/analyses/R056")
    assert answer.status_code == 200
    grids = [p for p in answer.context_data["parts"] if p.get("heads")]
    assert [[str(h["label"]) for h in g["heads"]] for g in grids] == [["1 to 30 days", "Over 90 days"]] * 5


def test_the_head_of_a_customer_says_what_was_signed_and_is_owed(world, three, browser):
    """In figures before the customer's own, as far as the reader's orders reach."""
    order = three[1]
    facts = browser("alice").get(f"/customers/{order.customer_id}").context_data["record"]["facts"]
    assert [str(f["label"]) for f in facts][:2] == ["累计成交", "应收余额"] and len(facts) <= 6
    told = money_pages.figures(order.customer, world.actor("alice"))
    assert told and told["facts"][1]["tone"] == "bad" and "逾期" in told["facts"][1]["note"]
    assert money_pages.figures(order.customer, world.actor("bob")) is None
    assert money_pages.figures(world.customer("没有买过"), world.actor("alice")) is None
