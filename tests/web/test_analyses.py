"""Analyses: what exists and may be read is listed; every number leads to exactly its rows; the address says everything."""
from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.declare import analyses, causes, changes, datasets, measures
from pellucid.kernel.records import days, terms

pytestmark = pytest.mark.django_db
NEW = "/analyses/cross?measures=new_customers&period=this_year"


@pytest.fixture
def made(world):
    for n, (by, kind, level) in enumerate([("alice", "company", "A"), ("alice", "company", "B"), ("alice", "person", "A"), ("bob", "company", "A")]):
        world.customer(f"客户{n}", by=by, kind=kind, level=level)
    return world


def grid(answer) -> dict[tuple[str, str], str]:
    """The figures of a cross table by the words of their row and column."""
    part = answer.context_data["part"]
    heads = [h["label"] for h in part["heads"]]
    return {(line["label"], head): cell["cells"][0].text
            for line in part["body"] for head, cell in zip(heads, line["cells"], strict=True) if cell["cells"]}


def listed(text: str) -> int:
    """How many rows a list or a page of rows shows."""
    return len(set(re.findall(r'href="/[a-z-]+/(\d+)["?]', text.split("<tbody", 1)[1].split("</tbody", 1)[0])))


def test_the_centre_lists_what_exists_and_may_be_read(made, browser):
    page = browser("alice").get("/analyses/")
    known = {a["href"].rsplit("/", 1)[1] for _label, found in page.context_data["groups"] for a in found} - {"cross"}
    assert known == (set(analyses) | set(changes) | set(causes)) - {"AN28"} and "AN01" in known  # ordered by profit, which sellers do not see
    for _label, found in page.context_data["groups"]:
        for a in found:
            assert browser("alice").get(a["href"]).status_code == 200, a
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="level", level="none")
    page = browser("alice").get("/analyses/")
    left = {a["href"].rsplit("/", 1)[1] for _label, found in page.context_data["groups"] for a in found}
    gone = {code for code, a in analyses.items() if "level" in a.parts[0].ask.by}
    assert gone and not gone & left and "AN01" in left
    assert all(browser("alice").get(f"/analyses/{code}").status_code == 403 for code in gone)
    assert browser("alice").get("/analyses/AN99").status_code == 404


def test_an_analysis_is_shown_without_the_measures_one_may_not_ask(made, browser):
    for name, profit in (("alice", False), ("erin", True)):
        heads = [c["label"] for c in browser(name).get("/analyses/AN04").context_data["parts"][0]["columns"]]
        assert ("毛利" in heads) is profit and {"销售额", "交易次数"} <= set(heads), (name, heads)
    assert browser("alice").get("/analyses/AN28").status_code == 403
    assert browser("erin").get("/analyses/AN28").status_code == 200


def test_rows_against_columns_with_totals_within_reach(made, browser):
    page = browser("alice").get(NEW + "&rows=customer_kind&columns=level")
    cells = grid(page)
    assert sorted(cells.values()) == ["1", "1", "1"] and len(cells) == 3
    part = page.context_data["part"]
    assert sorted(line["total"][0].value for line in part["body"]) == [1, 2] and part["whole"][0].value == 3
    assert [h["total"][0].value for h in part["heads"]] == [2, 1]
    assert browser("erin").get(NEW).context_data["part"]["whole"][0].value == 4


def test_columns_that_a_short_list_names_stand_as_it_does(made, browser):
    for n in range(3):
        made.customer(f"丙{n}", level="C")
    made.customer("丁")
    page = browser("alice").get(NEW + "&rows=customer_kind&columns=level")
    heads = [h["label"][0] for h in page.context_data["part"]["heads"]]
    assert heads == ["A", "B", "C", "（"], "not by how many there are, and what is not filled in last"
    assert [line["label"] for line in page.context_data["part"]["body"]] == ["公司", "个人"], "rows stand by size"
    found = browser("alice").get("/analyses/AN03").context_data
    assert [len(part["heads"]) for part in found["parts"]] == [4, 0, 4, 1] and len(found["facts"]) == 3, "sales among them, none as yet"


def test_every_measure_has_its_cross_table(made, browser):
    erin, wrong = browser("erin"), []
    for name in (n for n, m in measures.items() if m.unit != "moment" and getattr(m, "agg", "") != "value"):
        wrong += [(name, more) for more in ("compare=previous", "as=xlsx") if erin.get(f"/analyses/cross?measures={name}&{more}").status_code != 200]
    assert not wrong


