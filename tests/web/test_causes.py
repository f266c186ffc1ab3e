"""Why sales changed, as a page, in Excel and over the API: the same parts, within the same reach."""

from __future__ import annotations

import io

import jsonschema_rs
import openpyxl
import pytest

from pellucid.api.schema import document
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import show_for
from pellucid.web.waterfall import waterfall
from tests.api.conftest import api  # noqa: F401  fixtures
from tests.orders.test_causes import case, sell  # noqa: F401

pytestmark = pytest.mark.django_db
PAGE, QUERY = "/analyses/causes/AN18", "from=2026-01-01&until=2026-12-31"
PARTS = {"party_new": 800, "item_new": 300, "volume": 450, "mix": -350, "price": 150, "item_gone": -90, "party_lost": -500}


def sheet(response) -> list[list]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    return [[c.value for c in row] for row in book.active.iter_rows()]


def test_long_labels_stand_in_lines_beside_each_other():
    steps = [{"label": label, "value": 10, "text": "10", "kind": "more"} for label in ("Products dropped", "Customers that stayed away", "价格") * 3]
    plot = waterfall(steps, "value", show_for(Actor.system()))
    assert [len(bar["words"]) for bar in plot["bars"][:3]] == [2, 2, 1] and plot["bars"][1]["words"][1]["y"] < plot["under"] < plot["height"]
    wide = (plot["width"] - plot["left"]) / len(steps)
    assert all(len(word["text"].rstrip()) * 7.2 <= wide - 12 for bar in plot["bars"] for word in bar["words"])


def test_page_excel_and_api_tell_the_same(world, case, browser, api):  # noqa: F811
    erin = browser("erin")
    assert erin.get("/analyses/AN18").url == PAGE, "found by its number, too"
    page = erin.get(f"{PAGE}?{QUERY}")
    bars = page.context_data["plot"]["bars"]
    assert [b["value"] for b in bars] == [3590, *PARTS.values(), 4350]
    assert (bars[1]["count"], bars[3]["count"]) in {("1 家", "2 种"), ("1 accounts", "2 products")}
    lines = sheet(erin.get(f"{PAGE}?{QUERY}&as=xlsx"))
    assert [line[1] for line in lines[1:]] == [3590, *PARTS.values(), 4350] and len(lines[0]) == 4
    data = api("erin")("GET", f"causes/AN18?{QUERY}").data
    doc = document()
    for path, found in (("/api/v1/causes/{code}", data), ("/api/v1/causes/{code}/rows", api("erin")("GET", f"causes/AN18/rows?{QUERY}").data)):
        schema = doc["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": doc["components"]["schemas"]}}).validate(found)
    (bridge,) = data["bridges"]
    assert {p["part"]: p["effect"] for p in bridge["parts"] if p["effect"]} == PARTS and (bridge["opening"], bridge["closing"]) == (3590, 4350)
    assert {c["code"] for c in api("erin")("GET", "analyses").data["causes"]} == {"AN18"}
    assert (data["period"]["from"], data["before"]["from"]) == ("2026-01-01", "2025-01-01")


def test_every_bar_opens_what_it_comes_from_and_figures_open_rows(world, case, browser, api):  # noqa: F811
    erin = browser("erin")
    for bar in erin.get(f"{PAGE}?{QUERY}").context_data["plot"]["bars"][1:-1]:
        page = erin.get(bar["href"])
        assert sum(line["effect"] for line in page.context_data["lines"]) == bar["value"]
        assert sum(row[-1] for row in sheet(erin.get(page.context_data["excel"]))[1:]) == bar["value"]
        other = next(o["href"] for o in page.context_data["of"] if not o["current"])
        assert erin.get(other).context_data["lines"]
        assert erin.get(page.context_data["back"]).context_data["plot"]["bars"][0]["value"] == 3590
    volume = erin.get(f"{PAGE}/rows?{QUERY}&part=volume").context_data["lines"]
    assert {line["value0"]: line["link0"] for line in volume} == {1000: "", 2000: ""}, "of kept customers alone: no rows can be asked for"
    (left,) = erin.get(f"{PAGE}/rows?{QUERY}&part=party_lost").context_data["lines"]
    rows = erin.get(left["link0"])
    assert left["value0"] == 500 and len(rows.context_data["lines"]) == 1 and erin.get(left["link1"]).context_data["lines"] == []
    items = api("erin")("GET", f"causes/AN18/rows?{QUERY}&part=volume&of=item").data["items"]
    assert {i["label"]: i["effect"] for i in items} == {"A": 150, "B": 300}


def test_by_a_dimension_each_value_has_its_own(world, case, browser, api):  # noqa: F811
    erin = browser("erin")
    page = erin.get(f"{PAGE}?{QUERY}&by=owner")
    (row,) = page.context_data["apart"]["rows"]
    assert (row["label"], row["diff"]) == (world.users["alice"].name, "+760")
    assert erin.get(row["href"]).context_data["chips"]
    lines = sheet(erin.get(f"{PAGE}?{QUERY}&by=owner&as=xlsx"))
    assert sum(lines[1][1:-1]) == lines[1][-1] == 4350
    data = api("erin")("GET", f"causes/AN18?{QUERY}&by=owner").data
    assert [b["label"] for b in data["bridges"]] == [world.users["alice"].name]


def test_each_within_reach_and_no_profit_without_costs(world, case, browser, api):  # noqa: F811
    assert browser("bob").get(f"{PAGE}?{QUERY}").context_data["plot"]["bars"][-1]["value"] == 0
    sales = Role.objects.get(code="sales")
    FieldRight.objects.update_or_create(role=sales, resource="orderline", field="cost_base", defaults={"level": "none"})
    alice = browser("alice")
    assert len(alice.get(f"{PAGE}?{QUERY}").context_data["metrics"]) == 2
    assert alice.get(f"{PAGE}?{QUERY}&metric=profit").status_code == 403
    assert api("alice")("GET", f"causes/AN18?{QUERY}&metric=profit").status_code == 403
    FieldRight.objects.update_or_create(role=sales, resource="orderline", field="net_base", defaults={"level": "none"})
    assert alice.get(PAGE).status_code == 403
    found = [a["href"] for _label, group in alice.get("/analyses/").context_data["groups"] for a in group]
    assert PAGE not in found


@pytest.mark.parametrize("query", ["metric=nope", "by=nope", "against=nope", "of=nope", "part=nope", "colour=red", "period=nope", "f.nope=in:1"])
def test_nonsense_is_answered_in_words(world, browser, api, query):  # noqa: F811
    assert api("erin")("GET", f"causes/AN18/rows?{query}").status_code == 422
    assert api("erin")("GET", "causes/none").status_code == 404
    assert browser("erin").get("/analyses/causes/none").status_code == 404
    assert browser("erin").get(f"{PAGE}/rows?part=nope").status_code == 404


def test_values_to_filter_by_come_in_a_drawer(world, case, browser):  # noqa: F811
    erin = browser("erin")
    entries = erin.get(f"{PAGE}?{QUERY}").context_data["filters"]
    assert len(entries) == 7
    there = erin.post(next(e["drawer"] for e in entries if "dim=owner" in e["drawer"]), {"value": [str(world.users["bob"].pk)]})
    assert erin.get(there.headers["Location"]).context_data["plot"]["bars"][-1]["value"] == 0
