"""Competitors: who takes part in a deal, what they quote and since when, what the company asks of those who close one."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.history.selectors import periods
from pellucid.kernel.records import days, terms
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.sales import competing
from pellucid.sales.models import (
    Competitor,
    CompetitorPrice,
    CompetitorProduct,
    CompetitorQuote,
    Opportunity,
    OpportunityCompetitor,
    Stage,
)

from .test_opportunities import APART, deal, do, stage  # noqa: F401  (a fixture and two helpers)

pytestmark = pytest.mark.django_db


@pytest.fixture
def rival(world):
    """A competitor by its name."""

    def make(name: str = "启衡自动化", by: str = "alice", **values):
        return run("competitor_create", None, world.actor(by), values={"name": name, **values}).record

    return make


def ask(world, **values):
    """Set what the company requires."""
    run("setting_set", None, world.actor("admin"), values={f"sales.{n}": v for n, v in values.items()})


def make(world, what: str, by: str = "alice", **values):
    return run(f"{what}_create", None, world.actor(by), values={n: v.pk if hasattr(v, "pk") else v for n, v in values.items()}).record


def test_who_takes_part_stands_on_the_deal_the_best_placed_first(world, deal, rival):  # noqa: F811
    one, weak, strong = deal(amount="420000"), rival("德沃机电"), rival("启衡自动化", short_name="启衡")
    make(world, "opportunitycompetitor", opportunity=one, competitor=weak.pk, standing="behind")
    row = make(world, "opportunitycompetitor", opportunity=one, competitor="启衡", standing="ahead")
    assert row.competitor == strong, "by what colleagues call it"
    one.refresh_from_db()
    assert one.competitors == [strong.pk, weak.pk]
    with pytest.raises(Invalid, match="已经登记"):
        make(world, "opportunitycompetitor", opportunity=one, competitor=weak.pk)
    run("opportunitycompetitor_update", row.pk, world.actor("alice"), values={"standing": "out"}, version=row.version)
    one.refresh_from_db()
    assert one.competitors == [weak.pk, strong.pk]
    run("opportunitycompetitor_delete", row.pk, world.actor("sam"))
    one.refresh_from_db()
    assert one.competitors == [weak.pk]
    with pytest.raises(Invalid, match="先移除"):
        run("opportunity_update", one.pk, world.actor("alice"), values={"uncontested": True}, version=one.version)


def test_only_the_deals_people_see_its_quotes_everybody_the_price(world, deal, rival):  # noqa: F811
    one, them = deal(amount="1000000"), rival()
    product = make(world, "competitorproduct", competitor=them.pk, name="QH-V6")
    quote = make(world, "competitorquote", opportunity=one, competitor=them.pk, product=product, amount="920000", unit_price="230000",
                 quoted_on=days.today() - dt.timedelta(days=3), source=terms.find("price_source", "tender"))  # fmt: skip
    line = OpportunityCompetitor.objects.get(opportunity=one, competitor=them)
    assert (line.quote, line.quote_on, line.product) == (920000, quote.quoted_on, product), "who quotes takes part"
    bob = world.actor("bob")
    from pellucid.kernel.actions.run import scoped

    assert not scoped(CompetitorQuote, bob).exists() and not scoped(OpportunityCompetitor, bob).exists()
    price = scoped(CompetitorPrice, bob).get()
    assert (price.product, price.price, price.kind, price.valid_from, price.source_id) == (product, 230000, "offer", quote.quoted_on, quote.source_id)
    assert price.note == "" and CompetitorProduct.objects.get(pk=product.pk).price == 230000
    with pytest.raises(Refused, match="请到那里修改"):
        run("competitorprice_update", price.pk, world.actor("alice"), values={"price": "1"}, version=price.version)
    run("competitorquote_update", quote.pk, world.actor("alice"), values={"unit_price": "220000", "amount": "880000"}, version=quote.version)
    assert CompetitorPrice.objects.get().price == 220000 and OpportunityCompetitor.objects.get(pk=line.pk).quote == 880000
    run("competitorquote_delete", quote.pk, world.actor("sam"))
    assert not scoped(CompetitorPrice, bob).exists() and CompetitorProduct.objects.get(pk=product.pk).price is None
    assert OpportunityCompetitor.objects.get(pk=line.pk).quote is None
    run("competitorquote_restore", quote.pk, world.actor("sam"))
    assert scoped(CompetitorPrice, bob).get().price == 220000


def test_the_last_price_known_stands_on_the_product(world, rival):
    them, today = rival(), days.today()
    product = make(world, "competitorproduct", competitor=them.pk, name="QH-V6")
    for ago, price in ((400, "250000"), (30, "230000"), (160, "240000")):
        made = make(world, "competitorprice", product=product, price=price, valid_from=today - dt.timedelta(days=ago))
        assert made.competitor_id == them.pk
    product.refresh_from_db()
    assert (product.price, product.price_on) == (230000, today - dt.timedelta(days=30))
    make(world, "competitorprice", product=product, price="199000", valid_from=today + dt.timedelta(days=30))
    product.refresh_from_db()
    assert product.price == 230000, "announced, not yet so"
    with pytest.raises(Invalid, match="早于"):
        make(world, "competitorprice", product=product, price="1", valid_from=today, valid_until=today - dt.timedelta(days=1))


def test_a_product_of_somebody_else_is_refused(world, deal, rival):  # noqa: F811
    one, them, others = deal(), rival(), rival("德沃机电")
    product = make(world, "competitorproduct", competitor=others.pk, name="DW-S25")
    with pytest.raises(Invalid, match="另一个竞争对手"):
        make(world, "opportunitycompetitor", opportunity=one, competitor=them.pk, product=product)
    with pytest.raises(Invalid, match="另一个竞争对手"):
        make(world, "competitorquote", opportunity=one, competitor=them.pk, product=product, amount="1")
    with pytest.raises(Invalid, match="还没到"):
        make(world, "competitorquote", opportunity=one, competitor=them.pk, amount="1", quoted_on=days.today() + dt.timedelta(days=1))


def test_a_gate_asks_who_competes_and_takes_nobody_for_an_answer(world, deal, rival):  # noqa: F811
    here = Stage.objects.get(pk=stage("Confirmed"))
    run("stage_update", here.pk, world.actor("admin"), values={"gates": ["competitors"]}, version=here.version)
    one = deal()
    with pytest.raises(Invalid, match="竞争对手（或确认没有）"):
        do(world, "move_stage", one, stage=stage("Needs analysis"))
    run("opportunity_update", one.pk, world.actor("alice"), values={"uncontested": True}, version=one.version)
    assert do(world, "move_stage", one, stage=stage("Needs analysis")).probability == 25
    make(world, "opportunitycompetitor", opportunity=one, competitor=rival().pk)
    one.refresh_from_db()
    assert not one.uncontested, "now somebody does"


def test_a_gate_may_ask_for_products_and_quotes(world, deal, rival):  # noqa: F811
    here = Stage.objects.get(pk=stage("Confirmed"))
    run("stage_update", here.pk, world.actor("admin"), values={"gates": ["competitor_quotes"]}, version=here.version)
    one, them = deal(), rival()
    make(world, "opportunitycompetitor", opportunity=one, competitor=them.pk)
    make(world, "opportunitycompetitor", opportunity=one, competitor=rival("德沃机电").pk, standing="out")
    with pytest.raises(Invalid, match="启衡自动化的产品、启衡自动化的报价。"):
        do(world, "move_stage", one, stage=stage("Needs analysis"))
    product = make(world, "competitorproduct", competitor=them.pk, name="QH-V6")
    make(world, "competitorquote", opportunity=one, competitor=them.pk, product=product, amount="5")
    assert do(world, "move_stage", one, stage=stage("Needs analysis")).probability == 25


@APART
def test_who_won_instead_took_part_and_his_price_is_his_last_quote(world, deal, rival):  # noqa: F811
    one, them, others = deal(amount="420000", currency="USD", rate="7"), rival(), rival("德沃机电")
    price = terms.find("loss_reason", "price")
    with pytest.raises(Invalid) as asked:
        do(world, "lose", one, loss_reason=price, lost_price="380000")
    assert list(asked.value.errors) == ["lost_to"]
    one = do(world, "lose", one, loss_reason=price, lost_to="启衡自动化", lost_price="380000", against=[others.pk])
    assert (one.lost_to, one.lost_price, one.lost_price_base) == (them, 380000, Decimal("2660000.00"))
    assert sorted(one.competitors) == sorted([them.pk, others.pk])
    quote = CompetitorQuote.objects.get()
    assert (quote.competitor, quote.amount, quote.amount_base, quote.quoted_on) == (them, 380000, 2660000, days.today())
    with pytest.raises(Refused, match="有过报价"):
        run("opportunitycompetitor_delete", OpportunityCompetitor.objects.get(competitor=them).pk, world.actor("sam"))
    one = do(world, "reopen", one, reason="客户又来了")
    assert (one.lost_to, one.lost_price, one.lost_price_base) == (None, None, None)
    assert len(one.competitors) == 2, "what is known of the race stays"
    one = do(world, "lose", one, loss_reason=price, lost_to_name="新来的公司")
    assert Competitor.objects.get(name="新来的公司") == one.lost_to
    assert [p.value for p in periods(OpportunityCompetitor, OpportunityCompetitor.objects.get(competitor=others).pk, "standing")] == ["unknown"]


def test_the_company_may_ask_everybody_who_closes_a_deal(world, deal, rival):  # noqa: F811
    ask(world, competitors_at_close="named", win_reason_required=True, lost_price_required=True)
    one, them = deal(amount="5", expected_on="2026-12-01"), rival()
    with pytest.raises(Invalid) as asked:
        do(world, "win", one)
    assert list(asked.value.errors) == ["win_reason"]
    with pytest.raises(Invalid) as asked:
        do(world, "win", one, win_reason=terms.find("win_reason", "solution"))
    assert asked.value.errors == {"against": ["关闭前还缺：竞争对手（或确认没有）。"]}
    won = do(world, "win", one, win_reason=terms.find("win_reason", "solution"), nobody=True)
    assert (won.state, won.uncontested, won.win_reason.code) == ("won", True, "solution")
    other = deal(amount="5", customer=one.customer)
    with pytest.raises(Invalid) as asked:
        do(world, "lose", other, loss_reason=terms.find("loss_reason", "price"), lost_to=them.pk)
    assert list(asked.value.errors) == ["lost_price"]
    ask(world, competitors_at_close="quoted", lost_price_required=False)
    with pytest.raises(Invalid, match="启衡自动化的产品、启衡自动化的报价"):
        do(world, "lose", other, loss_reason=terms.find("loss_reason", "price"), lost_to=them.pk)
    product = make(world, "competitorproduct", competitor=them.pk, name="QH-V6")
    make(world, "competitorquote", opportunity=other, competitor=them.pk, product=product, amount="4")
    assert do(world, "lose", other, loss_reason=terms.find("loss_reason", "price"), lost_to=them.pk, lost_price="4").state == "lost"
    assert CompetitorQuote.objects.count() == 1, "the winner's price was known already"


def test_everybody_who_sells_adds_to_what_is_known(world, rival):
    them = rival(by="bob")
    told = run("competitor_update", them.pk, world.actor("alice"), values={"weaknesses": "交期晚"}, version=them.version).record
    assert told.weaknesses == "交期晚"
    with pytest.raises(Forbidden):
        run("competitor_update", them.pk, world.actor("audrey"), values={"weaknesses": ""}, version=them.version + 1)
    with pytest.raises(Invalid, match="同名"):
        rival("  启衡自动化 ")
    kind = Opportunity._meta.get_field("competitors").kind
    from pellucid.kernel.resources.fields import specs

    spec, show = specs("opportunity")["competitors"], show_for(world.actor("alice"))
    assert kind == "competitors" and spec.kind.words(spec, [them.pk, 0], show) == "启衡自动化"
    assert competing.named("启衡自动化") == them.pk and competing.named("没有") is None


def test_the_winners_price_often_becomes_known_later(world, deal, rival):  # noqa: F811
    one, them = deal(amount="420000"), rival()
    one = do(world, "lose", one, loss_reason=terms.find("loss_reason", "price"))
    with pytest.raises(Invalid) as asked:
        do(world, "learn_price", one, lost_price="400000")
    assert list(asked.value.errors) == ["lost_to"]
    one = do(world, "learn_price", one, lost_price="400000", lost_to=them.pk, source=terms.find("price_source", "tender"))
    assert (one.lost_to, one.lost_price, one.lost_price_base, one.competitors) == (them, 400000, 400000, [them.pk])
    assert CompetitorQuote.objects.get().source.code == "tender"
    with pytest.raises(Refused):
        do(world, "learn_price", do(world, "reopen", one, reason="又来了"), lost_price="1")
