"""Who is asked about a quotation below its floor sees which lines are below, by how much, what is usual for the customer, as far as he may."""

from __future__ import annotations

import copy

import pytest

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.processes.actions.publishing import publish
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.processes.offered import templates
from pellucid.kernel.records import versions as caches
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.models import Term
from pellucid.orders.models import CreditProfile
from pellucid.people.models import Staff
from pellucid.sales.models import Quotation
from tests.products.test_pricing import product

from .test_quotations import line, quotation, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world):
    """A quotation of two lines, one below the floor in discount and margin, that waits for sam."""
    for name, boss in (("alice", "sam"), ("sam", "mona")):
        Staff.objects.create(user=world.users[name], name=name, unit=world.units["east_sales"], manager=world.users[boss])
    process = publish(copy.deepcopy(templates()["quotation_floor"].body), actor=world.actor("admin"))
    run("process_switch_on", process.pk, world.actor("admin"))
    caches.forget()

    def make(customer=None) -> ProcessInstance:
        one = quotation(world, customer=customer)
        deep, fine = product(world, "P-1", list_price="1000", cost="620"), product(world, "P-2", list_price="1000", cost="500")
        line(world, one, "1000", product=deep.pk, name="检漏线", discount="24.5")
        line(world, one, "1000", product=fine.pk, name="培训", discount="10")
        return run("quotation_send", one.pk, world.actor("alice")).waiting

    return make


def seen(browser, name: str, row: ProcessInstance, tab: str = "") -> dict:
    page = browser(name).get(f"/p/inbox?tab={tab}&id={row.pk}")
    assert page.status_code == 200
    return page.context_data


def figures(context: dict) -> dict[str, tuple[str, str]]:
    return {str(f["label"]): (f["value"], f["note"]) for f in context["strips"]}


def test_the_lines_below_the_floor_stand_on_the_card(world, browser, asked):
    row = asked()
    context = seen(browser, "sam", row)
    card = "".join(context["cards"])
    for said in ("低于底线的行", "检漏线", "24.5%", "≤ 10%", "低于底线 14.5 点", "17.9%", "≥ 20%", "低于底线 2.1 点", "低于销售人员的底线"):
        assert said in card, said
    assert "培训" not in card, "what is within the floor is not in question"
    assert figures(context)["折扣"] == ("17.2%", "近一年无成交报价")
    assert figures(context)["毛利率"][0] == "32.3%"


def test_a_seller_sees_the_discount_and_not_the_margin(world, browser, asked):
    context = seen(browser, "alice", asked(), "sent")
    card = "".join(context["cards"])
    assert "低于底线 14.5 点" in card and "毛利率" not in card and "17.9%" not in card
    assert set(figures(context)) == {"折扣"}
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="quotationline", field="discount", level="none")
    caches.forget()
    context = seen(browser, "alice", ProcessInstance.objects.get(), "sent")
    assert "14.5" not in "".join(context["cards"]) and context["strips"] == []


def test_what_this_customer_usually_gets_stands_beside_it(world, browser, asked):
    customer = world.customer("恒砺精密", by="alice")
    for off in ("3", "5", "9"):
        one = quotation(world, customer=customer)
        line(world, one, "1000", discount=off)
        run("quotation_send", one.pk, world.actor("alice"))
        run("quotation_accept", one.pk, world.actor("alice"), {})
    assert figures(seen(browser, "sam", asked(customer)))["折扣"] == ("17.2%", "常给 5%（近一年成交 3 单）")


def test_the_customers_credit_stands_beside_it_for_who_reads_credit(world, browser, asked):
    customer = world.customer("恒砺精密", by="alice")
    profile = run("creditprofile_create", None, world.actor("fay"), values={"customer": customer.pk, "grade": "B", "limit": "1200000"}).record
    assert CreditProfile._base_manager.filter(pk=profile.pk).exists()
    row = asked(customer)
    value, note = figures(seen(browser, "sam", row))["客户信用"]
    assert value.startswith("B") and note == "可用 120.0 万 / 120.0 万"
    FieldRight.objects.create(role=Role.objects.get(code="sales_manager"), resource="creditprofile", field="limit", level="none")
    caches.forget()
    assert "客户信用" not in figures(seen(browser, "sam", row))


def test_a_next_version_shows_what_is_different(world, browser, asked):
    asked()
    one = sent(world)
    nxt = run("quotation_revise", one.pk, world.actor("alice"), {}).value
    for made in nxt.lines.all():
        run("quotationline_update", made.pk, world.actor("alice"), values={"discount": "20"}, version=made.version)
    row = run("quotation_send", nxt.pk, world.actor("alice")).waiting
    assert Quotation._base_manager.get(pk=nxt.pk).edition == 2
    assert "第 1 版 → 第 2 版" in "".join(seen(browser, "sam", row)["cards"])


def test_the_way_back_is_called_by_what_it_takes_back(world, browser, asked):
    row = asked()
    acts = [a["label"] for a in seen(browser, "alice", row, "sent")["now"]["acts"]]
    assert acts == ["催办", "撤回申请", "评论"]
    assert "撤回报价" in browser("alice").get(f"/quotations/{row.record_id}").content.decode()


def test_what_is_being_decided_is_not_made_dearer_by_its_terms(world, asked):
    """How it is paid and delivered is part of what is agreed to."""
    one = Quotation.objects.get(pk=asked().record_id)
    for name in ("payment", "delivery", "warranty"):
        said = Term.objects.filter(dictionary=Quotation._meta.get_field(name).dictionary).first()
        with pytest.raises(Refused):
            run("quotation_update", one.pk, world.actor("alice"), values={name: said.pk}, version=one.version)
    with pytest.raises(Refused):
        run("quotation_update", one.pk, world.actor("alice"), values={"terms": "票到 90 天付款"}, version=one.version)
    run("quotation_update", one.pk, world.actor("alice"), values={"name": "气密检测线"}, version=one.version)
