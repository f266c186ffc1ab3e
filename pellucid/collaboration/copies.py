"""What runs of plans keep of their tasks, compared with them every night."""

from __future__ import annotations

from typing import Any

from pellucid.kernel.jobs.copies import copied

from .actions.plans import counted
from .models import PlanRun


@copied("collaboration.plan_runs", PlanRun, ("steps", "closed", "done"), None)
def plan_runs() -> dict[int, tuple[Any, ...]]:
    """How many steps a running plan has, and how many are closed and done."""
    return counted(list(PlanRun._base_manager.filter(deleted_at=None, state=PlanRun.State.RUNNING)))
