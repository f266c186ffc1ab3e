"""Questions about plans and how they are carried out."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Count, F, Q, QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records import prepared
from pellucid.kernel.records.derived_versions import watch
from pellucid.kernel.records.models import Attachment
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.declare import registry

from ..models import Plan, PlanRun, PlanStep, Task

RUNNING = PlanRun.State.RUNNING


class StepFact(NamedTuple):
    """One step of one run: whether it was done, and how many days after the run began; the state of the run."""

    run: int
    step: int
    done: bool
    days: float | None
    state: str


watch("terms", "collaboration_plan")


@versioned("terms")
def plannable() -> frozenset[str]:
    """The resources for whose records there is a plan in use."""
    rows = apps.get_model("collaboration", "Plan")._base_manager.filter(active=True, deleted_at=None).order_by()
    return frozenset(rows.values_list("about", flat=True).distinct())


def runs_about(key: str, record_id: int, limit: int = 4) -> list[PlanRun]:
    """Runs for a record, those under way first, then the latest; whoever asks has read the record within scope."""

    def asked(key: str, record_id: int) -> QuerySet[PlanRun]:
        rows = PlanRun._base_manager.filter(about_resource=key, about_id=record_id, deleted_at=None).select_related("plan")
        return rows.order_by(F("ended_at").desc(nulls_first=True), "-id")[:limit]

    return prepared.rows(("plan_runs_about", limit), asked, key, record_id)


def tasks_by_run(runs: list[int]) -> dict[int, list[Task]]:
    """The steps of runs in their order."""
    out: dict[int, list[Task]] = {}
    for task in Task._base_manager.filter(run__in=runs, deleted_at=None).order_by("run", "step__position", "due_at", "id") if runs else ():
        out.setdefault(task.run_id or 0, []).append(task)
    return out


def steps_of(plan: int) -> QuerySet[PlanStep]:
    """The steps of a plan in order."""
    return PlanStep._base_manager.filter(plan=plan, deleted_at=None).order_by("position", "id")


def files_of(step: int) -> list[tuple[int, str]]:
    """(id, name) of the files on a step."""
    return list(Attachment._base_manager.filter(resource="planstep", record_id=step, deleted_at=None).order_by("id").values_list("id", "name"))


def runs_of(user: int, actor: Actor) -> tuple[QuerySet[PlanRun], QuerySet[PlanRun]]:
    """(under way, ended) of what a colleague carries out, as far as the reader reaches."""
    rows = scoped(PlanRun, actor).filter(owner_id=user).select_related("plan")
    return rows.filter(ended_at=None).order_by("-created_at", "-id"), rows.filter(ended_at__isnull=False).order_by("-ended_at", "-id")


PLANNED_FOR: list[str] = []             # resources that plans can be started for; an area above adds its own


def in_reach(plan: int, actor: Actor) -> QuerySet[PlanRun]:
    """The runs of a plan that the reader may see, and those for records he may see: who looks after a scheme sees how far it carries them."""
    rows = PlanRun._base_manager.filter(plan=plan, deleted_at=None, merged_into=None)
    reached = Q(pk__in=scoped(PlanRun, actor).filter(plan=plan).values("pk"))
    for key in PLANNED_FOR:
        if actor.may("planrun", "view") and actor.may(key, "view"):
            reached |= Q(about_resource=key, about_id__in=scoped(registry[key].model, actor).values("pk"))
    return rows.filter(reached)


def runs_of_plan(plan: int, actor: Actor) -> QuerySet[PlanRun]:
    """The runs of a plan within reach, those under way first, then the latest."""
    return in_reach(plan, actor).select_related("plan").order_by(F("ended_at").desc(nulls_first=True), "-id")


def open_runs(staff: Any, actor: Actor) -> int:
    """How many plans a colleague has under way within the reader's reach."""
    return runs_of(staff.user_id, actor)[0].count()


def states(plan: Plan, actor: Actor) -> dict[str, int]:
    """How many runs of a plan are in each state, as far as the reader reaches."""
    rows = in_reach(plan.pk, actor).order_by().values_list("state").annotate(n=Count("pk"))
    return dict(rows)


def step_facts(plan: Plan, actor: Actor) -> list[StepFact]:
    """What became of every step of every run of a plan, as far as the reader reaches."""
    runs = in_reach(plan.pk, actor)
    rows = Task._base_manager.filter(run__in=runs.values("pk"), step__isnull=False, deleted_at=None)
    found = rows.values_list("run", "step", "state", "cancelled", "done_at", "run__created_at", "run__state")
    out = []
    for run, step, state, cancelled, ended, began, of in found:
        took = (ended - began).total_seconds() / 86400 if ended and not cancelled else None
        out.append(StepFact(run, step, state == Task.State.DONE and not cancelled, took, of))
    return out
