"""The table of priced lines shows each reader the columns and sums he may read, and offers him what he may do."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.orders.line_pages import lines
from pellucid.orders.models import Order
from pellucid.sales import quotation_pages
from pellucid.sales.models import Quotation
from tests.orders.making import contract, line, order_of, signed, split
from tests.orders.test_attributes import attribute
from tests.products.test_pricing import product

pytestmark = pytest.mark.django_db
ALL_SUMS = ["Before discount", "Discount (10.0 %)", "Amount without tax", "Tax (13 %)"]


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def hide(key: str, *names: str, level: str = "none", code: str = "sales_manager") -> None:
    for name in names:
        FieldRight.objects.update_or_create(role=Role.objects.get(code=code), resource=key, field=name, defaults={"level": level})


def draft(world) -> Order:
    """Two machines of 1,000 with a tenth off: 1,800 and 234 of tax; they cost 600 each."""
    order = order_of(contract(world))
    line(world, order, "1000", "2", by="admin", discount="10", unit_cost="600", product=product(world, list_price="1000").pk)
    return order


def quotation(world) -> Quotation:
    one = run("quotation_create", None, world.actor("alice"), values={"customer": world.customer("恒砺精密", by="alice").pk}).record
    made = product(world, "P-2", list_price="1000", cost="600")
    run("quotationline_create", None, world.actor("admin"), values={"quotation": one.pk, "product": made.pk, "quantity": "2", "discount": "10"})
    return one


def seen(world, one: Order | Quotation, by: str = "sam") -> dict:
    actor = Actor.of(world.users[by], "web")
    return (lines(one, actor) if isinstance(one, Order) else quotation_pages.offer(one, actor)) or {}


def labels(found: dict) -> list[str]:
    return [label for label, _amount in found["sums"]]


@pytest.mark.parametrize("level", ["none", "masked"])
@pytest.mark.parametrize(("name", "parts", "sums", "total"), [
    ("quantity", {"quantity", "uom", "listed", "off"}, ALL_SUMS[2:], True),
    ("uom", {"uom"}, ALL_SUMS, True),
    ("name", {"name"}, ALL_SUMS, True),
    ("product", {"product"}, ALL_SUMS, True),
    ("discount", {"discount", "floor", "listed", "off"}, ALL_SUMS[2:], True),
    ("unit_price", {"unit_price", "net", "margin", "listed", "off", "tax", "total"}, [], False),
    ("net", {"net", "margin", "off", "tax", "total"}, ["Before discount"], False),
    ("tax", {"tax", "total"}, ALL_SUMS[:3], False),
    ("tax_rate", {"tax_rate"}, [*ALL_SUMS[:3], "Tax"], True),
    ("amount", {"total"}, ALL_SUMS, False),
    ("cost", {"margin"}, ALL_SUMS, True),
    ("unit_cost", {"margin"}, ALL_SUMS, True),
    ("delivered", {"delivered"}, ALL_SUMS, True),
    ("returned", {"returned"}, ALL_SUMS, True),
])  # fmt: skip
def test_a_column_or_sum_goes_with_any_field_it_is_made_of(world, name, parts, sums, total, level):
    order = draft(world)
    before = seen(world, order)
    assert labels(before) == ALL_SUMS and "2,034" in before["total"] and before["lines"][0]["margin"] == "33.3"
    hide("orderline", name, level=level)
    after = seen(world, order)
    assert before["parts"] - after["parts"] == parts
    assert (labels(after), bool(after["total"])) == (sums, total)
    columns = {"quantity", "uom", "unit_price", "discount", "net", "margin"}
    assert columns & after["lines"][0].keys() == columns - parts
    assert seen(world, order, "admin")["parts"] == before["parts"]


@pytest.mark.parametrize("name", ["margin", "cost", "unit_cost"])
def test_the_margin_of_an_offer_is_there_for_who_may_read_all_of_it(world, name):
    one = quotation(world)
    assert "margin" in seen(world, one)["parts"] and seen(world, one)["lines"][0]["margin"] == "33.3"
    hide("quotationline", name)
    assert "margin" not in seen(world, one)["parts"] and "margin" not in seen(world, one)["lines"][0]


def test_who_may_not_read_prices_still_sees_what_was_ordered_and_delivered(world, browser):
    order, one = signed(world, "1234", "7"), quotation(world)
    hide("orderline", "unit_price")
    hide("quotationline", "unit_price")
    found = seen(world, order)
    assert [(r["name"], r["quantity"], [e["text"] for e in r["extra"]]) for r in found["lines"]] == [("设备", "7", ["0", "–"])]
    page = browser("sam", "en").get(f"/orders/{order.pk}/panel/order.lines").content.decode()
    assert "设备" in page and "Delivered" in page and "Returned" in page and "1 line<" in page
    assert not [said for said in ("1,234", "8,638", "9,760", "Unit price", "Amount without tax", "Amount with tax", "Tax (") if said in page]
    page = browser("sam", "en").get(f"/quotations/{one.pk}/panel/quotation.offer").content.decode()
    assert "产品P-2" in page and "Floor" in page and "Quantity" in page
    assert not [said for said in ("1,000", "1000", "1,800", "2,034", "Unit price", "Amount without tax", "Margin") if said in page]
    hide("orderline", "returned", "quantity")
    (row,) = seen(world, order)["lines"]
    assert row["extra"] == [{"text": "0", "tone": ""}], "nor whether that is all"


def test_a_hidden_discount_is_not_told_by_the_floor(world):
    one = quotation(world)
    hide("quotationline", "discount")
    assert seen(world, one)["extra"] == [] and seen(world, one)["lines"][0]["tones"] == {}


@pytest.mark.parametrize("name", ["name", "quantity", "discount", "unit_price", "net"])
def test_two_versions_and_the_paper_are_for_who_may_read_all_they_say(world, name):
    one = quotation(world)
    run("quotation_send", one.pk, world.actor("admin"))
    new = run("quotation_revise", one.pk, world.actor("admin")).value
    assert quotation_pages.compared(new, world.actor("sam"))
    assert quotation_pages.papers(new, world.actor("sam"))
    hide("quotationline", name)
    sam = Actor.of(world.users["sam"], "web")
    assert quotation_pages.compared(new, sam) is None and quotation_pages.papers(new, sam) is None


def test_what_is_hidden_of_products_is_hidden_on_their_lines(world):
    power, _axes = attribute(world, "Power", "decimal", uom="kW"), attribute(world, "Axes", "decimal")
    one = contract(world)
    order, made = order_of(one), product(world, x_power="3", x_axes="6")
    line(world, order, by="admin", product=made.pk)
    split(world, order, by="admin")
    run("contract_sign", one.pk, world.actor("admin"))
    order.refresh_from_db()

    def under() -> str:
        return seen(world, order)["lines"][0]["under"]

    assert under() == "P-1 · Power (kW) 3 · Axes 6"
    hide("product", power)
    assert under() == "P-1 · Axes 6"
    hide("product", "number", level="masked")
    assert under() == "Axes 6"
    hide("orderline", "name")
    assert seen(world, order)["lines"][0]["name"] == "#1"
    hide("product", "number", level="read")
    assert (seen(world, order)["lines"][0]["name"], under()) == ("P-1", "Axes 6"), "a line without its name goes by its product's number"
    hide("orderline", "product")
    assert (seen(world, order)["lines"][0]["name"], under()) == ("#1", "")


@pytest.mark.parametrize(("refused", "adds", "types"), [("create", False, True), ("edit", True, False)])
def test_lines_are_added_by_who_may_make_them_and_typed_over_by_who_may_edit_them(world, monkeypatch, refused, adds, types):
    may = Actor.may
    for of, one in (("orderline", draft(world)), ("quotationline", quotation(world))):
        before = seen(world, one)
        assert before["more"] and before["paste"] and before["lines"][0]["edit"] and before["lines"][0]["cells"]
        with monkeypatch.context() as patch:
            patch.setattr(Actor, "may", lambda actor, key, verb, of=of: (key, verb) != (of, refused) and may(actor, key, verb))
            found = seen(world, one)
        assert (bool(found["more"]), bool(found["paste"])) == (adds, adds)
        assert (bool(found["lines"][0]["edit"]), bool(found["lines"][0]["cells"])) == (types, types)
