"""Another company's leads and what came of them, through the command: every known figure comes out of the measures and the page."""

from __future__ import annotations

import argparse
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pellucid.customers.models import Customer, Lead
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.access.sessions import issue_token
from pellucid.kernel.exchange import import_command
from pellucid.kernel.exchange.mapping import Plan, shipped
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.exchange.remembered import remember
from pellucid.kernel.history.selectors import as_of, periods
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.models import Term
from pellucid.sales.models import Opportunity
from tests.databases import ROOT

FILES = next((found for up in Path(ROOT).parents if (found := up / "shared" / "data" / "olist").is_dir()), Path("shared/data/olist"))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not FILES.is_dir(), reason=f"the real files are not in {FILES}")]
LEADS, DEALS = FILES / "olist_marketing_qualified_leads_dataset.csv", FILES / "olist_closed_deals_dataset.csv"
BY_ORIGIN = {
    "organic_search": (2296, 271), "paid_search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179), "direct_traffic": (499, 56),
    "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6), "other_publicities": (65, 3), None: (60, 14),
}  # fmt: skip


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    import_command.add_arguments(parser)
    return import_command.main(parser.parse_args(words))


def ask(*measures: str, by: str = "") -> dict:
    """Measures of all leads that came in, as erin sees them: {value of the dimension: its cells}."""
    actor = Actor.of(User.objects.get(username="erin"))
    found = answer(actor, Ask(measures, by=(by,) if by else (), period=Days(dt.date(2017, 6, 1), dt.date(2018, 6, 1))))
    return {line.values[0] if by else None: tuple(line.cells[m] for m in measures) for line in found.lines}


def test_every_known_figure(world, browser, client, capsys):
    through_the_wizard(world, browser("admin"))
    for file, mapping in ((DEALS, "olist_sellers"), (DEALS, "olist_deals")):
        assert command(str(file), "--mapping", mapping, "--as", "admin") == 0, capsys.readouterr().err
    assert capsys.readouterr().out.count("rows 842, imported 842") == 2
    by_origin_and_in_time()
    people_and_segments()
    the_impossible_one_is_kept_and_shown(browser)
    the_page_says_the_same(browser)
    the_api_says_the_same(client)
    for file, mapping in ((LEADS, "olist_leads"), (DEALS, "olist_deals")):
        assert command(str(file), "--mapping", mapping, "--as", "admin") == 0
    assert (Lead.objects.count(), Opportunity.objects.count()) == (8000, 842), "the second time every row is there already"


def through_the_wizard(world, admin) -> None:
    """The file as somebody brings it in who has kept the mapping: it is found by the headings, and one column may fill two fields."""
    key, kept = shipped("olist_leads")
    headers = LEADS.open().readline().strip().split(",")
    remember(key, world.actor("admin"), headers, Plan.from_json(kept), shared=True)
    here = admin.post("/leads/import", {"file": SimpleUploadedFile(LEADS.name, LEADS.read_bytes())}).url
    shown = admin.get(here).content.decode()
    assert 'value="number" selected' in shown and 'value="origin" selected' in shown and "同时填入公司或个人" in shown
    assert admin.post(here, {"policy": "skip"}).url == here
    assert ImportRun.objects.get().checked["failed"] == 0
    assert admin.post(here, {"policy": "skip"}).url == here + "/confirm"
    assert admin.post(here + "/confirm").url == here + "/run"
    work_off()
    done = ImportRun.objects.get()
    assert (done.imported, done.updated, done.skipped, done.failed) == (8000, 0, 0, 0)


def by_origin_and_in_time() -> None:
    codes = {None: None} | dict(Term.objects.filter(dictionary="origin").values_list("id", "code"))
    found = {codes[key]: cells for key, cells in ask("new_leads", "converted_leads", by="origin").items()}
    assert {key: cells for key, cells in found.items() if any(cells)} == BY_ORIGIN, "unknown is an origin, empty is none"
    leads, deals, rate = ask("new_leads", "converted_leads", "lead_conversion")[None]
    assert (leads, deals, round(rate * 100, 3)) == (8000, 842, Decimal("10.525"))
    mean, median, most = ask("conversion_days_mean", "conversion_days", "conversion_days_most")[None]
    assert (round(Decimal(mean), 4), median, most) == (Decimal("48.4406"), 14, 427)
    won = dict(as_of(Lead, dt.date(2018, 6, 30)).filter(state="converted").values_list("id", "state"))
    expected = set(Opportunity.objects.filter(closed_on__lte=dt.date(2018, 6, 30)).values_list("lead", flat=True))
    assert set(won) == expected, "converted since the day it was won"


def people_and_segments() -> None:
    judged = {key: n for key, (n,) in ask("converted_leads", by="judged_by").items() if key and n}
    sellers = set(Opportunity.objects.values_list("owner", flat=True))
    assert (len(judged), len(sellers), len(sellers & judged.keys())) == (32, 22, 13)
    assert len(set(Customer.objects.exclude(business=None).values_list("business", flat=True))) == 33
    both = [Term.objects.get(dictionary="customer_tag", code=code).pk for code in ("cat", "wolf")]
    assert Customer.objects.filter(tags__contains=both).count() == 8, "a cell of two values is two tags"


def the_impossible_one_is_kept_and_shown(browser) -> None:
    odd = Lead.objects.exclude(problem="").get()
    assert odd.problem == "early" and (days.day_of(odd.converted_at) - days.day_of(odd.received_at)).days == -2
    assert odd.state == "converted" and [p.value for p in periods(Lead, odd.pk, "state")][-1] == "converted"
    page = browser("erin").get("/leads/?view=problems").content.decode()
    assert odd.name in page and page.count(f"/leads/{odd.pk}") and Lead.objects.exclude(pk=odd.pk).first().name not in page
    assert ask("lead_problems")[None] == (1,)


def the_page_says_the_same(browser) -> None:
    page = browser("erin").get("/analyses/R040?from=2017-06-01&until=2018-05-31").content.decode()
    for n in ("2,296", "271", "1,099", "179", "8,000", "842", "10.5"):
        assert n in page, n


def the_api_says_the_same(client) -> None:
    erin = User.objects.get(username="erin")
    secret = issue_token(erin, "numbers", ["read"], None)[1]

    def get(path: str) -> dict:
        return client.get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {secret}").json()

    period = "from=2017-06-01&until=2018-05-31"
    found = get(f"measures/answer?measures=new_leads,converted_leads&by=origin&{period}")["lines"]
    table = {(line["values"]["origin"] or {}).get("label"): (line["cells"]["new_leads"], line["cells"]["converted_leads"]) for line in found}
    assert sorted(cells for cells in table.values() if any(cells)) == sorted(BY_ORIGIN.values()) and len(table) >= len(BY_ORIGIN)
    whole = get(f"measures/answer?measures=new_leads,converted_leads,lead_conversion,conversion_days,lead_problems&{period}")["lines"][0]["cells"]
    assert (whole["new_leads"], whole["converted_leads"], round(Decimal(whole["lead_conversion"]) * 100, 3)) == (8000, 842, Decimal("10.525"))
    assert (whole["conversion_days"], whole["lead_problems"]) == (14, 1), "what cannot be is counted, not dropped"
    odd = get(f"measures/rows?measures=lead_problems&{period}")
    assert odd["count"] == 1 and Lead.objects.exclude(problem="").get().name in str(odd["items"])
