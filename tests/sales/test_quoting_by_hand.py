"""Quotations as they are written: another price for the quantity is told, the tab of the opportunity makes what its menu makes."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.resources.declare import related
from pellucid.products.models import PriceList
from pellucid.sales.quotation_pages import offer
from tests.orders.making import D, contract, order_of

pytestmark = pytest.mark.django_db


def test_another_price_for_the_quantity_is_told_and_taken(world):
    alice, admin = world.actor("alice"), world.actor("admin")
    customer = world.customer("恒砺")
    product = run("product_create", None, admin, values={"name": "拧紧枪", "list_price": "100"}).record
    prices = PriceList._base_manager.create(name="标准价", valid_from="2020-01-01", currency="CNY")
    for least, price in (("1", "100"), ("10", "90")):
        run("price_create", None, admin, values={"price_list": prices.pk, "product": product.pk, "from_quantity": least, "unit_price": price})
    one = run("quotation_create", None, alice, values={"customer": customer.pk}).record
    line = run("quotationline_create", None, alice, values={"quotation": one.pk, "product": product.pk, "quantity": "1"}).record
    assert "tier" not in offer(one, alice)["lines"][0]
    run("quotationline_update", line.pk, alice, values={"quantity": "12"}, version=line.version)
    one.refresh_from_db()
    (row,) = offer(one, alice)["lines"]
    assert row["unit_price"] == "100" and "90" in row["tier"]["said"]
    assert row["tier"]["take"] == f"/quotation-lines/{line.pk}/do/quotationline_reprice"
    run("quotationline_reprice", line.pk, alice)
    line.refresh_from_db()
    assert (line.unit_price, line.net) == (D("90"), D("1080.00")) and "tier" not in offer(one, alice)["lines"][0]


def test_what_is_on_no_list_keeps_its_price(world):
    """Asking for the usual price where there is none gives nothing away."""
    admin = world.actor("admin")
    product = run("product_create", None, admin, values={"name": "非标夹具"}).record
    quoted = run("quotation_create", None, admin, values={"customer": world.customer("恒砺").pk}).record
    heads = {"quotation": quoted, "order": order_of(contract(world, by="admin"))}
    for key, head in heads.items():
        line = run(f"{key}line_create", None, admin, values={key: head.pk, "product": product.pk, "quantity": "1", "unit_price": "880"}).record
        with pytest.raises(Refused):
            run(f"{key}line_reprice", line.pk, admin)
        line.refresh_from_db()
        assert (line.unit_price, line.net) == (D("880"), D("880.00"))


def test_the_tab_of_an_opportunity_makes_what_its_menu_makes(world, browser):
    alice = world.actor("alice")
    one = run("opportunity_create", None, alice, values={"customer": world.customer("恒砺").pk, "name": "压铸机"}).record
    at = next(n for n, r in enumerate(related) if (r.resource, r.child) == ("opportunity", "quotation"))
    tab = browser("alice").get(f"/opportunities/{one.pk}/related/{at}").content.decode()
    assert f'data-dialog="/opportunities/{one.pk}/do/opportunity_quote"' in tab and "/quotations/new" not in tab


def test_a_price_list_opens_with_its_prices(world, browser):
    made = PriceList._base_manager.create(name="标准价", valid_from="2020-01-01", currency="CNY")
    page = browser("admin").get(f"/price-lists/{made.pk}").context_data["record"]
    assert [t["label"] for t in page["tabs"] if t.get("current")] == ["价格"]
