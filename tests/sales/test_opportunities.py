"""Opportunities from the first day to won or lost: stages and their gates, what winning and losing ask for, lines, the class of the customer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from pellucid.collaboration.models import Task
from pellucid.customers.models import Customer, CustomerClass
from pellucid.kernel.actions.many import run_many
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.events.models import Event
from pellucid.kernel.history.selectors import as_of, periods
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.resources.undo import undo
from pellucid.products.models import Product
from pellucid.sales import stages
from pellucid.sales.models import Opportunity, OpportunityLine, Pipeline, Stage
from tests.reliability.clients import together

pytestmark = pytest.mark.django_db
APART = pytest.mark.django_db(transaction=True)  # each change in a transaction, so in a period, of its own
HTMX = {"HX-Request": "true"}


def stage(name: str) -> int:
    """The stage of this English name in the first pipeline."""
    return next(s.id for s in stages.of_pipeline(stages.first_pipeline()) if s.name_en == name)


@pytest.fixture
def deal(world):
    """Alice's opportunity with a customer of hers."""

    def make(by: str = "alice", **values):
        customer = values.pop("customer", None) or world.customer("苏州恒砺精密制造有限公司", by=by)
        values = {"name": "三号线改造", "customer": customer.pk if customer else None, **values}
        return run("opportunity_create", None, world.actor(by), values=values).record

    return make


def do(world, what: str, one: Opportunity, by: str = "alice", **inputs) -> Opportunity:
    """An action through the door; the record as it is afterwards."""
    run(f"opportunity_{what}", one.pk, world.actor(by), inputs)
    return Opportunity.objects.get(pk=one.pk)


def test_a_new_one_begins_at_the_beginning_today(world, deal):
    one = deal(amount="420000")
    first = stages.stages()[one.stage_id]
    assert (first.name_en, one.state, one.opened_on, one.probability) == ("Confirmed", "open", days.today(), 10)
    assert one.rots_on == days.today() + dt.timedelta(days=14) and not one.incomplete
    assert one.number.startswith("SJ") and one.amount_base == Decimal("420000.00")
    assert one.customer.customer_class == CustomerClass.OPPORTUNITY, "who has an opportunity is an opportunity customer"
    product = run("product_create", None, world.actor("admin"), values={"name": "拧紧工位"}).record
    assert deal(name="", customer=one.customer, product=product.pk).name == "恒砺精密制造 · 拧紧工位"


def test_a_gate_lets_nothing_through_that_skips_it(world, deal):
    one = deal()
    one = do(world, "move_stage", one, stage=stage("Needs analysis"))
    assert one.probability == 25 and one.stage_since.date() == one.updated_at.date()
    one = do(world, "move_stage", one, stage=stage("Proposal"))
    with pytest.raises(Invalid) as lacking:
        do(world, "move_stage", one, stage=stage("Contract approval"))
    assert lacking.value.errors == {"stage": ["进入“合同审批”前还缺：金额、预计成交。"]}
    run("opportunity_update", one.pk, world.actor("alice"), values={"amount": "420000", "expected_on": "2026-12-20"}, version=one.version)
    assert do(world, "move_stage", one, stage=stage("Contract approval")).probability == 90


def test_things_of_the_list_are_done_before_going_on(world, deal):
    here = Stage.objects.get(pk=stage("Confirmed"))
    run("stage_update", here.pk, world.actor("admin"), values={"checklist": "打过电话\n发过资料"}, version=here.version)
    one = deal()
    with pytest.raises(Invalid) as lacking:
        do(world, "move_stage", one, stage=stage("Proposal"))
    assert "打过电话、发过资料" in str(lacking.value)
    do(world, "tick", one, thing="打过电话")
    one = do(world, "tick", one, thing="发过资料")
    one = do(world, "tick", one, thing="打过电话")
    assert len(one.ticked) == 1
    with pytest.raises(Invalid):
        do(world, "move_stage", one, stage=stage("Needs analysis"))
    do(world, "tick", one, thing="打过电话")
    assert do(world, "move_stage", one, stage=stage("Needs analysis")).stage_id == stage("Needs analysis")
    with pytest.raises(Invalid):
        do(world, "tick", one, thing="没有的事")


