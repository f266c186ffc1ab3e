"""Rules as tests write them: drafted, published and switched on in one go; and what they did."""

from __future__ import annotations

import json
from typing import Any

from pellucid.kernel.actions.run import run
from pellucid.kernel.automation.models import Rule, RuleRun
from pellucid.kernel.jobs.perform import work_off


def drafted(world: Any, name: str, resource: str, when: dict[str, Any], *do: dict[str, Any], by: str = "admin", **more: Any) -> Rule:
    """A rule that is not published yet."""
    body = {"resource": resource, "when": when, "do": list(do), **{("if" if k == "if_" else k): v for k, v in more.items()}}
    return run("rule_draft", None, world.actor(by), {"name": name, "body": json.dumps(body)}).record


def ruled(world: Any, name: str, resource: str, when: dict[str, Any], *do: dict[str, Any], by: str = "admin", **more: Any) -> Rule:
    """A rule that is in use."""
    rule = drafted(world, name, resource, when, *do, by=by, **more)
    run("rule_publish", rule.pk, world.actor(by))
    run("rule_switch_on", rule.pk, world.actor(by))
    rule.refresh_from_db()
    return rule


def became(rule: Rule) -> list[tuple[str, str]]:
    """(state, why) of what the rule met, the oldest first, once everything has come to rest."""
    work_off()
    return list(RuleRun.objects.filter(rule=rule).order_by("id").values_list("state", "why"))
