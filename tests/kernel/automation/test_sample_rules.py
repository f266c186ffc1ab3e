"""The rules of the demo company say something that can be done, and act when they should."""

from __future__ import annotations

import json

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.automation.checking import problems
from pellucid.kernel.automation.definition import read
from pellucid.kernel.automation.models import RuleRun
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.notices.models import Notice
from pellucid.orders.demo import ruling
from tests.sales.test_opportunities import deal  # noqa: F401  a fixture

from .test_rules import amount

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "body"), ruling.RULES)
def test_it_can_be_published(world, name, body):
    assert problems(read(body)) == []
    rule = run("rule_draft", None, world.actor("admin"), {"name": name, "body": json.dumps(body)}).record
    run("rule_publish", rule.pk, world.actor("admin"))
    run("rule_switch_on", rule.pk, world.actor("admin"))


def test_a_big_deal_is_told_to_the_manager_of_its_owner(world, deal):  # noqa: F811
    test_it_can_be_published(world, *ruling.RULES[0])
    row = deal(amount="300000")
    amount(world, row, "520000")
    work_off()
    assert RuleRun.objects.get().state == "done"
    assert Notice.objects.filter(kind="rule_says", record_id=row.pk).count() <= 1