def test_a_gate_may_ask_for_who_decides(world, deal):
    here = Stage.objects.get(pk=stage("Confirmed"))
    run("stage_update", here.pk, world.actor("admin"), values={"gates": ["decision_maker"]}, version=here.version)
    one = deal()
    with pytest.raises(Invalid, match="决策人"):
        do(world, "move_stage", one, stage=stage("Needs analysis"))
    decides = terms.find("decision_role", "decides")
    alice = world.actor("alice")
    person = run("contact_create", None, alice, values={"name": "顾维民", "customer": one.customer_id, "role": decides}).record
    named = run("opportunitycontact_create", None, alice, values={"opportunity": one.pk, "contact": person.pk}).record
    assert named.role_id == decides, "his usual part"
    assert do(world, "move_stage", one, stage=stage("Needs analysis")).stage_id == stage("Needs analysis")
    other = run("contact_create", None, alice, values={"name": "别人", "customer": world.customer("别家公司").pk}).record
    with pytest.raises(Invalid, match="另一家"):
        run("opportunitycontact_create", None, alice, values={"opportunity": one.pk, "contact": other.pk})


@APART
def test_back_with_a_reason_only(world, deal):
    one = do(world, "move_stage", deal(), stage=stage("Needs analysis"))
    with pytest.raises(Invalid) as asked:
        do(world, "move_stage", one, stage=stage("Confirmed"))
    assert list(asked.value.errors) == ["reason"]
    assert do(world, "move_stage", one, stage=stage("Confirmed"), reason="需求变了").probability == 10
    assert [stages.stages()[p.value].name_en for p in periods(Opportunity, one.pk, "stage")] == ["Confirmed", "Needs analysis", "Confirmed"]
    assert Event.objects.filter(name="opportunity.moved").latest("id").payload["reason"] == "需求变了"


@APART
def test_winning_keeps_amount_and_day_and_raises_the_customer(world, deal):
    one = do(world, "move_stage", deal(amount="400000", expected_on="2026-12-01"), stage=stage("Contract approval"))
    with pytest.raises(Invalid, match="还没到"):
        do(world, "win", one, closed_on="2999-01-01")
    one = do(world, "win", one, amount="420000")
    assert (one.state, one.amount, one.amount_base, one.probability, one.closed_on) == ("won", 420000, 420000, 100, days.today())
    assert one.rots_on is None
    customer = Customer.objects.get(pk=one.customer_id)
    assert customer.customer_class == CustomerClass.ORDERING
    said = Event.objects.filter(name="customer.rose").order_by("id")
    assert [e.payload["reason"] for e in said] == ["新开了商机", "赢得商机“三号线改造”"]
    with pytest.raises(Refused):
        do(world, "win", one)


def test_winning_asks_for_what_the_company_requires(world, deal):
    one = deal(expected_on="2026-12-01")
    with pytest.raises(Invalid, match="金额"):
        do(world, "win", one)
    one = deal(amount="5", expected_on="2026-12-01", customer=one.customer)
    run("setting_set", None, world.actor("admin"), values={"sales.win_needs_products": True})
    with pytest.raises(Invalid, match="产品"):
        do(world, "win", one)
    product = run("product_create", None, world.actor("admin"), values={"name": "拧紧工位", "list_price": "1000"}).record
    run("opportunityline_create", None, world.actor("alice"), values={"opportunity": one.pk, "product": product.pk, "quantity": "3"})
    assert do(world, "win", one).amount == 3000


@APART
def test_losing_asks_why_and_the_past_keeps_where_it_stood(world, deal):
    one = do(world, "move_stage", deal(amount="5"), stage=stage("Proposal"))
    with pytest.raises(Invalid) as asked:
        do(world, "lose", one)
    assert list(asked.value.errors) == ["loss_reason"]
    price = terms.find("loss_reason", "price")
    one = do(world, "lose", one, loss_reason=price, lost_to_name="启衡")
    assert (one.state, one.loss_reason_id, one.lost_to.name, one.probability) == ("lost", price, "启衡", 0)
    one = do(world, "reopen", one, reason="客户又来了")
    assert (one.state, one.stage_id, one.closed_on, one.loss_reason_id, one.lost_to) == ("open", stage("Proposal"), None, None, None)
    assert [p.value for p in periods(Opportunity, one.pk, "state")] == ["open", "lost", "open"]


