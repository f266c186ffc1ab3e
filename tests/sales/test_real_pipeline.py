"""A year of another company's opportunities through the command: every figure known of them comes out of the measures, as of any day."""

from __future__ import annotations

import argparse
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Count, Q

from pellucid.customers.models import Customer
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Unit, User
from pellucid.kernel.access.sessions import issue_token
from pellucid.kernel.exchange import import_command
from pellucid.kernel.history.selectors import as_of, periods
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.metrics.drill import behind
from pellucid.kernel.records import days
from pellucid.kernel.records.days import Days
from pellucid.people.models import Staff
from pellucid.products.models import Product
from pellucid.sales.models import Opportunity, OpportunityLine
from tests.databases import ROOT

FILES = next((found for up in Path(ROOT).parents if (found := up / "shared" / "data" / "maven_crm").is_dir()), Path("shared/data/maven_crm"))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not FILES.is_dir(), reason=f"the real files are not in {FILES}")]
END = dt.date(2017, 12, 31)


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    import_command.add_arguments(parser)
    return import_command.main(parser.parse_args(words))


@pytest.fixture
def pipeline(world, capsys):
    """Units and people, accounts, products, and the opportunities, through their shipped mappings."""
    for file, mapping in (("sales_teams", "maven_sales_teams"), ("accounts", "maven_accounts"), ("products", "maven_products")):
        assert command(str(FILES / f"{file}.csv"), "--mapping", mapping, "--as", "admin") == 0
    assert command(str(FILES / "sales_pipeline.csv"), "--mapping", "maven_pipeline", "--as", "admin") == 0
    assert "rows 8,800, imported 8,800" in capsys.readouterr().out
    return world


def ask(*measures: str, by: str = "", first: dt.date | None = None, last: dt.date = END, **more) -> dict:
    """Measures of a period, as erin sees them who may see everything: {value of the dimension: its cells}."""
    actor = Actor.of(User.objects.get(username="erin"))
    period = Days(first, last + dt.timedelta(days=1))
    found = answer(actor, Ask(measures, by=(by,) if by else (), period=period, asof=last, **more))
    cells = {line.values[0] if by else None: line.cells for line in found.lines}
    return {key: tuple(c[m] for m in measures) if len(measures) > 1 else c[measures[0]] for key, c in cells.items()}


def named(found: dict, names: dict) -> dict:
    """The same by name, what is 0 left out."""
    return {names[key]: value for key, value in found.items() if any(value if isinstance(value, tuple) else (value,))}


def test_every_known_figure(pipeline, browser, client):
    states_people_and_time()
    accounts_products_and_days_to_close()
    the_page_says_the_same(browser)
    the_api_says_the_same(client)
    what_the_file_does_not_say_is_kept_and_marked()


def states_people_and_time() -> None:
    today = days.today()
    assert dict(as_of(Opportunity, today).values_list("stage__name_en").annotate(n=Count("id"))) == {
        "Won": 4238, "Lost": 2473, "Needs analysis": 1589, "Confirmed": 500}
    assert ask("open_count", "won_count", "lost_count", "won_opp_amount") == {None: (1589, 4238, 2473, 10_005_534)}, (
        "those without an opening day count in no past figure")
    assert round(ask("win_rate")[None] * 100, 4) == Decimal("63.1501")
    assert ask("open_count", last=dt.date(2017, 6, 30)) == {None: 1686}
    assert ask("open_count", last=today) == {None: 1589 + 500}

    # offices, managers, quarters
    units, users = dict(Unit.objects.values_list("id", "name")), dict(User.objects.values_list("id", "name"))
    assert named(ask("won_opp_amount", "won_count", by="branch"), units) == {
        "West": (3_568_647, 1438), "Central": (3_346_293, 1629), "East": (3_090_594, 1171)}
    assert named(ask("won_opp_amount", by="manager"), users) == {
        "Melvin Marxen": 2_251_930, "Summer Sewald": 1_964_750, "Rocco Neubert": 1_960_545, "Celia Rouche": 1_603_897, "Cara Losch": 1_130_049,
        "Dustin Brinkmann": 1_094_363}
    quarters = answer(Actor.system(), Ask(("won_opp_amount",), grain="quarter", period=Days(dt.date(2017, 1, 1), dt.date(2018, 1, 1))))
    assert [line.cells["won_opp_amount"] for line in quarters.lines] == [1_134_672, 3_086_111, 2_982_255, 2_802_496]

    # people: the best by rate and by value, and the five who have none
    people = ask("win_rate", "won_count", "lost_count", "won_opp_amount", by="owner")
    best = max(people, key=lambda owner: people[owner][0] or 0)
    assert (users[best], people[best][1], people[best][1] + people[best][2]) == ("Hayden Neloms", 107, 152)
    first = max(people, key=lambda owner: people[owner][3])
    assert (users[first], people[first][3], people[first][1]) == ("Darcel Schlecht", 1_153_214, 349)
    agents = set(Staff.objects.filter(manager__isnull=False).values_list("user_id", flat=True))
    everybody = ask("headcount", "new_opportunities", by="owner", last=today)
    assert len(agents) == 35 and agents <= everybody.keys()
    assert sum(1 for agent in agents if everybody[agent] == (1, 0)) == 5


