"""Quotations: to the cent, frozen once sent, version after version, within the floors, and what becomes of them."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.jobs.queue import start
from pellucid.kernel.processes import effects
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.offered import templates
from pellucid.kernel.records import days, terms
from pellucid.kernel.records import versions as caches
from pellucid.kernel.records.errors import Invalid, Missing, Refused
from pellucid.kernel.resources.fields import readable
from pellucid.people.models import Staff
from pellucid.sales import quotation_pages, versions
from pellucid.sales.jobs import expire_due
from pellucid.sales.models import OpportunityLine, Quotation, QuotationLine
from pellucid.sales.selectors import offered_lines
from tests.orders.making import D
from tests.products.test_pricing import listed, product
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def quotation(world: World, by: str = "alice", **values: Any) -> Quotation:
    """A draft to 恒砺 unless another customer is named."""
    customer = values.pop("customer", None) or world.customer("恒砺精密", by="alice")
    return run("quotation_create", None, world.actor(by), values={"customer": customer.pk, **values}).record


def line(world: World, of: Quotation, price: str = "1000", by: str = "alice", **values: Any) -> QuotationLine:
    return run("quotationline_create", None, world.actor(by), values={"quotation": of.pk, "name": "设备", "unit_price": price, **values}).record


def sent(world: World, **values: Any) -> Quotation:
    one = quotation(world, **values)
    line(world, one)
    run("quotation_send", one.pk, world.actor("alice"))
    one.refresh_from_db()
    return one


def test_lines_make_the_sums_and_the_margin(world):
    one = quotation(world)
    machine = product(world, list_price="1000", cost="610")
    listed(world, "标准", (machine, "1", "950"), (machine, "5", "900"))
    first = line(world, one, "", product=machine.pk, name="", quantity="5", discount="7.5")       # 5 x 900 x 0.925 = 4,162.50
    second = line(world, one, "33.33", quantity="0.5", tax_rate="6")                             # 16.67 (half up) + 1.00
    assert (first.name, first.unit_price, first.net, first.tax, first.amount) == (
        "产品P-1", D("900"), D("4162.50"), D("541.13"), D("4703.63"))  # fmt: skip
    assert (first.unit_cost, first.cost, first.margin, first.position, second.position) == (D("610"), D("3050.00"), D("26.73"), 1, 2)
    assert (second.net, second.tax) == (D("16.67"), D("1.00"))
    one.refresh_from_db()
    assert (one.listed, one.net, one.tax, one.amount) == (D("4516.67"), D("4179.17"), D("542.13"), D("4721.30"))
    assert (one.cost, one.margin) == (None, None), "a cost that is not known is not nothing"
    run("quotationline_delete", second.pk, world.actor("sam"))
    one.refresh_from_db()
    assert (one.net, one.cost, one.margin) == (D("4162.50"), D("3050.00"), D("26.73"))
    assert one.valid_until == days.today() + dt.timedelta(days=30) and one.name == "恒砺精密" and one.number.startswith("BJ-")


def test_another_currency_carries_price_and_cost_over(world):
    machine = product(world, list_price="7200", cost="3600")
    one = quotation(world, currency="USD", rate="7.2")
    made = line(world, one, "", product=machine.pk, name="", tax_rate="0")
    one.refresh_from_db()
    assert (made.unit_price, made.unit_cost, one.amount, one.amount_base, one.margin) == (D("1000"), D("500"), D("1000.00"), D("7200.00"), D("50"))


def test_what_was_sent_stays_and_the_next_version_takes_its_place(world):
    one = sent(world, terms="旧")
    assert (one.state, one.sent_on, one.edition) == ("sent", days.today(), 1)
    for refused in (lambda: run("quotation_update", one.pk, world.actor("sam"), values={"terms": "新"}, version=one.version),
                    lambda: line(world, one), lambda: run("quotationline_delete", one.lines.get().pk, world.actor("sam")),
                    lambda: run("quotationline_update", one.lines.get().pk, world.actor("sam"), values={"quantity": "2"}, version=1),
                    lambda: run("quotation_delete", one.pk, world.actor("sam"))):  # fmt: skip
        with pytest.raises(Refused, match="It was sent"):
            refused()
    second = run("quotation_revise", one.pk, world.actor("alice")).value
    assert (second.number, second.edition, second.state, second.terms, second.owner_id) == (one.number, 2, "draft", "旧", one.owner_id)
    with pytest.raises(Refused, match="later version"):
        run("quotation_revise", one.pk, world.actor("alice"))
    one.refresh_from_db()
    assert (one.latest, one.state) == (False, "sent"), "the old one holds until the new one is sent"
    run("quotation_send", second.pk, world.actor("alice"))
    one.refresh_from_db()
    assert one.state == "replaced"
    third = run("quotation_revise", second.pk, world.actor("alice")).value
    run("quotation_delete", third.pk, world.actor("sam"))
    second.refresh_from_db()
    assert second.latest, "the draft went: the version before it is the latest again"


def test_two_versions_side_by_side(world):
    machine, tool = product(world), product(world, "P-2")
    one = quotation(world, payment=terms.find("quotation_payment", "30_60_10"))
    line(world, one, "100", product=machine.pk, name="", quantity="2", discount="8")
    line(world, one, "50", product=tool.pk, name="")
    line(world, one, "10", name="培训")
    run("quotation_send", one.pk, world.actor("alice"))
    two = run("quotation_revise", one.pk, world.actor("alice")).value
    first, _second, words = offered_lines(two)
    run("quotationline_update", first.pk, world.actor("alice"), values={"quantity": "3", "discount": "10"}, version=first.version)
    run("quotationline_delete", words.pk, world.actor("sam"))
    line(world, two, "7", name="备件")
    given = {"payment": terms.find("quotation_payment", "30_30_35_5")}
    run("quotation_update", two.pk, world.actor("alice"), values=given, version=Quotation._base_manager.get(pk=two.pk).version)
    one.refresh_from_db()
    two.refresh_from_db()
    found = versions.lines(offered_lines(one), offered_lines(two))
    assert [(c.how, sorted(c.fields), c.by) for c in found] == [
        ("changed", ["discount", "quantity"], D("86.00")), ("same", [], D("0")), ("added", [], D("7.00")), ("removed", [], D("-10.00"))]  # fmt: skip
    assert [name for name, _b, _a in versions.terms(one, two)] == ["payment"]
    page = quotation_pages.compared(two, world.actor("alice"))
    assert page is not None and [r["how"] for r in page["lines"]] == ["changed", "added", "removed"]
    assert page["lines"][0]["net"] == {"old": "184.00", "new": "270.00"} and quotation_pages.count_changes(two, world.actor("alice")) == 4
    assert quotation_pages.compared(one, world.actor("alice")) is None


def test_below_the_floor_somebody_who_may_approve_sends_it(world):
    machine = product(world, list_price="1000", cost="800")
    one = quotation(world)
    made = line(world, one, "1000", product=machine.pk, discount="10.01")
    with pytest.raises(Refused, match=r"you may give 10 % off, not 10.01 %.*your manager"):
        run("quotation_send", one.pk, world.actor("alice"))
    run("quotationline_update", made.pk, world.actor("alice"), values={"discount": "10"}, version=made.version)   # margin 11.11
    with pytest.raises(Refused, match="below the floor of 20 %"):
        run("quotation_send", one.pk, world.actor("alice"))
    run("quotation_send", one.pk, world.actor("sam"))
    deep = quotation(world, customer=one.customer)
    line(world, deep, "1000", discount="30")
    with pytest.raises(Refused, match=r"25 % off, not 30 %.*every quotation of the company"):
        run("quotation_send", deep.pk, world.actor("sam"))
    run("quotation_send", deep.pk, world.actor("erin"))


def test_whose_floor_it_goes_below_is_seen_before_it_is_sent(world):
    machine = product(world, list_price="1000", cost="700")
    one = quotation(world)
    made = line(world, one, "1000", product=machine.pk)

    def floor() -> str:
        return Quotation._base_manager.values_list("below_floor", flat=True).get(pk=one.pk)

    def give(discount: str) -> str:
        made.refresh_from_db()
        run("quotationline_update", made.pk, world.actor("alice"), values={"discount": discount}, version=made.version)
        return floor()

    assert floor() == "" and give("10") == "" and give("10.01") == "seller" and give("13") == "seller"
    assert give("23") == "manager", "a margin of 9.09 is less than managers keep"
    run("setting_set", None, world.actor("admin"), values={"sales.margin_manager": "9"})
    deliver()
    assert floor() == "seller"
    run("setting_set", None, world.actor("admin"), values={"sales.margin_seller": "9", "sales.discount_seller": "23"})
    deliver()
    assert floor() == ""
    Quotation._base_manager.filter(pk=one.pk).update(below_floor="manager")
    start("sales.expire", Actor.system("job"))
    work_off()
    assert floor() == "", "what the night finds older than the floors is seen against them"


@pytest.mark.parametrize("rests", [False, True], ids=["in use", "switched off meanwhile"])
def test_below_the_floor_it_waits_for_who_agrees(world, browser, rests):
    for name, boss in (("alice", "sam"), ("sam", "mona")):
        Staff.objects.create(user=world.users[name], name=name, unit=world.units["east_sales"], manager=world.users[boss])
    process = publish(copy.deepcopy(templates()["quotation_floor"].body), actor=world.actor("admin"))
    run("process_switch_on", process.pk, world.actor("admin"))
    caches.forget()
    one, deep = quotation(world), quotation(world)
    line(world, one, "1000", discount="5")
    assert run("quotation_send", one.pk, world.actor("alice")).state == "done", "within the floor nobody is asked"
    made = line(world, deep, "1000", discount="30")
    asked = run("quotation_send", deep.pk, world.actor("alice"))
    assert asked.state == "waiting"
    if rests:
        run("process_switch_off", process.pk, world.actor("admin"))
        caches.forget()
    with pytest.raises(Refused):
        run("quotationline_update", made.pk, world.actor("alice"), values={"discount": "40"}, version=made.version)
    page = browser("alice").get(f"/quotations/{deep.pk}").content.decode()
    assert f"/approvals/{asked.waiting.pk}" in page and "quotation_send" not in page, "what waits says so, and is not offered once more"
    for name in ("sam", "fay", "erin"):
        run("processinstance_approve", asked.waiting.pk, world.actor(name), {})
    effects.attempt(asked.waiting.pk)
    deep.refresh_from_db()
    assert deep.state == "sent" and Quotation._base_manager.get(pk=one.pk).below_floor == ""


def test_sellers_do_not_see_what_things_cost(world):
    for key, name in (("quotation", "margin"), ("quotation", "cost"), ("quotationline", "unit_cost"), ("quotationline", "margin"),
                      ("product", "cost")):  # fmt: skip
        assert name not in readable(key, world.actor("alice")) and name in readable(key, world.actor("sam"))
    one = quotation(world)
    line(world, one, "1000", product=product(world, list_price="1000", cost="1").pk)
    one.refresh_from_db()
    assert "Gross margin" not in {f["label"] for f in (quotation_pages.head(one, world.actor("alice")) or {})["facts"]}
    assert "Gross margin" in {f["label"] for f in (quotation_pages.head(one, world.actor("sam")) or {})["facts"]}
    assert "margin" not in (quotation_pages.offer(one, world.actor("alice")) or {})["parts"]


def deal(world: World, **values: Any) -> Any:
    customer = world.customer("商机客户")
    return run("opportunity_create", None, world.actor("alice"), values={"name": "产线改造", "customer": customer.pk, **values}).record


def test_from_an_opportunity_and_back_to_it_once_accepted(world):
    machine, tool = product(world, list_price="1000"), product(world, "P-2", list_price="300")
    sale = deal(world, product=machine.pk, amount="2000")
    one = run("opportunity_quote", sale.pk, world.actor("alice")).value
    assert (one.customer_id, one.opportunity_id, one.name) == (sale.customer_id, sale.pk, "产线改造")
    assert [(r.product_id, r.quantity, r.unit_price) for r in offered_lines(one)] == [(machine.pk, D("1"), D("2000"))]
    line(world, one, "", product=tool.pk, name="", quantity="2", discount="10")
    run("quotation_send", one.pk, world.actor("alice"))
    with pytest.raises(Invalid):
        run("quotation_accept", one.pk, world.actor("alice"), {"decided_on": (days.today() - dt.timedelta(days=1)).isoformat()})
    run("quotation_accept", one.pk, world.actor("alice"))
    sale.refresh_from_db()
    assert (sale.amount, sale.amount_base, sale.product_id) == (D("2540.00"), D("2540.00"), machine.pk)
    rows = OpportunityLine._base_manager.filter(opportunity=sale, deleted_at=None).order_by("id")
    assert [(r.product_id, r.amount) for r in rows] == [(machine.pk, D("2000.00")), (tool.pk, D("540.00"))]
    for illegal in ("quotation_revise", "quotation_accept"):
        with pytest.raises(Refused):
            run(illegal, one.pk, world.actor("alice"))


def test_declined_expired_withdrawn(world):
    one = sent(world)
    with pytest.raises(Invalid):
        run("quotation_decline", one.pk, world.actor("alice"))
    run("quotation_decline", one.pk, world.actor("alice"), {"decline_reason": terms.find("quotation_decline", "price")})
    two, three = sent(world, customer=one.customer), sent(world, customer=one.customer)
    Quotation._base_manager.filter(pk=two.pk).update(valid_until=days.today() - dt.timedelta(days=1))
    with pytest.raises(Refused, match="holds until"):
        run("quotation_expire", three.pk, world.actor("alice"))
    assert expire_due() == 1 and expire_due() == 0
    run("quotation_withdraw", three.pk, world.actor("alice"), {"reason": "算错"})
    assert [Quotation._base_manager.get(pk=q.pk).state for q in (one, two, three)] == ["declined", "expired", "withdrawn"]
    run("quotation_accept", two.pk, world.actor("alice"))


def test_a_copy_for_another_customer_at_todays_cost(world):
    machine = product(world, list_price="1000", cost="500")
    one = quotation(world, terms="甲")
    line(world, one, "900", product=machine.pk, quantity="3")
    run("product_update", machine.pk, world.actor("admin"), values={"cost": "600"}, version=machine.version)
    other = world.customer("新客户")
    made = run("quotation_copy", one.pk, world.actor("alice"), {"customer": other.pk}).value
    made.refresh_from_db()
    assert (made.customer_id, made.edition, made.terms, made.net, made.number != one.number) == (other.pk, 1, "甲", D("2700.00"), True)
    assert (made.lines.get().unit_cost, one.lines.get().unit_cost) == (D("600"), D("500"))
    with pytest.raises(Missing):
        run("quotation_copy", one.pk, world.actor("mark"))
    again = run("quotation_copy", one.pk, world.actor("alice")).value
    assert [r["href"] for r in (quotation_pages.others(again, world.actor("alice")) or {})["rows"]] == [f"/quotations/{one.pk}"]


def test_a_line_in_words_does_not_hide_what_is_lost_on_the_others(world):
    """Its cost is not known, so the margin of the whole is not: the floor looks at the lines whose cost is."""
    one, dear = quotation(world), product(world, list_price="2480", cost="1000")
    line(world, one, price="900", product=dear.pk, quantity="1")
    line(world, one, price="50000")
    one.refresh_from_db()
    assert one.margin is None and one.below_floor == Quotation.Below.MANAGER
    with pytest.raises(Refused) as refused:
        run("quotation_send", one.pk, world.actor("alice"))
    assert "margin" in refused.value.message
    rows = quotation_pages.offer(one, world.actor("alice"))["lines"]
    assert [r["extra"][0].get("text") for r in rows] == ["Price too low", None], "a typed price is no discount, and is told all the same"


def test_what_is_given_away_counts_though_nothing_is_asked(world):
    one = quotation(world)
    line(world, one, price="0", product=product(world, list_price="2480", cost="1000").pk, quantity="1")
    one.refresh_from_db()
    assert one.margin is None and one.below_floor == Quotation.Below.MANAGER