def test_closed_on_an_earlier_day_counts_since_that_day(world, deal):
    monday = days.today() - dt.timedelta(days=10)
    one = deal(amount="5", opened_on=monday - dt.timedelta(days=5))
    one = do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"), closed_on=monday)
    assert one.closed_on == monday
    state = {day: as_of(Opportunity, monday + dt.timedelta(days=day)).get(id=one.pk).state for day in (-5, -1, 0, 3)}
    assert state == {-5: "open", -1: "open", 0: "lost", 3: "lost"}


def test_what_follows_from_a_closing_told_late_is_so_since_it_was_told(world, deal):
    """The record says since when the customer orders; the periods say the same."""
    early = days.today() - dt.timedelta(days=10)
    one = deal(amount="5", opened_on=early - dt.timedelta(days=5), expected_on=early)
    one = do(world, "win", one, closed_on=early)
    assert as_of(Customer, early).filter(id=one.customer_id, customer_class=CustomerClass.ORDERING).count() == 0
    assert as_of(Customer, days.today()).get(id=one.customer_id).customer_class == one.customer.customer_class == CustomerClass.ORDERING
    assert as_of(Opportunity, early).get(id=one.pk).state == "won"


@APART
def test_lines_changed_at_once_add_up(world, deal):
    product = run("product_create", None, world.actor("admin"), values={"name": "培训", "list_price": "100"}).record
    one, alice = deal(product=product.pk, amount="100"), world.actor("alice")
    made = [run("opportunityline_create", None, alice, values={"opportunity": one.pk, "product": product.pk}).record for _n in range(7)]

    def dearer(n: int) -> None:
        run("opportunityline_update", made[n].pk, alice, values={"quantity": str(n + 2)}, version=made[n].version)

    assert [a for a in together(dearer, 7) if isinstance(a, Exception)] == []
    total = OpportunityLine.objects.filter(opportunity=one).aggregate(s=Sum("amount"))["s"]
    assert Opportunity.objects.get(pk=one.pk).amount == total == 100 + 100 * sum(range(2, 9))


def test_many_are_lost_at_once(world, deal):
    customer = world.customer("甲公司")
    ids = [deal(customer=customer, amount="5").pk for _n in range(3)]
    run_many("opportunity_lose", ids, world.actor("alice"), {"loss_reason": terms.find("loss_reason", "budget")})
    assert Opportunity.objects.filter(state="lost", loss_reason__code="budget").count() == 3


@pytest.mark.django_db(transaction=True)  # each step in a transaction, so in a period, of its own
def test_many_lost_at_once_come_back_to_their_stages_since_when_they_stood_there(world, deal):
    customer, alice = world.customer("甲公司"), world.actor("alice")
    ids = [deal(customer=customer, amount="5").pk for _n in range(3)]
    do(world, "move_stage", Opportunity.objects.get(pk=ids[1]), stage=stage("Needs analysis"))
    since = {pk: timezone.now() - dt.timedelta(days=n) for n, pk in enumerate(ids, 3)}
    for pk, at in since.items():
        Opportunity.objects.filter(pk=pk).update(stage_since=at)
    before = dict(Opportunity.objects.values_list("pk", "stage"))
    (event,) = run_many("opportunity_lose", ids, alice, {"loss_reason": terms.find("loss_reason", "budget")}).events
    told = Event.objects.get(pk=event)
    assert "since" not in told.payload and {told.facts(pk)["since"] for pk in ids} == {at.isoformat() for at in since.values()}
    assert undo(event, alice) == (3, [])
    assert dict(Opportunity.objects.values_list("pk", "stage")) == before
    assert dict(Opportunity.objects.values_list("pk", "stage_since")) == since


def test_lines_make_the_amount_and_the_largest_names_the_product(world, deal):
    admin, alice = world.actor("admin"), world.actor("alice")
    small = run("product_create", None, admin, values={"name": "培训", "list_price": "500"}).record
    large = run("product_create", None, admin, values={"name": "拧紧工位", "list_price": "120000"}).record
    one = deal(product=small.pk, amount="500")
    assert OpportunityLine.objects.get(opportunity=one).amount == 500
    run("opportunityline_create", None, alice, values={"opportunity": one.pk, "product": large.pk, "quantity": "2", "discount": "5"})
    one = Opportunity.objects.get(pk=one.pk)
    assert (one.amount, one.product) == (Decimal("228500.00"), large)
    with pytest.raises(Invalid, match="明细"):
        run("opportunity_update", one.pk, alice, values={"amount": "1"}, version=one.version)
    assert OpportunityLine.objects.filter(opportunity=one).aggregate(s=Sum("amount"))["s"] == one.amount
    assert Product.objects.count() == 2