def test_every_number_leads_to_exactly_its_rows(made, browser):
    alice, seen = browser("alice"), 0
    for measure in ("new_customers", "customers"):
        part = alice.get(f"/analyses/cross?measures={measure}&period=this_year&rows=customer_kind&columns=level").context_data["part"]
        cells = [c["cells"][0] for line in part["body"] for c in line["cells"] if c["cells"]]
        for cell in (*cells, *(line["total"][0] for line in part["body"]), part["whole"][0]):
            answer = alice.get(cell.href)
            assert answer.status_code == 200 and listed(answer.content.decode()) == cell.value, cell.href
            seen += 1
    assert seen == 12


def test_a_filter_narrows_every_figure_and_is_a_chip(made, browser):
    erin = browser("erin")
    drawer = erin.get("/analyses/values?measures=new_customers&period=this_year&dim=customer_kind")
    rows = {r["value"]: r["figure"] for r in drawer.context_data["rows"]}
    assert rows == {"company": "3", "person": "1"} and not any(r["on"] for r in drawer.context_data["rows"])
    href = erin.post("/analyses/values?measures=new_customers&period=this_year&dim=customer_kind", {"value": "company"}).headers["Location"]
    page = erin.get(href)
    assert page.context_data["part"]["whole"][0].value == 3 and len(page.context_data["chips"]) == 1
    chosen = erin.get("/analyses/values?measures=new_customers&period=this_year&dim=customer_kind&" + href.split("?")[1])
    assert [r["value"] for r in chosen.context_data["rows"] if r["on"]] == ["company"]
    assert erin.get(page.context_data["chips"][0]["remove"]).context_data["part"]["whole"][0].value == 4
    name = page.context_data["part"]["body"][0]
    assert erin.get(name["filter"]).context_data["part"]["whole"][0].value == name["total"][0].value


def test_shares_of_the_row_the_column_and_everything(made, browser):
    def shares(how: str) -> list[str]:
        return sorted(grid(browser("alice").get(NEW + f"&rows=customer_kind&columns=level&share={how}")).values())

    assert shares("row") == ["100.0%", "50.0%", "50.0%"] and shares("column") == ["100.0%", "50.0%", "50.0%"]
    assert shares("all") == ["33.3%", "33.3%", "33.3%"]


def test_a_year_earlier_stands_beside(made, browser):
    last = Customer.objects.order_by("pk")[:3]
    for customer in last:
        Customer.objects.filter(pk=customer.pk).update(created_at=days.start_of(days.today().replace(year=days.today().year - 1, day=1)))
    whole = browser("erin").get(NEW + "&compare=year").context_data["part"]["whole"][0]
    assert (whole.value, whole.change) == (1, "−66.7%")
    assert browser("erin").get(NEW + "&compare=none").context_data["part"]["whole"][0].change == ""


def test_as_of_a_day_says_what_was_then(made, browser):
    yesterday = days.today() - dt.timedelta(days=1)
    assert browser("erin").get(f"/analyses/AN01?asof={yesterday}").context_data["facts"][0]["value"] == "0"
    assert browser("erin").get("/analyses/AN01").context_data["facts"][0]["value"] == "4"


def test_excel_holds_what_is_shown(made, browser):
    answer = browser("alice").get(NEW + "&rows=customer_kind&columns=level&as=xlsx&compare=none")
    assert "attachment" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    lines = [[c.value for c in row] for row in book.active.iter_rows()]
    figures = [line[2] for line in lines[1:]]
    assert figures == [1, 1, 1, *figures[3:]] and sorted(figures[3:]) == [1, 1, 2, 2, 3]


def test_what_may_not_be_read_is_refused_by_every_way(made, browser):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="level", level="masked")
    alice, level = browser("alice"), terms.find("customer_level", "A")
    assert alice.get(NEW + "&rows=level&columns=customer_kind").context_data["rows"]["label"] != str(datasets["customers"].dim("level").label)
    for href in (NEW + f"&f.level=in:{level}", "/analyses/values?measures=new_customers&dim=level",
                 f"/analyses/rows/?measures=customers&by=&f.level=in:{level}"):
        assert alice.get(href).status_code in (403, 404), href
    assert "quiet_customers" in measures and alice.get("/analyses/cross?measures=quiet_customers").status_code == 403


