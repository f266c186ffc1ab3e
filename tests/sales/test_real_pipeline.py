"""A year of another company's opportunities through the command: every figure known of them comes out of the spans, as of any day."""

from __future__ import annotations

import argparse
import datetime as dt
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import mean, median

import pytest
from django.db.models import Count, OuterRef, Q, Subquery, Sum

from pellucid.customers.models import Customer
from pellucid.kernel.access.models import User
from pellucid.kernel.exchange import import_command
from pellucid.kernel.history.selectors import as_of, moment, periods
from pellucid.kernel.history.span_models import span_model
from pellucid.kernel.records import days
from pellucid.people.models import Staff
from pellucid.sales.models import Opportunity, OpportunityLine
from tests.databases import ROOT

FILES = next((found for up in Path(ROOT).parents if (found := up / "shared" / "data" / "maven_crm").is_dir()), Path("shared/data/maven_crm"))
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not FILES.is_dir(), reason=f"the real files are not in {FILES}")]
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


def at(day: dt.date = END, **where):
    """Opportunities as of the end of a day."""
    return as_of(Opportunity, day).filter(**where)


def won(by: str, day: dt.date = END) -> dict:
    found = at(day, state="won").values_list(by).annotate(v=Sum("amount"), n=Count("id")).order_by()
    return {key: (int(v), n) for key, v, n in found}


def test_every_known_figure(pipeline):
    states_people_and_time()
    accounts_products_and_days_to_close()
    what_the_file_does_not_say_is_kept_and_marked()


def states_people_and_time() -> None:
    today = dt.date.today()
    assert dict(as_of(Opportunity, today).values_list("stage__name_en").annotate(n=Count("id"))) == {
        "Won": 4238, "Lost": 2473, "Needs analysis": 1589, "Confirmed": 500}
    states = dict(at().values_list("state").annotate(n=Count("id")))
    assert states == {"won": 4238, "lost": 2473, "open": 1589}, "those without an opening day count in no past figure"
    assert at(state="won").aggregate(v=Sum("amount"))["v"] == 10_005_534
    assert round(states["won"] / (states["won"] + states["lost"]) * 100, 4) == 63.1501
    assert at(dt.date(2017, 6, 30), state="open").count() == 1686

    # offices, managers, quarters
    assert won("branch__name") == {"West": (3_568_647, 1438), "Central": (3_346_293, 1629), "East": (3_090_594, 1171)}
    boss = dict(Staff.objects.filter(manager__isnull=False).values_list("user_id", "manager__name"))
    managers: dict[str, int] = {}
    for owner, (value, _n) in won("owner").items():
        managers[boss[owner]] = managers.get(boss[owner], 0) + value
    assert managers == {"Melvin Marxen": 2_251_930, "Summer Sewald": 1_964_750, "Rocco Neubert": 1_960_545, "Celia Rouche": 1_603_897,
                        "Cara Losch": 1_130_049, "Dustin Brinkmann": 1_094_363}
    ends = [dt.date(2016, 12, 31), dt.date(2017, 3, 31), dt.date(2017, 6, 30), dt.date(2017, 9, 30), END]
    totals = [int(at(day, state="won").aggregate(v=Sum("amount"))["v"] or 0) for day in ends]
    assert [b - a for a, b in pairwise(totals)] == [1_134_672, 3_086_111, 2_982_255, 2_802_496]

    # people: the best by rate and by value, and the five who have none
    closed = at(state__in=("won", "lost")).values_list("owner").annotate(w=Count("id", filter=Q(state="won")), n=Count("id")).order_by()
    rates = {owner: (wins, n) for owner, wins, n in closed}
    names = dict(User.objects.values_list("id", "name"))
    best = max(rates, key=lambda o: rates[o][0] / rates[o][1])
    assert (names[best], rates[best]) == ("Hayden Neloms", (107, 152))
    first, value = max(won("owner").items(), key=lambda item: item[1])
    assert (names[first], value) == ("Darcel Schlecht", (1_153_214, 349))
    agents = Staff.objects.filter(manager__isnull=False)
    dealt = as_of(Opportunity, today).filter(owner=OuterRef("user_id")).order_by().values("owner").annotate(n=Count("id")).values("n")
    assert agents.count() == 35 and agents.annotate(n=Subquery(dealt)).filter(n=None).count() == 5


def accounts_products_and_days_to_close() -> None:
    end = moment(END)
    spans = {s.id: s for s in at(state="won")}
    accounts = dict(Opportunity.objects.filter(pk__in=spans).values_list("customer__name").annotate(v=Sum("amount")))
    accounts.pop(None, None)
    top = max(accounts, key=accounts.__getitem__)
    assert (top, int(accounts[top])) == ("Kan-code", 341_455)
    sold: dict[str, Decimal] = {}
    for name, pk in OpportunityLine.objects.filter(opportunity__in=spans).values_list("product__name", "opportunity"):
        sold[name] = sold.get(name, Decimal(0)) + spans[pk].amount
    assert sold == {"GTX Pro": 3_510_578, "GTX Plus Pro": 2_629_651, "MG Advanced": 2_216_387, "GTX Plus Basic": 705_275,
                    "GTX Basic": 499_263, "GTK 500": 400_612, "MG Special": 43_768}
    begun = dict(span_model(Opportunity).objects.filter(state="open", valid_to__lte=end).values_list("id", "valid_from"))
    for state, average, middle in (("won", "51.7820", 57), ("lost", "41.4792", 14)):
        lengths = [round((s.valid_from - begun[s.id]) / dt.timedelta(days=1)) for s in at(state=state)]
        assert f"{mean(lengths):.4f}" == average and median(lengths) == middle


def what_the_file_does_not_say_is_kept_and_marked() -> None:
    assert Opportunity.objects.count() == 8800
    assert Opportunity.objects.filter(customer=None).count() == 1425
    assert Opportunity.objects.filter(opened_on=None).count() == 500
    assert Opportunity.objects.filter(incomplete=True).count() == Opportunity.objects.filter(Q(customer=None) | Q(opened_on=None)).count()
    assert as_of(Opportunity, dt.date.today() - dt.timedelta(days=1)).filter(stage__name_en="Confirmed").count() == 0
    assert Opportunity.objects.filter(product__name="GTX Pro").count() == 1480
    one = Opportunity.objects.get(number="1C1I7A6R")
    told = [(p.value, days.day_of(p.start).isoformat()) for p in periods(Opportunity, one.pk, "state")]
    assert told == [("open", "2016-10-20"), ("won", "2017-03-01")]
    assert one.amount == 1054 and one.closed_on == dt.date(2017, 3, 1) and one.name == "Cancity · GTX Plus Basic"
    assert set(Customer.objects.values_list("customer_class", flat=True)) == {4}, "whoever bought is a customer who orders"
    assert command(str(FILES / "sales_pipeline.csv"), "--mapping", "maven_pipeline", "--as", "admin") == 0
    assert Opportunity.objects.count() == 8800, "the second time every row is there already"