def accounts_products_and_days_to_close() -> None:
    accounts = named(ask("won_opp_amount", by="customer"), {None: None} | dict(Customer.objects.values_list("id", "name")))
    assert None not in accounts, "whoever bought is known"
    top = max(accounts, key=accounts.__getitem__)
    assert (top, accounts[top]) == ("Kan-code", 341_455)
    assert named(ask("won_opp_amount", by="product"), dict(Product.objects.values_list("id", "name"))) == {
        "GTX Pro": 3_510_578, "GTX Plus Pro": 2_629_651, "MG Advanced": 2_216_387, "GTX Plus Basic": 705_275, "GTX Basic": 499_263,
        "GTK 500": 400_612, "MG Special": 43_768}
    lengths = ask("cycle_days_mean", "cycle_days", "lost_days_mean", "lost_days")[None]
    assert [round(Decimal(n), 4) for n in lengths] == [Decimal("51.7820"), 57, Decimal("41.4792"), 14]


def the_page_says_the_same(browser) -> None:
    erin = Actor.of(User.objects.get(username="erin"))
    summer = Ask(("open_count",), asof=dt.date(2017, 6, 30))
    assert len(list(behind(erin, "open_count", summer))) == 1686, "a number opens exactly its rows"
    page = browser("erin").get("/analyses/cross?measures=open_count&asof=2017-06-30").content.decode()
    assert "1,686" in page


def the_api_says_the_same(client) -> None:
    erin = User.objects.get(username="erin")
    secret = issue_token(erin, "numbers", ["read"], None)[1]

    def get(path: str) -> dict:
        return client.get(f"/api/v1/{path}", HTTP_AUTHORIZATION=f"Bearer {secret}").json()

    def cells(query: str) -> dict:
        return get(f"measures/answer?until=2017-12-31&asof=2017-12-31&measures={query}")["lines"][0]["cells"]

    whole = cells("open_count,won_count,lost_count,won_opp_amount,win_rate,cycle_days_mean")
    assert [whole[n] for n in ("open_count", "won_count", "lost_count", "won_opp_amount")] == [1589, 4238, 2473, 10_005_534]
    assert (round(Decimal(whole["win_rate"]) * 100, 4), round(Decimal(whole["cycle_days_mean"]), 4)) == (Decimal("63.1501"), Decimal("51.7820"))
    found = get("measures/answer?measures=won_opp_amount,won_count&by=branch&until=2017-12-31&asof=2017-12-31")
    offices = {line["values"]["branch"]["label"]: (line["cells"]["won_opp_amount"], line["cells"]["won_count"]) for line in found["lines"]}
    assert {k: offices[k] for k in ("West", "Central", "East")} == {
        "West": (3_568_647, 1438), "Central": (3_346_293, 1629), "East": (3_090_594, 1171)}
    behind_ = get("measures/rows?measures=open_count&asof=2017-06-30&size=200")
    assert (behind_["count"], behind_["value"], len(behind_["items"])) == (1686, 1686, 200)
    moved = get("changes/AN14-change?from=2017-06-30&until=2017-12-31")["figures"]["count"]
    effects = {part["part"]: part["effect"] for part in moved["parts"]}
    assert (moved["opening"], moved["closing"]) == (1686, 1589) and sum(effects.values()) == 1589 - 1686
    assert effects["new"] > 0 and effects["won"] < 0 and effects["lost"] < 0 and not effects["removed"]


def what_the_file_does_not_say_is_kept_and_marked() -> None:
    assert Opportunity.objects.count() == 8800
    assert Opportunity.objects.filter(customer=None).count() == 1425
    assert Opportunity.objects.filter(opened_on=None).count() == 500
    assert Opportunity.objects.filter(incomplete=True).count() == Opportunity.objects.filter(Q(customer=None) | Q(opened_on=None)).count()
    assert as_of(Opportunity, days.today() - dt.timedelta(days=1)).filter(stage__name_en="Confirmed").count() == 0
    assert Opportunity.objects.filter(product__name="GTX Pro").count() == OpportunityLine.objects.filter(product__name="GTX Pro").count() == 1480
    one = Opportunity.objects.get(number="1C1I7A6R")
    told = [(p.value, days.day_of(p.start).isoformat()) for p in periods(Opportunity, one.pk, "state")]
    assert told == [("open", "2016-10-20"), ("won", "2017-03-01")]
    assert one.amount == 1054 and one.closed_on == dt.date(2017, 3, 1) and one.name == "Cancity · GTX Plus Basic"
    assert set(Customer.objects.values_list("customer_class", flat=True)) == {4}, "whoever bought is a customer who orders"
    assert command(str(FILES / "sales_pipeline.csv"), "--mapping", "maven_pipeline", "--as", "admin") == 0
    assert Opportunity.objects.count() == 8800, "the second time every row is there already"
