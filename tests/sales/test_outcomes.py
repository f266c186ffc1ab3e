"""What a colleague is selling, and what came of a scheme: exact counts, within the reader's reach."""

from __future__ import annotations

import datetime as dt

import pytest

from pellucid.collaboration.models import PlanRun, PlanStep
from pellucid.customers.models import Scheme
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from pellucid.people.models import Staff
from pellucid.sales.outcome_pages import of_scheme, of_staff

pytestmark = pytest.mark.django_db


def sale(world, customer, by="alice", amount="100000", **values):
    return run("opportunity_create", None, world.actor(by), values={
        "name": f"{customer.name}项目", "customer": customer.pk, "amount": amount, "expected_on": str(days.today()), **values}).record


def figures(shown):
    return [(f["value"], f.get("note", "")) for f in shown["figures"]]


def test_the_page_of_a_colleague_says_what_he_sells(world):
    one, two = world.customer("甲厂"), world.customer("乙厂")
    sale(world, one)
    won, lost = sale(world, one, amount="300000"), sale(world, two, amount="50000")
    sale(world, world.customer("丙厂", by="bob"), by="bob")
    run("opportunity_win", won.pk, world.actor("alice"))
    run("opportunity_lose", lost.pk, world.actor("alice"), {"loss_reason": "price"})
    staff = Staff(user=world.users["alice"], name="林晓彤")
    shown = of_staff(staff, world.actor("sam"))
    assert figures(shown) == [("1", "10.0 万"), ("0", ""), ("1", "30.0 万"), ("1", "5.0 万"), ("50%", "")]
    assert [[r["label"] for r in b["rows"]] for b in shown["blocks"]] == [["甲厂项目"], ["乙厂项目", "甲厂项目"]]
    assert [f[0] for f in figures(of_staff(staff, world.actor("bob")))] == ["0", "0", "0", "0", "—"], "what he may not see is not counted"


def test_a_scheme_counts_what_was_opened_since_it_began(world):
    scheme = run("scheme_create", None, world.actor("admin"), values={"name": "培育"}).record
    run("planstep_create", None, world.actor("admin"), values={"plan": scheme.plan_id, "name": "打电话", "days": 3})
    one, two, three = (world.customer(name) for name in ("甲厂", "乙厂", "丙厂"))
    for customer in (one, two):
        run("customer_start_plan", customer.pk, world.actor("alice"), {"plan": scheme.plan_id})
    PlanRun.objects.update(created_at=days.start_of(days.today() - dt.timedelta(days=10)))
    before, on = (str(days.today() - dt.timedelta(days=n)) for n in (11, 10))
    sale(world, one, opened_on=before, amount="70000")
    won = sale(world, one, opened_on=on, amount="300000")
    sale(world, one)
    sale(world, three)
    run("opportunity_win", won.pk, world.actor("alice"))
    shown = of_scheme(Scheme.objects.get(pk=scheme.pk), world.actor("alice"))
    assert figures(shown) == [("2", ""), ("1", "50%"), ("2", "40.0 万"), ("1", ""), ("1", "30.0 万"), ("0", "1 个中赢 100%")]
    assert [len(b["rows"]) for b in shown["blocks"]] == [1, 1] and PlanStep.objects.filter(plan=scheme.plan_id).count() == 1
    assert figures(of_scheme(Scheme.objects.get(pk=scheme.pk), world.actor("bob")))[0] == ("0", "")
