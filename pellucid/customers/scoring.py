"""Points of leads by the company's rules, each explained line by line (R080)."""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.conditions import matches

from .models import Lead, ScoreRule


@dataclass(frozen=True, slots=True)
class Line:
    """One rule and the points it gives a lead; 0 when its condition is not met."""

    rule: ScoreRule
    points: int


watch("terms", "customers_scorerule")


@versioned("terms")
def rules() -> tuple[ScoreRule, ...]:
    """The rules in use, in order, in memory until one of them changes."""
    return tuple(ScoreRule._base_manager.filter(active=True, deleted_at=None).order_by("position", "id"))


def explained(lead: Lead) -> list[Line]:
    """Every rule in use with what it gives this lead now; the points add up to its score."""
    return [Line(rule, rule.points if matches("lead", rule.conditions, lead.pk) else 0) for rule in rules()]
