"""What is shown of plans: under way on a record, with materials on a task, on a colleague's page, and how far each step carried."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.declare import Menu, Panel, place, registry

from . import doers, milestones, phases
from .documents import uses_documents
from .models import Document, Plan, PlanRun, PlanStep, Task
from .selectors import documents as document_selectors
from .selectors import plans as plan_selectors
from .sight import seen, shown
from .task_pages import about_of

TONES = {"running": "acc", "finished": "ok", "reached": "ok", "stopped": "warn"}


def step_line(task: Task, show: Show, *, may: bool) -> dict[str, Any]:
    """A step as it stands on the record: ticked off here."""
    late = task.done_at is None and task.due_at < show.now
    right = _("left out") if task.cancelled else words.ago(task.done_at, show.now, show.language) if task.done_at else words.due(
        task.due_at.astimezone(show.zone), show.now.astimezone(show.zone), show.language)  # fmt: skip
    return {"label": task.name, "href": f"/tasks/{task.pk}", "sub": directory.user_name(task.owner_id), "done": task.state == Task.State.DONE,
            "check": task.state == Task.State.CHECK, "late": late, "right": right,
            "post": f"/tasks/{task.pk}/do/task_complete" if may and task.done_at is None and not task.checklist else ""}  # fmt: skip


def under_way(record: Any, actor: Actor) -> dict[str, Any] | None:
    """The plans under way for a record, step by step; and how the last one ended. Playbooks have a card of their own."""
    key = record._meta.model_name or ""
    runs = [r for r in plan_selectors.runs_about(key, record.pk) if r.kind != Plan.Kind.PLAYBOOK]
    may = actor.may(key, "edit") and not actor.read_only and record.alive
    if not runs and not (may and key in plan_selectors.plannable()):
        return None
    show, steps = show_for(actor), plan_selectors.tasks_by_run([r.pk for r in runs if r.state == PlanRun.State.RUNNING])
    mine = actor.may("task", "edit") and not actor.read_only
    out = []
    for run in runs:
        rows = [step_line(t, show, may=mine) for t in steps.get(run.pk, ())]
        out.append({
            "label": run.plan.name, "href": f"/plan-runs/{run.pk}", "share": round(100 * run.done / run.steps) if run.steps else 0,
            "note": f"{run.done} / {run.steps}", "rows": rows, "state": {"label": str(run.get_state_display()), "tone": TONES[run.state]},
            "over": "" if run.ended_at is None else " · ".join(filter(None, (words.ago(run.ended_at, show.now, show.language), run.reason))),
        })  # fmt: skip
    return {"runs": out, "new": f"/{registry[key].path}/{record.pk}/do/{key}_start_plan" if may else ""}


def plans_on(key: str) -> Panel:
    """The card with the plans under way, for the records of a resource."""
    return Panel(key, "plans", gettext_lazy("Plans"), "collaboration/plans.html", under_way, needs="planrun.view", position=12)


def materials_of(step: PlanStep | None, documents: dict[int, list[Document]], may: frozenset[str]) -> list[dict[str, Any]]:
    """What to have at hand for a step: its documents of the knowledge base with the deals they helped to win, as far as the reader sees their
    fields; lines that name something, an address, or both; and the files on the step."""
    out: list[dict[str, Any]] = []
    for document in documents.get(step.pk, ()) if step else ():
        won = shown(document, "won_with", may, 0)
        said = ngettext("used in %(n)s won deal", "used in %(n)s won deals", won) % {"n": won} if won else ""
        out.append({"label": shown(document, "name", may, f"#{document.pk}"), "href": f"/documents/{document.pk}", "icon": "book-2", "tone": "i3",
                    "document": document.pk, "sub": said})  # fmt: skip
    for line in (step.materials if step else "").splitlines():
        parts = line.split()
        address = next((p for p in parts if p.startswith(("/", "https://", "http://")) and urlsplit(p).path), "")
        label = " ".join(p for p in parts if p != address) or address
        if label:
            out.append({"label": label, "href": address, "icon": "link" if address else "file-text", "tone": "i3"})
    if step is not None:
        out += [{"label": name, "href": f"/plan-steps/{step.pk}/files/{pk}", "icon": "paperclip", "tone": "i3"}
                for pk, name in plan_selectors.files_of(step.pk)]  # fmt: skip
    return out


def materials(task: Task, actor: Actor) -> dict[str, Any] | None:
    """What to have at hand for the step this task is."""
    rows = materials_of(task.step, document_selectors.by_record("planstep", [task.step_id], actor), seen("document", actor)) if task.step_id else []
    return {"rows": rows} if rows else None


def carried_out(run: PlanRun, actor: Actor) -> dict[str, Any]:
    """The steps of a run."""
    show = show_for(actor)
    mine = actor.may("task", "edit") and not actor.read_only
    return {"rows": [step_line(t, show, may=mine) for t in plan_selectors.tasks_by_run([run.pk]).get(run.pk, ())],
            "href": about_of(Task(about_resource=run.about_resource, about_id=run.about_id)), "title": run.about_title}  # fmt: skip


def of_staff(staff: Any, actor: Actor) -> dict[str, Any]:
    """How far a colleague has come with what he carries out (R167)."""
    show = show_for(actor)
    running, ended = plan_selectors.runs_of(staff.user_id, actor)
    blocks = [
        {"label": _("Under way"), "rows": [run_line(r, show) for r in running[:20]], "empty": _("No plan is under way.")},
        {"label": _("Ended"), "rows": [run_line(r, show) for r in ended[:10]], "empty": _("No plan has ended yet.")},
    ]
    return {"blocks": blocks}


def run_line(run: PlanRun, show: Show) -> dict[str, Any]:
    """A run with its progress."""
    found = registry.get(run.about_resource)
    at = words.ago(run.ended_at or run.created_at, show.now, show.language)
    return {"label": run.about_title, "sub": f"{run.plan.name} · {at}", "href": f"/{found.path}/{run.about_id}" if found else f"/plan-runs/{run.pk}",
            "share": round(100 * run.done / run.steps) if run.steps else 0, "note": f"{run.done} / {run.steps}",
            "tag": {"label": str(run.get_state_display()), "tone": TONES[run.state]}}  # fmt: skip


def days_of(took: float) -> str:
    """A length of time in whole days."""
    n = round(took)
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def progress(plan: Plan, actor: Actor) -> dict[str, Any]:
    """How a plan fares within the reader's reach: runs by state, and for each step how many came to it, did it, in how many days, left there."""
    counts = plan_selectors.states(plan, actor)
    total = sum(counts.values())
    rows = plan_selectors.step_facts(plan, actor)
    steps = list(plan_selectors.steps_of(plan.pk))
    lost = dropped_at(steps, rows)
    documents, may = document_selectors.by_record("planstep", [s.pk for s in steps], actor), seen("document", actor)
    out = []
    for step in steps:
        mine = [r for r in rows if r.step == step.pk]
        done = [r for r in mine if r.done]
        took = [r.days for r in done if r.days is not None]
        out.append(step_row(step, documents, may) | {
            "came": len(mine), "done": len(done), "share": round(100 * len(done) / len(mine)) if mine else 0,
            "took": days_of(statistics.median(took)) if took else "", "dropped": lost.get(step.pk, 0),
        })  # fmt: skip
    figures = [
        {"label": _("Started"), "value": f"{total:,}", "href": f"/plan-runs/?view=all&f.plan=in:{plan.pk}"},
        *({"label": str(PlanRun.State(s).label), "value": f"{counts.get(s, 0):,}", "href": f"/plan-runs/?view=all&f.plan=in:{plan.pk}&f.state=in:{s}",
           "note": f"{100 * counts.get(s, 0) / total:.0f}%" if total else ""} for s in PlanRun.State.values),
    ]  # fmt: skip
    return {"figures": figures, "steps": out}


