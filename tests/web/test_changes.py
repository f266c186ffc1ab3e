"""The change between two days as a page: its parts add up to what it shows, every part opens its records, filters and days are in the address."""
from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from django.utils.html import strip_tags

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.sales import stages

pytestmark = pytest.mark.django_db
PAGE = "/analyses/changes/AN14-change"


@pytest.fixture
def made(world):
    for n, (by, amount) in enumerate([("alice", 100), ("alice", 200), ("carol", 400), ("bob", 1000)]):
        customer = world.customer(f"客户{n}", by=by)
        run("opportunity_create", None, world.actor(by), values={"name": f"商机{n}", "customer": customer.pk, "amount": amount})
    return world


def span(back: int = 7) -> str:
    today = days.today()
    return f"from={today - dt.timedelta(days=back)}&until={today}"


def steps(page) -> dict[str, str]:
    return {bar["label"]: bar["value"] for bar in page.context_data["plot"]["bars"][1:-1]}


def test_the_page_shows_the_way_and_every_part_opens_its_records(made, browser):
    page = browser("erin").get(f"{PAGE}?{span()}")
    bars = page.context_data["plot"]["bars"]
    assert (bars[0]["value"], bars[-1]["value"]) == (0, 1700) and [b["value"] for b in bars[1:-1]] == [1700]
    rows = browser("erin").get(bars[1]["href"])
    assert {line["title"] for line in rows.context_data["lines"]} == {f"商机{n}" for n in range(4)}
    assert sum(line["effect"] for line in rows.context_data["lines"]) == 1700
    cell = next(c for row in page.context_data["matrix"]["rows"] for c in row["cells"] if c["href"])
    assert len(browser("erin").get(cell["href"]).context_data["lines"]) == int(cell["text"]) == 4
    assert len(page.context_data["most"]) == 4 and page.context_data["all"]["count"] == "4"
    assert len(browser("erin").get(page.context_data["all"]["href"]).context_data["lines"]) == 4


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_bar_is_called_what_is_written_at_it(made, browser, language):
    """Whoever speaks to the page says what he sees: the name of each link holds the words drawn in it, one after the other."""
    links = re.compile(r'<a href="[^"]*" data-drawer="[^"]*" aria-label="([^"]*)">(.*?)</a>', re.S)
    for metric in ("value", "count"):
        text = browser("erin", language).get(f"{PAGE}?{span()}&metric={metric}").content.decode()
        named = links.findall(text)
        assert len(named) == 3 and all(" ".join(strip_tags(drawn).split()) == name for name, drawn in named)


def test_every_figure_opens_exactly_its_records_beside_it(made, browser):
    one = browser("erin")
    for metric in ("value", "weighted", "count"):
        page = one.get(f"{PAGE}?{span()}&metric={metric}").context_data
        figures = [*page["facts"], *page["plot"]["bars"], page["matrix"]["all"], *page["matrix"]["totals"], page["all"],
                               *(r["total"] for r in page["matrix"]["rows"]), *(c for r in page["matrix"]["rows"] for c in r["cells"])]  # fmt: skip
        leading = [f for f in figures if f.get("href")]
        assert len(leading) > 9 and not [f for f in leading if not f["drawer"].startswith("/analyses/behind/changes/AN14-change?")]
        assert not [f for f in figures if not f.get("href") and f.get("text") not in ("·", "0", None)], "no figure leads nowhere"
        for f in leading:
            drawer, rows = one.get(f["drawer"]).context_data, one.get(f["href"]).context_data
            assert drawer["count"] == len(rows["lines"]) == len(drawer["lines"])
        closing = one.get(page["plot"]["bars"][-1]["drawer"]).context_data
        assert (closing["count"], closing["total"]) == (4, page["plot"]["bars"][-1]["text"] if metric != "count" else "1,700")


def test_each_sees_the_change_of_what_is_within_his_reach(made, browser):
    for who, amount in (("mona", 700), ("alice", 300), ("bob", 1000)):
        assert browser(who).get(f"{PAGE}?{span()}").context_data["plot"]["bars"][-1]["value"] == amount, who
    east, alice = made.units["east"].pk, made.users["alice"].pk
    assert browser("erin").get(f"{PAGE}?{span()}&unit={east}").context_data["plot"]["bars"][-1]["value"] == 700
    page = browser("erin").get(f"{PAGE}?{span()}&f.owner=in:{alice}&metric=count")
    assert page.context_data["plot"]["bars"][-1]["value"] == 2
    chip = page.context_data["chips"][0]
    assert chip["value"] == made.users["alice"].name
    assert browser("erin").get(chip["remove"]).context_data["plot"]["bars"][-1]["value"] == 4


