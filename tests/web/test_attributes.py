"""Product attributes from settings to analysis: defined, asked for on products of their class, chosen on AN31, told alike on every way."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import terms
from pellucid.kernel.resources.models import CustomField
from tests.api.conftest import api  # noqa: F401  fixtures
from tests.orders.test_attributes import attribute, item, product
from tests.orders.test_measures import sold
from tests.web.test_causes import sheet

pytestmark = pytest.mark.django_db
QUERY = "from=2026-01-01&until=2026-12-31"


@pytest.fixture
def sales(world):
    """Red 100 of 5 kW, blue 50 of 20 kW, 10 of neither."""
    attribute(world, "Colour", "term", options="红 | Red\n蓝 | Blue")
    attribute(world, "Power", "decimal", uom="kW", bands="10")
    red, blue = product(world, "r", x_colour="Red", x_power="5"), product(world, "b", x_colour="Blue", x_power="20")
    sold(world, dt.date(2026, 3, 1), ("100", "1", item(red, "80")), ("50", "1", item(blue, "35")), ("10", "1", item(product(world, "p"), None)))
    return world


def test_nothing_to_choose_from_says_how_to_begin(world, browser):
    page = browser("admin", "en").get("/analyses/AN31").content.decode()
    assert "There is no attribute of products yet" in page and 'href="/settings/fields/product"' in page
    page = browser("alice", "en").get("/analyses/AN31").content.decode()
    assert "There is no attribute of products yet" in page and "/settings/fields/product" not in page


def test_page_excel_api_and_cross_table_tell_the_same(sales, browser, api):  # noqa: F811
    erin = browser("erin", "en")
    page = erin.get(f"/analyses/AN31?{QUERY}")
    assert [(e["label"], e["current"]) for e in page.context_data["choice"]["entries"]] == [("Colour", True), ("Power (kW)", False)]
    first = page.context_data["parts"][0]
    assert [(line["label"], line["cells"][0].value) for line in first["lines"]] == [("Red", 100), ("Blue", 50), ("(not filled in)", 10)]
    other = erin.get(page.context_data["choice"]["entries"][1]["href"])
    shown = [(line["label"], line["cells"][0].value, line["cells"][1].value) for line in other.context_data["parts"][0]["lines"]]
    assert shown == [("below 10 kW", 100, 20), ("10 kW and more", 50, 15), ("(not filled in)", 10, 0)]
    lines = sheet(erin.get(f"/analyses/AN31?{QUERY}&as=xlsx"))
    assert [line[:2] for line in lines[1:4]] == [["Red", 100], ["Blue", 50], ["(not filled in)", 10]]
    for line in first["lines"]:
        rows = erin.get(line["cells"][0].href)
        assert rows.context_data["count"] == 1 and rows.context_data["lines"][0]["value"] == line["cells"][0].value
        assert erin.get(line["filter"]).context_data["facts"][0]["value"], "the page filtered by this value"
    told = next(a for a in api("erin")("GET", "analyses").data["analyses"] if a["code"] == "AN31")
    assert told["choices"] == ["x_colour", "x_power"] and "by=x_colour" in told["parts"][0]["answer"]
    answered = api("erin")("GET", f"measures/answer?measures=amount&by=x_power&{QUERY}&share=amount&totals=1").data
    assert {line["values"]["x_power"]["value"]: line["cells"]["amount"] for line in answered["lines"]} == {0: 100, 1: 50, None: 10}
    behind = api("erin")("GET", f"measures/rows?measures=amount&f.x_power=in:1&{QUERY}").data
    assert (behind["count"], behind["value"]) == (1, 50)
    grid = erin.get(f"/analyses/cross?measures=amount&rows=x_colour&columns=x_power&{QUERY}").context_data["part"]
    assert [h["label"] for h in grid["heads"]][:2] == ["below 10 kW", "10 kW and more"] and "Red" in {line["label"] for line in grid["body"]}


def test_an_attribute_is_defined_and_asked_for_where_it_belongs(world, browser):
    admin = browser("admin", "en")
    equipment = terms.find("product_class", "equipment")
    dialog = admin.get("/settings/do/customfield_create?resource=product").content.decode()
    assert f'value="product_class:{equipment}"' in dialog and 'data-when="kind decimal"' in dialog
    given = {"resource": "product", "zh": "功率", "en": "Power", "kind": "decimal", "uom": "kW", "bands": "10, 50",
             "only": [f"product_class:{equipment}"]}  # fmt: skip
    assert admin.post("/settings/do/customfield_create", given).status_code == 302
    field = CustomField.objects.get()
    assert (field.uom, field.edges, field.only_for) == ("kW", ["10", "50"], {"field": "product_class", "terms": [equipment]})
    change = admin.get(f"/settings/do/customfield_change/{field.pk}").content.decode()
    assert 'value="10, 50"' in change and re.search(rf'value="product_class:{equipment}" checked', change)
    assert f'data-when="product_class {equipment}"' in admin.get("/products/new").content.decode()
    machine = run("product_create", None, world.actor("admin"), values={"name": "M", "product_class": str(equipment), "x_power": "7.5"}).record
    program = run("product_create", None, world.actor("admin"), values={"name": "S"}).record
    page = admin.get(f"/products/{machine.pk}").content.decode()
    assert "Power (kW)" in page and "7.5" in page
    assert "Power (kW)" not in admin.get(f"/products/{program.pk}").content.decode()
    text = run("customfield_create", None, world.actor("admin"), {"resource": "product", "zh": "说明", "kind": "text"}).value
    assert 'name="bands"' not in admin.get(f"/settings/do/customfield_change/{text.pk}").content.decode(), "bands are of numbers"