def steps_of(owner: Any, actor: Actor) -> dict[str, Any]:
    """The steps of the plan behind a record, with how many came to each, did it, and dropped out there; edited from here."""
    may = actor.may("planstep", "edit") and not actor.read_only
    return progress(owner.plan, actor) | {"may": may, "new": f"/plan-steps/new?plan={owner.plan_id}" if may else ""}


def step_row(step: PlanStep, documents: dict[int, list[Document]], may: frozenset[str]) -> dict[str, Any]:
    """A step of a plan in words."""
    who = directory.user_name(step.person_id) if step.doer == "person" else str(doers.labels().get(step.doer, ""))
    return {"id": step.pk, "label": step.name, "phase": step.phase, "within": when(step), "who": who, "note": step.note,
            "materials": materials_of(step, documents, may), "href": f"/plan-steps/{step.pk}", "edit": f"/plan-steps/{step.pk}/edit"}  # fmt: skip


def when(step: PlanStep) -> str:
    """When a step is due, in words: within days, or some days before or after a day of the record."""
    n, working = abs(step.days), step.counted == PlanStep.Counted.WORKING
    known = milestones.days()
    if step.since not in known:
        within = ngettext("within %(n)s working day", "within %(n)s working days", n) if working else ngettext(
            "within %(n)s day", "within %(n)s days", n)  # fmt: skip
        return within % {"n": n}
    length = (ngettext("%(n)s working day", "%(n)s working days", n) if working else ngettext("%(n)s day", "%(n)s days", n)) % {"n": n}
    said = _("%(day)s, %(length)s before") if step.days < 0 else _("%(day)s, %(length)s after")
    return said % {"length": length, "day": known[step.since]} if step.days else str(known[step.since])


