"""Leads that come in over the API: recognised, given away by rule, refused at the field."""

from __future__ import annotations

import pytest

from pellucid.customers.models import AllocationRule, Lead
from pellucid.kernel.actions.run import run
from tests.api.conftest import api  # noqa: F401  a caller with a token

pytestmark = pytest.mark.django_db


@pytest.fixture
def rule(world):
    """New leads go to the sales people of the west."""
    run("allocationrule_create", None, world.actor("admin"), values={"name": "西部轮流", "way": "round", "unit": world.units["west"].pk})
    return AllocationRule.objects.get()


def test_who_sends_one_need_not_be_who_gets_it(world, rule, api):  # noqa: F811
    """A salesperson of the east sends a lead; the rule gives it to the west, where he does not see it: that is no mistake of his."""
    answer = api("alice")("POST", "leads", {"name": "成都恒力机械", "mobile": "13800000001"}, idempotency_key="a")
    kept = Lead.objects.get()
    assert answer.status_code == 201 and answer.data == {"id": kept.pk, "version": kept.version}
    assert answer["Location"] == f"/api/v1/leads/{kept.pk}" and answer["ETag"] == f'"{kept.version}"'
    assert kept.owner == world.users["bob"] and kept.rule == rule
    again = api("alice")("POST", "leads", {"name": "成都恒力机械", "mobile": "13800000001"}, idempotency_key="a")
    assert again.data == answer.data and Lead.objects.count() == 1
    assert api("alice")("GET", f"leads/{kept.pk}").status_code == 404


def test_what_it_may_be_is_said(world, api):  # noqa: F811
    """Without a rule it stays with the sender, and the answer says which customer and which open lead it may be."""
    customer = world.customer("苏州恒力机械有限公司")
    first = api("alice")("POST", "leads", {"name": "苏州恒力机械", "mobile": "13800000001"})
    assert (first.status_code, first.data["customer"], first.data["same_as"]) == (201, customer.pk, None)
    second = api("alice")("POST", "leads", {"name": "恒力", "mobile": "13800000001"})
    assert (second.data["same_as"], second.data["owner"]) == (first.data["id"], world.users["alice"].pk)


def test_what_is_wrong_is_said_at_the_field(world, api):  # noqa: F811
    answer = api("alice")("POST", "leads", {"name": "甲"})
    assert answer.status_code == 422 and list(answer.data["error"]["fields"]) == ["mobile"]
    answer = api("alice")("POST", "leads", {"name": "甲", "email": "nobody", "origin": 10**9, "budget": "x", "region": "火星"})
    assert answer.status_code == 422 and sorted(answer.data["error"]["fields"]) == ["budget", "email", "origin", "region"]
    answer = api("sam")("POST", "leads", {"name": "甲", "mobile": "13800000001", "owner": world.users["alice"].pk})
    assert answer.status_code == 422 and list(answer.data["error"]["fields"]) == ["owner"], "whose it is the rules say, or who gives it away"
    assert not Lead.objects.exists()
