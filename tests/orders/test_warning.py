"""Who may stop paying: tried on worlds whose truth is known, on the rows of a company, and on another company's real invoices."""

from __future__ import annotations

import csv
import datetime as dt

import pytest

from pellucid.kernel.records import days
from pellucid.orders import debtors, warning_pages
from pellucid.orders.actions import warnings
from pellucid.orders.models import PaymentLook, PaymentWarning
from pellucid.orders.warning import DAY, Bill, Card, Dealing, Reason, band, learn, signals
from tests.counts import count
from tests.orders.making import D, receipt, signed
from tests.orders.test_real_receivables import FILES, INVOICES
from tests.orders.warning_backtest import beside

ON = dt.date(2026, 6, 30)


# ------------------------------------------------------------------------------------------------ the proof
@pytest.mark.parametrize("regime", ["strong", "weak", "none"])
def test_it_finds_more_and_sooner_where_there_are_signs_and_claims_nothing_where_there_are_none(regime):
    found = [beside(regime, seed, 2000) for seed in range(count(1, 10))]
    if regime == "none":
        assert not any(one.claims or one.score for one in found), found
        return
    assert all(one.claims and one.score > one.rule for one in found), found
    gained = sorted(n for one in found for n in one.gained)
    assert gained[len(gained) // 2] >= 30, "half of those found are found a month sooner than by what is overdue"


# ------------------------------------------------------------------------------------------------ what is seen
def bills(*late: int | None, step: int = 30, first: dt.date = dt.date(2025, 10, 1)) -> list[Bill]:
    """Bills a month apart, each paid so many days late; None: not paid."""
    out = []
    for n, by in enumerate(late):
        billed = first + n * step * DAY
        due = billed + 30 * DAY
        out.append(Bill(billed, due, 100.0, None if by is None else due + by * DAY))
    return out


def test_signals_are_read_against_the_habit_and_know_nothing_later():
    steady = Dealing(bills(0, 2, 1, 0, 2, 1, 0))
    assert signals(steady, ON) == {"disputes": 0, "overdue": 0, "habit": 0.5, "drift": (3 * 0 + 2 * 1 + 2) / 6 - 0.5}
    slow = Dealing(bills(0, 0, 0, 0, 10, 20, 30))
    assert signals(slow, ON)["drift"] == (3 * 30 + 2 * 20 + 10) / 6
    before = signals(slow, dt.date(2026, 4, 20))  # four bills were paid, the fifth was not due so long
    slow.bills[-1].paid = None
    assert signals(slow, dt.date(2026, 4, 20)) == before
    always = Dealing(bills(25, 25, 25, 25, 25, 25, None))
    late = (ON - always.bills[-1].due).days
    assert signals(always, ON)["overdue"] == late - 25, "what is usual is no alarm"


def test_silence_credit_and_disputes():
    one = Dealing(bills(0, None), [dt.date(2026, 3, 1) + n * 10 * DAY for n in range(5)], limit=200.0)
    one.bills[0].disputed = dt.date(2026, 5, 1)
    seen = signals(one, ON)
    assert seen["silence"] == (ON - dt.date(2026, 4, 10)).days / 10 and seen["use"] == 0.5 and seen["disputes"] == 1
    assert "drift" not in seen, "two bills make no habit"


def test_weights_explain_the_score_and_thin_evidence_claims_nothing():
    first = [({"disputes": 2}, True)] * 30 + [({"disputes": 0}, False)] * 270
    apart = [({"disputes": 2}, True, n) for n in range(15)] + [({"disputes": 0}, False, 100 + n) for n in range(185)]
    card = learn(first, apart)
    assert card.claims and card.lift == 10
    (reason,) = card.reasons({"disputes": 3})
    assert reason == Reason("disputes", 3, card.score({"disputes": 3})) and reason.points > 0 > card.score({"disputes": 0})
    assert card.chance(card.score({"disputes": 2})) > card.chance(card.score({"disputes": 0}))
    assert not learn(first, apart[10:]).claims, "five that stopped are too few"
    assert not learn([], []).claims and learn([], []).score({"disputes": 2}) == 0
    assert [band("disputes", n) for n in (0, 1, 2, 5)] == [0, 1, 2, 2]


# ------------------------------------------------------------------------------------------------ in the product
def rules_of(*reasons: tuple[str, tuple[float, ...]]) -> Card:
    return Card(dict(reasons), 0.05, ((-9.0, 0.01), (0.5, 0.25)), 4.0, claims=True)


@pytest.fixture
def late_payer(world):
    """One instalment 20 days overdue, nothing written off."""
    return signed(world, "1000", plan="款到发货", on=str(days.today() - 20 * DAY), customer=world.customer("迟付", by="alice"))


@pytest.mark.django_db
def test_debtors_are_what_the_ledger_says(world, late_payer):
    today = days.today()
    (one,) = debtors.debtors(today).values()
    (bill,) = one.bills
    assert (bill.billed, bill.amount, bill.paid) == (late_payer.signed_on, 1130.0, None) and one.lost is None
    paid = receipt(world, late_payer, "1130")
    assert paid.free == 1130
    assert debtors.debtors(today + 120 * DAY)[late_payer.customer_id].lost == bill.due + 91 * DAY
    assert debtors.overdue_longer({1: one}, today, 5) == ([1] if (today - bill.due).days > 5 else [])
    assert debtors.is_stopped(one, bill.due + 91 * DAY) and not debtors.is_stopped(one, bill.due + 90 * DAY)


def test_a_silence_no_longer_than_usual_is_no_reason():
    one = PaymentWarning(customer_id=1, reasons="overdue 21;silence 0.8;silence 1.02;silence 1.1")
    told = [warning_pages.sentence("overdue", 21), warning_pages.sentence("silence", 1.1)]
    assert [reason["label"] for reason in warning_pages.reasons_of(one, 4)] == told


@pytest.mark.django_db
def test_a_warning_comes_with_reasons_within_reach_and_goes_when_they_are_gone(world, late_payer, browser, monkeypatch):
    monkeypatch.setattr(warnings, "learnt", lambda found, today: rules_of(("overdue", (0.0, 0.4, 0.9, 1.5, 2.0))))
    warnings.look()
    (one,) = PaymentWarning.objects.all()
    assert (one.customer_id, one.owed, one.chance, one.reason, one.since) == (late_payer.customer_id, D("1130.00"), 25, "overdue", days.today())
    page = browser("alice").get("/p/orders/warnings")
    (line,) = page.context_data["lines"]
    assert line["label"] == "迟付" and line["chance"]["label"] == "25%" and len(line["reasons"]) == 1
    assert browser("alice").get(line["reasons"][0]["href"]).status_code == 200
    assert browser("bob").get("/p/orders/warnings").context_data["lines"] == []
    assert browser("walt").get("/p/orders/warnings").status_code in (403, 404)
    beside_it = warning_pages.beside(late_payer.customer, world.actor("alice"))
    assert beside_it and beside_it["tag"]["tone"] == "bad" and len(beside_it["rows"]) == 1
    assert warning_pages.beside(late_payer.customer, world.actor("bob")) is None
    monkeypatch.setattr(warnings, "learnt", lambda found, today: Card({}, 0.0, (), 0.0, claims=False))
    warnings.look()
    assert not PaymentWarning.objects.exists() and not PaymentLook.objects.get().claims
    page = browser("alice").get("/p/orders/warnings")
    assert not page.context_data["claims"] and "/instalments/?view=overdue" in page.content.decode()


@pytest.mark.parametrize("signal", sorted(PaymentWarning.Reason.values))
def test_every_reason_has_words_and_a_place(signal):
    said = {warning_pages.sentence(signal, value) for value in (0.0, 1.4, 12.0)}
    assert all(said) and len(said) > 1 and warning_pages.source(signal, 7).startswith("/")


# ------------------------------------------------------------------------------------------------ real invoices
@pytest.mark.skipif(not FILES.is_dir(), reason=f"the real file is not in {FILES}")
def test_real_invoices_learnt_before_2013_foretell_lateness_after(capsys):
    """What is told is the lift, whatever it is; it stands in docs/figures.md."""
    def day(text: str) -> dt.date:
        month, n, year = map(int, text.split("/"))
        return dt.date(year, month, n)

    border, payers = dt.date(2013, 1, 1), {}
    with INVOICES.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            due, disputed = day(row["DueDate"]), row["Disputed"].strip().lower() == "yes"
            payers.setdefault(row["customerID"], Dealing()).bills.append(
                Bill(day(row["InvoiceDate"]), due, float(row["InvoiceAmount"]), day(row["SettledDate"]), due if disputed else None))
    assert len(payers) == 100
    seen = [(b.billed, signals(one, b.billed), (b.paid - b.due).days > 0) for one in payers.values() for b in one.bills if b.paid]
    before = [(s, late) for on, s, late in seen if on < border]
    after = [(s, late) for on, s, late in seen if on >= border]
    card = learn(before, [])
    rate = sum(late for _s, late in after) / len(after)
    ranked = sorted(after, key=lambda x: -card.score(x[0]))
    lifts = {}
    for part in (0.1, 0.2, 0.5):
        top = ranked[: round(part * len(ranked))]
        lifts[part] = sum(late for _s, late in top) / len(top) / rate
    with capsys.disabled():
        print(f"\nreal invoices: learnt from {len(before)}, tried on {len(after)}, late {rate:.1%}, lift {lifts}")
    assert len(seen) == 2466 and 0.2 < rate < 0.5 and lifts[0.1] > 1