def dropped_at(steps: list[PlanStep], rows: Iterable[plan_selectors.StepFact]) -> dict[int, int]:
    """How many runs that dropped out had come to each step: the first one of theirs that was not done."""
    order = {s.pk: n for n, s in enumerate(steps)}
    first: dict[int, int] = {}
    for row in rows:
        if row.state == PlanRun.State.STOPPED and not row.done and row.step in order:
            at = first.get(row.run)
            if at is None or order[row.step] < order[at]:
                first[row.run] = row.step
    out: dict[int, int] = {}
    for step in first.values():
        out[step] = out.get(step, 0) + 1
    return out


def steps_by_phase(key: str, steps: Iterable[dict[str, Any]], language: str) -> list[tuple[str, str, list[dict[str, Any]]]]:
    """(stored stage, label, its steps) in the order of the stages; steps of no stage come first."""
    by: dict[str, list[dict[str, Any]]] = {}
    for step in steps:
        by.setdefault(step["phase"], []).append(step)
    found = [(value, label) for value, label in phases.options(language) if value.startswith(f"{key}:")]
    head = [("", _("From the beginning"), by[""])] if "" in by else []
    return [*head, *((value, label, by.get(value, [])) for value, label in found)]


place(
    Menu("planrun", gettext_lazy("Plans under way"), "/plan-runs/", "progress", group="task", needs="planrun.view", position=23),
    Menu("plan", gettext_lazy("Plans"), "/plans/", "list-check", group="settings/rules", needs="planstep.edit", position=80),
    Menu("planstep", gettext_lazy("Steps of plans"), "/plan-steps/", "checklist", group="settings/rules", needs="planstep.edit", position=81),
    Panel("task", "materials", gettext_lazy("Materials"), "collaboration/materials.html", materials, position=12),
    Panel("planrun", "steps", gettext_lazy("Plan steps"), "collaboration/run.html", carried_out, position=10),
    Panel("staff", "progress", gettext_lazy("Work in progress"), "collaboration/staff_runs.html", of_staff, place="tab", needs="planrun.view",
          position=11, count=plan_selectors.open_runs),
)  # fmt: skip
uses_documents(PlanStep, part=True)
