"""What is brought in from a file sets rules off only if whoever brings it in says so; what follows from it neither."""

from __future__ import annotations

import io

import pytest

from pellucid.customers.models import Customer
from pellucid.kernel.automation.models import RuleRun
from pellucid.kernel.events.models import Event
from pellucid.kernel.exchange import running
from pellucid.kernel.exchange.models import ImportRun
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.resources.declare import registry

from .rules import ruled

pytestmark = pytest.mark.django_db
TELL = {"kind": "notify", "inputs": {"who": "owner", "text": "{name}"}}
FILE = "名称\n澄泰实业\n远大科技\n恒砺精密\n".encode()


def brought_in(world, *, rules: bool) -> ImportRun:
    run, _book, _guesses = running.open_file(registry["customer"], world.actor("alice"), io.BytesIO(FILE), "客户.csv")
    running.start(run, world.actor("alice"), rules=rules)
    work_off()
    run.refresh_from_db()
    assert (run.state, run.imported) == ("done", 3)
    return run


@pytest.mark.parametrize("rules", [False, True])
def test_rules_act_on_what_is_brought_in_only_when_asked_to(world, rules):
    rule = ruled(world, "新客户通知", "customer", {"type": "created"}, TELL)
    run = brought_in(world, rules=rules)
    assert run.rules is rules
    done = sorted(RuleRun.objects.filter(rule=rule, state="done").values_list("record_id", flat=True))
    assert done == (sorted(Customer.objects.values_list("pk", flat=True)) if rules else [])
    assert set(Event.objects.filter(name="exchange.imported").values_list("root", flat=True)) == ({""} if rules else {"-"})


def test_the_last_page_asks_where_a_rule_is_concerned(world, browser):
    page = browser("alice")
    run, _book, _guesses = running.open_file(registry["customer"], world.actor("alice"), io.BytesIO(FILE), "客户.csv")
    address = f"/customers/import/{run.pk}"
    page.post(address, {"policy": "skip", "column-0": "name"})
    assert 'name="rules"' not in page.get(f"{address}/confirm").content.decode()
    ruled(world, "新客户通知", "customer", {"type": "created"}, TELL)
    asked = page.get(f"{address}/confirm").content.decode()
    assert "有 1 条自动化规则针对这类记录" in asked and "新客户通知" in asked
    page.post(f"{address}/confirm", {"rules": "1"})
    work_off()
    assert RuleRun.objects.filter(state="done").count() == 3