def test_whose_it_is_decides_who_moves_it(world, deal):
    one = deal()
    with pytest.raises(Missing):
        do(world, "move_stage", one, by="bob", stage=stage("Needs analysis"))
    with pytest.raises((Forbidden, Missing)):
        do(world, "move_stage", one, by="audrey", stage=stage("Needs analysis"))


def test_a_pipeline_of_its_own_has_ends_and_its_own_columns(world, deal, browser):
    pipeline = run("pipeline_create", None, world.actor("admin"), values={"name": "配件", "name_en": "Spare parts"}).record
    assert [s.kind for s in stages.of_pipeline(pipeline.pk)] == ["open", "won", "lost"]
    one = deal(pipeline=pipeline.pk, name="配件单")
    assert stages.stages()[one.stage_id].pipeline == pipeline.pk
    with pytest.raises(Invalid, match="另一条"):
        do(world, "move_stage", one, stage=stage("Proposal"))
    board = browser("alice").get("/opportunities/?view=all&as=board").context_data["list"]["board"]
    assert [c["key"] for c in (*board["columns"], *board["folded"])] == [str(s.id) for s in stages.of_pipeline(pipeline.pk)]
    with pytest.raises(Invalid):
        closed = Stage.objects.get(pipeline=pipeline, kind="won")
        run("stage_update", closed.pk, world.actor("admin"), values={"active": False}, version=closed.version)
    assert Pipeline.objects.count() == 2


def test_amounts_on_the_board_have_one_unit(world, deal, browser):
    deal(amount="5000")
    deal(amount="193000", customer=world.customer("乙有限公司"))
    page = browser("alice").get("/opportunities/?view=all&as=board").content.decode()
    assert "0.5 万" in page and "19.3 万" in page and ">5,000<" not in page


def test_a_stage_says_when_it_counts_as_stalled(world, deal):
    one = deal()
    here = Stage.objects.get(pk=one.stage_id)
    run("stage_update", here.pk, world.actor("admin"), values={"rotting_days": 3}, version=here.version)
    assert Opportunity.objects.get(pk=one.pk).rots_on == days.today() + dt.timedelta(days=3)
    show = show_for(world.actor("alice"))
    kind = Opportunity._meta.get_field("rots_on")
    from pellucid.kernel.resources.fields import specs

    spec = specs("opportunity")[kind.name]
    since = show.now - dt.timedelta(days=18)
    assert spec.kind.words(spec, (show.today - dt.timedelta(days=4), since), show) == "停滞 18 天"
    assert spec.kind.words(spec, (show.today + dt.timedelta(days=4), since), show) == ""


def test_a_dragged_card_goes_through_the_action_of_its_column(world, deal, browser):
    one, alice = deal(amount="5", expected_on="2026-12-01"), browser("alice")

    def drag(name: str):
        return alice.post(f"/opportunities/{one.pk}/move", {"to": stage(name), "drag": "1"}, headers=HTMX)

    assert drag("Proposal").status_code in (200, 204) and Opportunity.objects.get(pk=one.pk).stage_id == stage("Proposal")
    assert drag("Confirmed")["X-Dialog"] == f"/opportunities/{one.pk}/do/opportunity_move_stage?stage={stage('Confirmed')}"
    assert drag("Lost")["X-Dialog"] == f"/opportunities/{one.pk}/do/opportunity_lose"
    assert drag("Won")["X-Dialog"] == f"/opportunities/{one.pk}/do/opportunity_win" and Opportunity.objects.get(pk=one.pk).state == "open"
    assert b"f-amount" in alice.get(f"/opportunities/{one.pk}/do/opportunity_win", headers=HTMX).content


@APART
def test_the_record_shows_the_way_it_went(world, deal, browser):
    one = do(world, "move_stage", deal(amount="5"), stage=stage("Proposal"))
    path = browser("alice").get(f"/opportunities/{one.pk}").context_data["record"]["path"]["steps"]
    assert [(s["label"], s["state"]) for s in path] == [
        ("线索确认", "done"), ("需求分析", "done"), ("方案报价", "now"), ("商务谈判", ""), ("合同审批", ""), ("赢单", "")]
    assert path[5]["dialog"].endswith("/do/opportunity_win") and path[3]["dialog"].endswith(f"opportunity_move_stage?stage={stage('Negotiation')}")
    one = do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"))
    path = browser("alice").get(f"/opportunities/{one.pk}").context_data["record"]["path"]["steps"]
    assert [(s["label"], s["state"]) for s in path] == [
        ("线索确认", "done"), ("需求分析", "done"), ("方案报价", "done"), ("商务谈判", ""), ("合同审批", ""), ("输单", "lost")]


