"""Another company's invoices through the command: every known figure comes out of the measures, the page and the API."""

from __future__ import annotations

import argparse
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.access.sessions import issue_token
from pellucid.kernel.exchange import import_command
from pellucid.kernel.metrics.answer import answer
from pellucid.kernel.metrics.declare import Ask
from pellucid.kernel.records.days import Days
from pellucid.kernel.records.models import Term
from pellucid.orders.models import Contract, Instalment, Order, Receipt
from tests.databases import ROOT

FILES = next((found for up in Path(ROOT).parents if (found := up / "shared" / "data" / "receivables").is_dir()), Path("shared/data/receivables"))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not FILES.is_dir(), reason=f"the real file is not in {FILES}")]
INVOICES = FILES / "accounts_receivable.csv"
PERIOD = Days(dt.date(2012, 1, 1), dt.date(2014, 3, 1))
D = Decimal


def command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    import_command.add_arguments(parser)
    return import_command.main(parser.parse_args(words))


def ask(*measures: str, by: str = "", asof: dt.date | None = None) -> dict:
    """Measures as erin sees them: {value of the dimension: its cells}."""
    actor = Actor.of(User.objects.get(username="erin"))
    found = answer(actor, Ask(measures, by=(by,) if by else (), period=PERIOD, asof=asof))
    return {line.values[0] if by else None: tuple(line.cells[m] for m in measures) for line in found.lines}


def test_every_known_figure(world, browser, client, capsys):
    for mapping, new in (("receivables_customers", 100), ("receivables_contracts", 100), ("receivables_invoices", 2466)):
        assert command(str(INVOICES), "--mapping", mapping, "--as", "admin") == 0, capsys.readouterr().err
        assert f"imported {new:,}".replace(",", "") in capsys.readouterr().out.replace(",", ""), mapping
    assert (Contract.objects.count(), Order.objects.count(), Instalment.objects.count(), Receipt.objects.count()) == (100, 2466, 2466, 2466)
    totals = ask("instalments_owed", "became_owed", "late_instalments", "late_amount", "disputed_instalments", "most_days_late", "payment_days")[None]
    assert totals[:6] == (2466, D("147703.18"), 877, D("53960.78"), 561, 45) and round(D(totals[6]), 4) == D("26.4448")
    for day, wanted in ((dt.date(2012, 12, 31), {0: (D("4936.32"), 86), 1: (D("788.74"), 13)}),
                        (dt.date(2013, 6, 30), {0: (D("4284.29"), 72), 1: (D("835.56"), 12)})):  # fmt: skip
        found = ask("receivable", "open_instalments", by="due_age", asof=day)
        assert {k: v for k, v in found.items() if v[1]} == wanted, day
    payers = ask("late_instalments", "instalments_owed", by="customer")
    worst = max(payers, key=lambda k: payers[k][0])
    assert payers[worst] == (32, 34) and Contract.objects.get(customer=worst).name == "0688-XNJRO"
    codes = dict(Term.objects.filter(dictionary="region").values_list("id", "code"))
    countries = {codes[k].removeprefix("country "): v for k, v in ask("instalments_owed", "became_owed", by="region").items() if k and v[0]}
    assert countries == {"391": (616, D("40048.96")), "406": (561, D("39422.91")), "770": (506, D("27380.77")), "818": (387, D("24502.06")),
                         "897": (396, D("16348.48"))}  # fmt: skip
    page = browser("erin").get("/analyses/R158?from=2012-01-01&until=2014-02-28").content.decode()
    for said in ("0688-XNJRO", "2,466", "877"):
        assert said in page, said
    secret = issue_token(User.objects.get(username="erin"), "numbers", ["read"], None)[1]
    told = client.get("/api/v1/measures/answer?measures=receivable,late_instalments&asof=2012-12-31", HTTP_AUTHORIZATION=f"Bearer {secret}").json()
    assert told["lines"][0]["cells"]["receivable"] == "5725.06", told
    assert command(str(INVOICES), "--mapping", "receivables_invoices", "--as", "admin") == 0
    assert Order.objects.count() == 2466, "the second time every invoice is there already"