@pytest.mark.parametrize("href", ["/analyses/cross?measures=nothing", "/analyses/cross?from=x", "/analyses/AN01?asof=2026-13-01",
                                  "/analyses/cross?f.nope=in:1", "/analyses/rows/?measures=", "/analyses/rows/?measures=coverage",
                                  "/analyses/values?dim=nope", "/analyses/cross?period=nonsense"])
def test_nonsense_is_answered_in_words(made, browser, href):
    assert browser("erin").get(href).status_code in (404, 422), href


def test_the_scope_switch_narrows_and_keeps_the_question(made, browser):
    page = browser("erin").get(NEW + f"&unit={made.units['east'].pk}")
    assert page.context_data["part"]["whole"][0].value == 3 and len(page.context_data["chips"]) == 1
    text = browser("erin").get("/menu/scopes", headers={"HX-Current-URL": f"http://testserver{NEW}"}).content.decode()
    assert "measures=new_customers" in text


def test_a_number_opens_its_rows_beside_the_table(made, browser):
    alice = browser("alice")
    part = alice.get(f"{NEW}&rows=customer_kind&columns=level").context_data["part"]
    cells = [c["cells"][0] for line in part["body"] for c in line["cells"] if c["cells"]]
    for cell in (*cells, *(line["total"][0] for line in part["body"]), part["whole"][0]):
        answer = alice.get(cell.drawer)
        drawer, text = answer.context_data, answer.content.decode()
        assert answer.status_code == 200 and (drawer["count"], drawer["total"], drawer["href"]) == (cell.value, cell.text, cell.href)
        assert listed(text) == cell.value and "<html" not in text
    titled = alice.get(cells[0].drawer).context_data
    assert titled["title"] == f"{part['body'][0]['label']} × {part['heads'][0]['label']}" and titled["curve"]["plot"]["rects"]
    erin = browser("erin").get(part["whole"][0].drawer).context_data
    assert erin["count"] == 4, "the rows are those of the reader's reach"
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="customer", field="level", level="none")
    assert browser("alice").get(cells[0].drawer).status_code == 403


def test_every_measure_opens_its_rows(made, browser):
    erin, wrong = browser("erin"), []
    for name in (n for n, m in measures.items() if m.unit != "moment" and getattr(m, "agg", "") != "value"):
        cells = erin.get(f"/analyses/cross?measures={name}&period=this_year").context_data["part"].get("whole", ())
        wrong += [(name, cell.drawer) for cell in cells if cell.drawer and erin.get(cell.drawer).status_code != 200]
    assert not wrong


def test_what_is_worked_out_opens_no_drawer_of_its_own(made, browser):
    derived = next(n for n, m in measures.items() if not hasattr(m, "dataset"))
    assert browser("erin").get(f"/analyses/behind?measures={derived}").status_code in (400, 422)


def test_the_rows_behind_an_amount_say_whose_and_how_much_and_go_along_as_a_table(made, browser):
    customer = made.customer("苏州恒砺精密制造有限公司")
    run("opportunity_create", None, made.actor("alice"), values={"name": "三号线改造", "customer": customer.pk, "amount": "420000"})
    page, there = browser("erin"), "/analyses/rows/?measures=open_amount&f.customer=in:" + str(customer.pk)
    answer = page.get(there, headers={"Referer": "http://testserver/analyses/R094?period=year"})
    seen, text = answer.context_data, answer.content.decode()
    assert seen["columns"][0] == "客户" and seen["lines"][0]["cells"][0] == customer.name and "420,000" in seen["lines"][0]["own"]
    assert '<th scope="col" class="r">在跟金额</th>' in text and 'href="/analyses/R094?period=year"' in text
    assert page.get(there).context_data["back"] == "/analyses"
    sheet = page.get(there + "&as=xlsx")
    lines = [[c.value for c in row] for row in openpyxl.load_workbook(io.BytesIO(b"".join(sheet.streaming_content))).active.iter_rows()]
    assert lines[0][:4] == ["记录", "日期", "在跟金额", "客户"] and (lines[1][0], lines[1][2], lines[1][3]) == ("三号线改造", 420000, customer.name)