def test_filters_come_in_a_drawer_and_days_of_a_date_as_ranges(made, browser):
    erin = browser("erin")
    entries = {e["label"]: e["drawer"] for e in erin.get(f"{PAGE}?{span()}").context_data["filters"]}
    assert len(entries) == 6
    for href in entries.values():
        drawer = erin.get(href)
        assert drawer.status_code == 200 and (drawer.context_data["rows"] or drawer.context_data["ranges"])
    dated = next(h for h in entries.values() if "dim=expected_on" in h)
    there = erin.post(dated, {"within": "this_quarter"}).headers["Location"]
    assert there.startswith(PAGE) and "f.expected_on=within:this_quarter" in there
    page = erin.get(there)
    assert page.context_data["plot"]["bars"][-1]["value"] == 0 and page.context_data["chips"][0]["value"] in ("本季度", "This quarter")
    owners = next(h for h in entries.values() if "dim=owner" in h)
    there = erin.post(owners, {"value": [str(made.users["bob"].pk)]}).headers["Location"]
    assert erin.get(there).context_data["plot"]["bars"][-1]["value"] == 1000


def test_excel_has_every_figure_and_the_records(made, browser):
    book = openpyxl.load_workbook(io.BytesIO(b"".join(browser("erin").get(f"{PAGE}?{span()}&as=xlsx").streaming_content)))
    lines = [[c.value for c in row] for row in book.active.iter_rows()]
    assert lines[1][1:] == [0, 0, 0] and lines[-1][1:] == [1700, 170, 4]
    assert [sum(line[n] for line in lines[1:-1]) for n in (1, 2, 3)] == lines[-1][1:]
    answer = browser("erin").get(f"{PAGE}/rows?{span()}&part=new&as=xlsx")
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    assert sum(row[6].value for row in list(book.active.iter_rows())[1:]) == 1700


def test_what_may_not_be_read_is_not_shown(made, browser):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount_base", level="none")
    alice = browser("alice")
    assert alice.get(f"{PAGE}?{span()}").status_code == alice.get(f"{PAGE}/rows?{span()}").status_code == 403
    found = [a["href"] for _label, group in alice.get("/analyses/").context_data["groups"] for a in group]
    assert PAGE not in found and "/analyses/changes/AN02-change" in found


@pytest.mark.parametrize("query", ["from=x", "from=2026-02-01&until=2026-01-01", "f.nope=in:1", "f.owner=like:3"])
def test_nonsense_is_answered_in_words(made, browser, query):
    assert browser("erin").get(f"{PAGE}?{query}").status_code == 422
    assert browser("erin").get(f"{PAGE}/rows?part=nope").status_code == 404
    assert browser("erin").get("/analyses/changes/none").status_code == 404


def test_the_funnel_filters_by_a_click_and_says_what_is_not_filtered(made, browser):
    erin = browser("erin")
    page = erin.get("/analyses/AN14")
    funnel, branches = page.context_data["left"][0], page.context_data["right"][0]
    first = stages.of_pipeline(stages.first_pipeline())[0]
    assert funnel["lines"][0]["label"] in (first.name, first.name_en) and funnel["lines"][0]["cells"][1]["cell"].text == "4"
    east = next(line for line in branches["lines"] if line["cell"].text != "1,000")
    narrowed = erin.get(east["filter"])
    assert narrowed.context_data["left"][0]["lines"][0]["cells"][1]["cell"].text == "3"
    again = narrowed.context_data["right"][0]
    assert [line["on"] for line in again["lines"]].count(True) == 1 and len(again["lines"]) == 2, "the other branch can still be chosen"
    assert len(erin.get(narrowed.context_data["chips"][0]["remove"]).context_data["right"][0]["lines"]) == 2
    dated = erin.get("/analyses/AN14?f.expected_on=within:this_year")
    assert any(card["unfiltered"] for card in dated.context_data["parts"]) and not all(card["unfiltered"] for card in dated.context_data["parts"])
    assert re.search(r'href="/analyses/changes/AN14-change\?f\.expected_on=within:this_year"', dated.content.decode())
