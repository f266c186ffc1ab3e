"""Leading sales: guidance the owner hears of, key customers that headquarters follows, moves that can be taken back, what a record's page says."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from pellucid.collaboration.models import Task
from pellucid.customers import pools
from pellucid.customers.models import Customer, CustomerClass
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.events.models import Event
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Invalid, Missing, Refused
from pellucid.kernel.resources.undo import undo
from pellucid.sales.models import Opportunity, Stage

from .test_competition import make, rival  # noqa: F401
from .test_opportunities import HTMX, deal, do, stage  # noqa: F401

pytestmark = pytest.mark.django_db


def told(world, name: str, kind: str) -> list[Notice]:
    deliver()
    return list(Notice.objects.filter(user=world.users[name], kind=kind).order_by("id"))


def test_guidance_reaches_the_owner_and_becomes_a_task_by_its_day(world, deal, browser):  # noqa: F811
    one, until = deal(amount="5"), days.today() + dt.timedelta(days=3)
    run("opportunity_advise", one.pk, world.actor("sam"), {"text": "别跟价，先约决策人\n把交期写进罚则", "until": until})
    task = Task.objects.get(about_resource="opportunity", about_id=one.pk)
    assert (task.name, task.owner, days.day_of(task.due_at)) == ("别跟价，先约决策人", world.users["alice"], until)
    assert [n.record_id for n in told(world, "alice", "advised")] == [one.pk] and not told(world, "sam", "advised")
    page = browser("alice").get(f"/opportunities/{one.pk}").content.decode()
    assert "把交期写进罚则" in page and "孙明" in page
    with pytest.raises(Invalid):
        run("opportunity_advise", one.pk, world.actor("sam"), {"text": "x", "until": days.today() - dt.timedelta(days=1)})
    with pytest.raises(Missing):
        run("opportunity_advise", one.pk, world.actor("bob"), {"text": "x"})


def test_headquarters_hears_of_key_customers_only(world, deal):  # noqa: F811
    key = world.customer("甲公司", level=terms.find("customer_level", "A"))
    one, other = deal(customer=key, amount="5", expected_on=days.today()), deal(amount="5", customer=world.customer("乙公司"))
    assert [n.record_id for n in told(world, "erin", "key_deal")] == [one.pk]
    do(world, "move_stage", other, stage=stage("Needs analysis"))
    do(world, "win", one)
    found = told(world, "erin", "key_deal")
    assert [(n.record_id, n.count) for n in found] == [(one.pk, 2)], "what happens within the hour is folded"
    assert not told(world, "wendy", "key_deal"), "a branch is no headquarters"
    run("setting_set", None, world.actor("admin"), values={"sales.key_levels": [terms.find("customer_level", "B")]})
    Notice.objects.all().delete()
    do(world, "reopen", one, reason="又来了")
    assert not told(world, "erin", "key_deal")


@pytest.mark.django_db(transaction=True)  # each step in a transaction, so in a period, of its own
def test_a_move_and_a_closing_are_taken_back_where_nothing_came_after(world, deal):  # noqa: F811
    one, alice = deal(amount="5", expected_on=days.today()), world.actor("alice")
    one = do(world, "move_stage", one, stage=stage("Needs analysis"))
    undo(Event.objects.filter(name="opportunity.moved").latest("id").pk, alice)
    assert Opportunity.objects.get(pk=one.pk).stage_id == stage("Confirmed")
    first = Event.objects.filter(name="opportunity.moved").order_by("id").first()
    with pytest.raises(Refused):
        undo(first.pk, alice)
    one = do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"))
    lost = Event.objects.filter(name="opportunity.lost").latest("id").pk
    with pytest.raises(Missing):
        undo(lost, world.actor("sam"))
    undo(lost, alice)
    one = Opportunity.objects.get(pk=one.pk)
    assert (one.state, one.stage_id, one.loss_reason_id) == ("open", stage("Confirmed"), None)
    do(world, "win", one)
    undo(Event.objects.filter(name="opportunity.won").latest("id").pk, alice)
    assert Opportunity.objects.get(pk=one.pk).state == "open"


def test_the_toast_of_a_closing_offers_the_way_back_and_its_dialog_knows_the_deal(world, deal, rival, browser):  # noqa: F811
    one, them, alice = deal(amount="420000", expected_on=days.today()), rival(), browser("alice")
    make(world, "opportunitycompetitor", opportunity=one, competitor=them.pk)
    dialog = alice.get(f"/opportunities/{one.pk}/do/opportunity_win", headers=HTMX).content.decode()
    assert "420000" in dialog.replace(",", "") and "启衡自动化" in dialog
    done = alice.post(f"/opportunities/{one.pk}/do/opportunity_win", {"amount": "420000", "against": [them.pk]},
                      headers=HTMX | {"Referer": "http://testserver/opportunities/"})  # fmt: skip
    assert '"undo": "/undo/' in done["HX-Trigger"] and Opportunity.objects.get(pk=one.pk).state == "won"


def test_the_page_says_what_the_stage_asks_for_and_who_competes(world, deal, rival, browser):  # noqa: F811
    here = Stage.objects.get(pk=stage("Confirmed"))
    run("stage_update", here.pk, world.actor("admin"), values={"gates": ["amount", "competitors"], "checklist": "打过电话"}, version=here.version)
    one, alice = deal(), browser("alice")
    page = alice.get(f"/opportunities/{one.pk}")
    guide = page.context_data["record"]["path"]["guide"]
    assert guide["lead"] == here.guidance and "进入“需求分析”还缺 3 项" in guide["warn"]
    assert guide["act"]["drawer"].endswith("/edit")
    alice.post(f"/opportunities/{one.pk}/do/opportunity_tick?thing=打过电话", headers=HTMX)
    assert Opportunity.objects.get(pk=one.pk).ticked
    them = rival()
    make(world, "opportunitycompetitor", opportunity=one, competitor=them.pk, standing="ahead", strategy="先报低价", answer="不跟价")
    make(world, "competitorquote", opportunity=one, competitor=them.pk, amount="94", source=terms.find("price_source", "tender"))
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "100"}, version=Opportunity.objects.get(pk=one.pk).version)
    text = alice.get(f"/opportunities/{one.pk}").content.decode()
    for said in ("领先我方", "比我方低 6.0%", "开标公示", "先报低价", "不跟价", "还没有决策人", "进入“需求分析”"):
        assert said in text, said
    home = browser("alice").get("/").content.decode()
    assert "竞争告急" in home and "启衡自动化" in home


def test_what_was_said_with_the_customer_while_it_runs_stands_on_the_sale(world, deal, browser):  # noqa: F811
    one, alice = deal(amount="5"), world.actor("alice")
    run("followup_create", None, alice, values={"customer": one.customer_id, "kind": "call", "text": "总工说节拍够了"})
    old = {"customer": one.customer_id, "kind": "call", "text": "去年的事", "at": days.start_of(days.today()) - dt.timedelta(days=40)}
    run("followup_create", None, alice, values=old)
    text = browser("alice").get(f"/opportunities/{one.pk}").content.decode()
    assert "总工说节拍够了" in text and "去年的事" not in text


def test_a_customer_and_a_competitor_show_each_other(world, deal, rival, browser):  # noqa: F811
    them, customer = rival(short_name="启衡"), world.customer("甲公司")
    one, alice = deal(customer=customer, amount="1000000"), browser("alice")
    product = make(world, "product", by="admin", name="视觉工位", list_price="250000")
    theirs = make(world, "competitorproduct", competitor=them.pk, name="QH-V6", against=product)
    make(world, "competitorprice", product=theirs, price="240000", valid_from=days.today() - dt.timedelta(days=300))
    make(world, "competitorquote", opportunity=one, competitor=them.pk, product=theirs, amount="920000", unit_price="230000")
    page = alice.get(f"/customers/{customer.pk}").content.decode()
    assert f"/customers/{customer.pk}/panel/contested" in page, "fetched once the page stands"
    panel = alice.get(f"/customers/{customer.pk}/panel/contested", headers=HTMX).content.decode()
    assert "启衡自动化" in panel and "进行中 1" in panel
    assert "三号线改造" in alice.get(f"/customers/{customer.pk}/panel/deals", headers=HTMX).content.decode()
    prices = alice.get(f"/competitors/{them.pk}/panel/prices", headers=HTMX).content.decode()
    assert "比我方低 8.0%" in prices and 'class="offer"' in prices and 'class="theirs"' in prices
    do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"), lost_to=them.pk, lost_price="900000")
    record = alice.get(f"/competitors/{them.pk}").content.decode()
    assert "−10.0%" in record or "-10.0%" in record
    assert "0%" in record and "两家之间我方胜率" in record


def test_months_without_a_deal_are_counted_from_the_last_one(world, deal):  # noqa: F811
    """Two customers in the same hands for a year: one bought five months ago, one never; an open deal keeps, a lost one does not."""
    sea = run("pool_create", None, world.actor("admin"), values={"name": "公海", "kind": "customer", "unit": world.units["east"].pk,
                                                                 "keeper": world.users["mona"].pk}).record  # fmt: skip
    today = days.today()
    values = {"name": "半年未成交", "pool": sea.pk, "quiet_days": None, "dealless_months": 6, "active": True}
    rule = run("customerrecall_create", None, world.actor("admin"), values=values).record
    since = timezone.now() - dt.timedelta(days=366)
    never, bought = (run("customer_create", None, world.actor("alice"), values={"name": n}, valid_at=since).record for n in ("从未", "买过"))
    won = do(world, "win", deal(customer=bought, amount="5", expected_on=today))
    Opportunity.objects.filter(pk=won.pk).update(opened_on=days.add_months(today, -6), closed_on=days.add_months(today, -5))
    Customer.objects.filter(pk=bought.pk).update(customer_class=CustomerClass.OPPORTUNITY)
    due = {d.record_id: d for d in pools.due_back("customer", ahead=400)}
    assert due[never.pk].on < today and str(due[never.pk].why) == "6 个月未成交"
    assert due[bought.pk].on == days.add_months(days.add_months(today, -5), 6)
    one = deal(customer=never, amount="5", expected_on=today)
    assert never.pk in {d.record_id for d in pools.due_back("customer", ahead=400)}, "or one open deal would keep it for ever"
    with_days = run("customerrecall_update", rule.pk, world.actor("admin"), values={"quiet_days": 3000}, version=rule.version).record
    assert with_days.quiet_days and never.pk not in {d.record_id for d in pools.due_back("customer", ahead=400)}, "the days find who is silent"
    do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"))
    assert {d.record_id: d.on for d in pools.due_back("customer", ahead=400)}[never.pk] == due[never.pk].on
