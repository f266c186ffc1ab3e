"""Behind every figure of every named analysis stand exactly its rows: bars, funnels, months and weeks, totals, and both sides of a ratio."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.declare import analyses, measures
from pellucid.kernel.metrics.table import Cell, shown
from pellucid.kernel.records import days, terms
from pellucid.sales import stages

pytestmark = pytest.mark.django_db
EACH = 4  # figures opened of every card and column


@pytest.fixture
def busy(world):
    """Deals of two colleagues, in progress, moved on, won and lost, with a visit to each customer: all of it today."""
    further = next(s.id for s in stages.of_pipeline(stages.first_pipeline()) if s.name_en == "Needs analysis")
    for n, by in enumerate(("alice", "alice", "bob", "alice", "bob")):
        actor, customer = world.actor(by), world.customer(f"客户{n}", by=by, level="A" if n % 2 else "B")
        values = {"name": f"改造{n}", "customer": customer.pk, "amount": str(1000 * (n + 1)), "expected_on": str(days.today())}
        deal = run("opportunity_create", None, actor, values=values).record
        run("followup_create", None, actor, values={"customer": customer.pk, "kind": "visit", "text": "看了现场"})
        run("opportunity_move_stage", deal.pk, actor, {"stage": further})
        if n in (0, 4):
            run("opportunity_win", deal.pk, actor, {})
        elif n == 2:
            run("opportunity_lose", deal.pk, actor, {"loss_reason": terms.find("loss_reason", "budget")})
    return world


def cells(part: dict[str, Any]) -> Iterator[list[Cell]]:
    """The figures of a card, row by row, however it is drawn."""
    for line in part.get("lines", ()):
        if "cell" in line:
            yield [line["cell"]]
        elif "cells" in line:
            yield [c["cell"] if isinstance(c, dict) else c for c in line["cells"] if c]
    if part.get("total"):
        yield list(part["total"])
    yield from (list(t["cells"]) for t in part.get("twin", ()))
    for line in part.get("body", ()):
        yield from (list(c["cells"]) for c in line["cells"])
        yield list(line["total"])
    if part.get("tail"):
        yield [c["cell"] for c in part["tail"]["cells"] if c]


def test_every_figure_opens_exactly_its_rows(busy, browser):
    erin, wrong, seen, ratios, buckets = browser("erin"), [], 0, 0, 0
    for code in analyses:
        page = erin.get(f"/analyses/{code}")
        for part in page.context_data.get("parts", ()):
            opened: dict[str, int] = {}
            for cell in (c for row in cells(part) for c in row):
                if not cell.drawer or not cell.value:
                    continue
                query = parse_qs(urlsplit(cell.drawer).query)
                name, of = query["measures"][0], query.get("of", [""])[0]
                if opened.setdefault(of or name, 0) == EACH:
                    continue
                opened[of or name] += 1
                answer = erin.get(cell.drawer)
                if answer.status_code != 200:
                    wrong.append((code, cell.drawer, answer.status_code))
                    continue
                found, m = answer.context_data, measures[name]
                seen += 1
                ratios += bool(of)
                buckets += "twin" in part
                if not of and m.agg == "count" and found["count"] != cell.value:
                    wrong.append((code, cell.drawer, found["count"], cell.value))
                if not of and m.agg == "sum" and found["total"] != shown(cell.value, m.unit, page.wsgi_request.show):
                    wrong.append((code, cell.drawer, found["total"], cell.value))
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert seen > 100 and ratios and buckets, (seen, ratios, buckets)


def test_a_ratio_opens_its_numerator_and_its_denominator(busy, browser):
    page = browser("erin").get("/analyses/AN16?period=this_year")
    rates = [c for row in cells(page.context_data["parts"][0]) for c in row if "of=win_rate" in c.drawer]
    told = browser("erin").get(rates[-1].drawer).context_data
    assert [f["value"] for f in told["facts"][:3]] == ["66.7%", "1", "2"]  # the whole: two won, one lost
    lost = browser("erin").get(told["facts"][1]["drawer"]).context_data
    assert lost["count"] == 1 and lost["facts"][-1]["value"] == "1" and told["count"] == 2


def test_who_has_nothing_has_a_row_and_no_column_says_so(busy, browser):
    run("staff_hire", None, busy.actor("admin"), {"name": "顾维民", "unit": busy.units["hq"].pk, "entry_on": "2020-01-05"})
    part = browser("erin").get("/analyses/AN16?period=this_year").context_data["parts"][0]
    assert part["columns"][0]["label"] == "赢单金额" and "在职人数" not in [c["label"] for c in part["columns"]]
    assert "顾维民" in [line["label"] for line in part["lines"]], "whoever is employed appears, also with nothing"