@APART
def test_taking_back_a_closing_or_a_step_leaves_the_clock_of_the_stage(world, deal, browser):
    """As if it had never left: it stands there since it came, and stalls on the same day."""
    one, alice = do(world, "move_stage", deal(amount="5", expected_on="2026-12-01"), stage=stage("Proposal")), browser("alice")
    since = timezone.now() - dt.timedelta(days=17)
    Opportunity._base_manager.filter(pk=one.pk).update(stage_since=since, rots_on=days.day_of(since) + dt.timedelta(days=10))
    reason = terms.find("loss_reason", "price")
    for what, inputs in (("lose", {"loss_reason": reason}), ("win", {}), ("move_stage", {"stage": stage("Negotiation")})):
        event = run(f"opportunity_{what}", one.pk, world.actor("alice"), inputs).event_id
        assert alice.post(f"/undo/{event}", headers=HTMX).status_code == 204
        back = Opportunity.objects.get(pk=one.pk)
        assert (back.stage_id, back.stage_since) == (stage("Proposal"), since), what
        assert back.rots_on == days.day_of(since) + dt.timedelta(days=stages.stages()[back.stage_id].rotting_days)
    again = do(world, "lose", one, loss_reason=reason)
    assert do(world, "reopen", again, reason="客户又来了").stage_since > since + dt.timedelta(days=16)


@APART
def test_what_was_planned_ends_with_a_loss_and_comes_back_with_it(world, deal, browser):
    one, alice = deal(amount="5"), browser("alice")
    run("opportunity_update", one.pk, world.actor("alice"), values={"forecast": "commit"}, version=one.version)
    step = run("opportunity_next_step", one.pk, world.actor("alice"), {"text": "送样", "at": (timezone.now() + dt.timedelta(days=2)).isoformat()})
    assert step.state == "done" and Opportunity.objects.get(pk=one.pk).next_step == "送样"
    event = run("opportunity_lose", one.pk, world.actor("alice"), {"loss_reason": terms.find("loss_reason", "price")}).event_id
    lost, task = Opportunity.objects.get(pk=one.pk), Task.objects.get(about_id=one.pk)
    assert (lost.next_step, lost.next_step_at, lost.forecast, task.cancelled, task.result) == ("", None, "omitted", True, "输单")
    assert "opportunity_next_step" not in alice.get(f"/opportunities/{one.pk}").content.decode()
    assert alice.post(f"/undo/{event}", headers=HTMX).status_code == 204
    back, task = Opportunity.objects.get(pk=one.pk), Task.objects.get(about_id=one.pk)
    assert (back.next_step, back.forecast, task.cancelled, task.done_at) == ("送样", "commit", False, None)


def test_dialogs_ask_what_this_one_needs(world, deal, browser):
    one, alice = deal(amount="5"), browser("alice")
    won = alice.get(f"/opportunities/{one.pk}/do/opportunity_win").content.decode()
    named = "、".join(s.name for s in stages.of_pipeline(one.pipeline_id)[1:] if s.kind == "open")
    assert named and f"将跳过 {named.count('、') + 1} 个阶段（{named}）" in won
    lose = alice.get(f"/opportunities/{one.pk}/do/opportunity_lose").context_data["form"]["sections"][0]["fields"]
    assert [f["name"] for f in lose if f["required"]] == ["loss_reason"]
    one = do(world, "move_stage", one, stage=stage("Proposal"))
    fields = {f["name"]: f for f in alice.get(f"/opportunities/{one.pk}/do/opportunity_move_stage").context_data["form"]["sections"][0]["fields"]}
    assert [o["value"] for o in fields["stage"]["options"] if o["selected"]] == [stage("Negotiation")]
    assert fields["reason"]["when"].split() == ["stage", str(stage("Confirmed")), str(stage("Needs analysis"))]
    assert one.stage_id not in [o["value"] for o in fields["stage"]["options"]]
    last = do(world, "move_stage", one, stage=stage("Negotiation"))
    assert "跳过" in alice.get(f"/opportunities/{last.pk}/do/opportunity_win").content.decode()
