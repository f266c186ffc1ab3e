"""What the workbench says of sales."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.sales import home, stages
from pellucid.sales.models import Opportunity


@pytest.fixture
def sales(world):
    """Two sales of Alice's, one of them standing still, and one of Bob's."""
    customer = world.customer("甲公司")

    def made(name, amount, by="alice"):
        values = {"name": name, "customer": customer.pk, "amount": amount, "expected_on": "2027-01-31"}
        return Opportunity._base_manager.get(pk=run("opportunity_create", None, world.actor(by), values=values).record.pk)

    still, going = made("三号线", "300000"), made("五号线", "120000")
    Opportunity._base_manager.filter(pk=still.pk).update(rots_on=days.today() - dt.timedelta(days=3))
    run("opportunity_next_step", going.pk, world.actor("alice"), {"text": "去现场", "at": timezone.now() + dt.timedelta(days=1)})
    return still, going


def test_what_stands_still_or_has_no_next_step_is_shown_largest_first(world, sales):
    still, _going = sales
    shown = home.attention(world.actor("alice"), {})
    assert [(r["label"], "act" in r) for r in shown["rows"]] == [("三号线", True)]
    assert shown["all"].endswith("&f.owner=me") and f"/opportunities/{still.pk}" == shown["rows"][0]["href"]
    assert "林晓彤" not in shown["rows"][0]["sub"] and "林晓彤" in home.attention(world.actor("sam"), {})["rows"][0]["sub"], (
        "who looks after others is told whose it is")


def test_the_funnel_is_ones_own_or_ones_peoples(world, sales):
    first = stages.first_stage(stages.first_pipeline())
    (row,) = home.funnel(world.actor("alice"), {})["rows"]
    assert (row["label"], row["share"], row["count"]) == (first.label("zh-hans"), 100, "2") and row["amount"] == "42.0 万"
    assert row["href"].endswith(f"f.stage=in:{first.id}&f.owner=me")
    assert home.funnel(world.actor("bob"), {}) is None, "nothing of his own"


def test_the_strip_counts_what_was_won_and_opened(world, sales):
    still, _going = sales
    run("opportunity_win", still.pk, world.actor("alice"), {"amount": Decimal("280000")})
    facts = {f["label"]: f for f in home.strip(world.actor("alice"), {"period": "year"})["facts"]}
    won, opened = facts.values()
    assert (won["value"], won["unit"], opened["value"]) == ("28.0", "万", "2") and won["href"] and len(won["spark"]) == 12
    assert len(home.strip(world.actor("sam"), {})["facts"]) == 3, "who looks after others sees the win rate, too"
