"""What a process can ask for on a deal: forms, lanes, readers it names, and what it does when a field is gone."""

from __future__ import annotations

import json

import pytest

from pellucid.kernel.actions.run import reaches
from pellucid.kernel.processes import store
from pellucid.kernel.processes.definition import Plan, read
from pellucid.kernel.processes.models import ProcessInstance, Step
from pellucid.kernel.records.errors import Forbidden, Invalid

from .test_approved_wins import LINE, SIZE, approval, asked, deal, definition, key_deal, say, won  # noqa: F401  (fixtures and helpers)

pytestmark = pytest.mark.django_db
FORM = [{"name": "risk", "label": {"zh-hans": "交付风险", "en": "Risk"}, "kind": "choice", "choices": ["low", "high"]},
        {"name": "days", "label": {"zh-hans": "交期", "en": "Days"}, "kind": "integer"}]  # fmt: skip
CHECK = {"id": "check", "type": "task", "name": {"zh-hans": "交付评估", "en": "Delivery"}, "who": [{"kind": "role", "role": "warehouse"}],
         "fields": {"edit": ["risk", "days"], "require": ["risk"]}}  # fmt: skip
WHEN = "f.form_risk=in:high&f.form_days=gte:10&f.requester=notin:bob&f.requester_unit=below:华东分公司&f.amount=gte:1"
RISK = {"id": "risky", "type": "condition", "branches": [{"id": "high", "when": WHEN, "steps": [LINE]}, {"id": "else"}]}


def test_what_a_step_asks_for_is_filled_in_and_decides_the_way(world, key_deal, approval):  # noqa: F811
    approval(CHECK, RISK, form=FORM)
    row = won(world, key_deal()).waiting
    assert asked(row) == ["walt"]
    with pytest.raises(Invalid) as lacking:
        say(world, row, "submit", "walt", form_days="12")
    assert list(lacking.value.errors) == ["form_risk"]
    with pytest.raises(Invalid):
        say(world, row, "submit", "walt", form_risk="medium")
    say(world, row, "submit", "walt", form_risk="high", form_days="12")
    assert row.form == {"risk": "high", "days": 12}
    assert Step.objects.get(instance=row, node="risky").data["branch"] == "high"
    assert asked(row) == ["sam"]


def test_lanes_run_side_by_side_and_both_have_to_agree(world, key_deal, approval):  # noqa: F811
    def by(role: str, lane: str) -> dict:
        return {"id": lane, "steps": [{"id": f"ask_{lane}", "type": "approval", "who": [{"kind": "role", "role": role}], "on_reject": "lane"}]}

    approval({"id": "both", "type": "parallel", "lanes": [by("finance", "money"), by("warehouse", "goods")], "on_reject": "start"})
    row = won(world, key_deal()).waiting
    assert asked(row) == ["fay", "walt"]
    say(world, row, "approve", "fay")
    say(world, row, "reject", "walt", comment="缺货")
    assert asked(row) == ["alice"], "back to who asked for it"
    say(world, row, "submit", "alice")
    assert asked(row) == ["fay", "walt"]
    say(world, row, "approve", "walt")
    say(world, row, "approve", "fay")
    assert row.outcome == "approved"


def test_whom_the_process_names_reads_every_request(world, key_deal, approval):  # noqa: F811
    approval(see=[{"kind": "role", "role": "finance"}])
    row = won(world, key_deal()).waiting
    assert reaches(ProcessInstance, row.pk, world.actor("fay"))
    with pytest.raises(Forbidden):
        say(world, row, "approve", "fay")


def test_a_field_that_is_gone_stops_the_step_and_names_it(world, key_deal, approval, monkeypatch):  # noqa: F811
    approval(SIZE)
    text = json.dumps(definition(SIZE)).replace("f.amount=", "f.x_gone=")  # as if the field had been deleted since it was published
    monkeypatch.setattr(store, "plan_of", lambda version: Plan(read(json.loads(text))))
    row = won(world, key_deal("1200000")).waiting
    held = Step.objects.get(instance=row, node="size").data["held"]
    assert held["why"] == "bad_condition" and "x_gone" in held["error"]
    assert asked(row) == ["admin"]
    say(world, row, "skip", "admin", comment="按一般处理")
    assert Step.objects.get(instance=row, node="size").data["branch"] == "else" and row.outcome == "approved"
