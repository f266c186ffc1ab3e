"""Playbooks: stage by stage with how each step fared, what was found to go with winning, and what comes next on an opportunity."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration import phases, plan_pages
from pellucid.collaboration.models import PlanRun
from pellucid.collaboration.selectors import documents as document_selectors
from pellucid.collaboration.selectors import plans as plan_selectors
from pellucid.collaboration.sight import seen
from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import words
from pellucid.kernel.resources.declare import Menu, Page, Panel, place

from . import finding_words, selectors, stages
from .models import Finding, Opportunity, Playbook

SHOWN = 12


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """One playbook: its stages with their steps, and the findings of its pipeline."""
    books, show = selectors.playbooks(), show_for(actor)
    asked = params.get("book", "")
    now = next((b for b in books if str(b.pk) == asked), nearest(books, actor))
    may = actor.may("playbook", "create") and not actor.read_only
    out: dict[str, Any] = {"tabs": [tab(b, b == now) for b in books], "new": "/playbooks/new" if may else "", "book": None, "findings": []}
    if now is None:
        return out
    steps = plan_pages.progress(now.plan, actor)
    edits = actor.may("planstep", "edit") and not actor.read_only
    wins = selectors.wins_by_step(now.plan_id, actor)
    for step in steps["steps"]:
        step["wins"] = won_words(wins.get(step["id"]))
    columns = [
        {"label": label, "steps": found, "new": f"/plan-steps/new?plan={now.plan_id}" + (f"&phase={value}" if value else "") if edits else ""}
        for value, label, found in plan_pages.steps_by_phase("opportunity", steps["steps"], actor.language) if belongs(value, now.pipeline_id)
    ]  # fmt: skip
    out["book"] = {
        "label": now.name, "href": f"/playbooks/{now.pk}", "note": now.note,
        "unit": directory.unit_name(now.unit_id, full=True) if now.unit_id else _("The whole company"),
        "copy": f"/playbooks/{now.pk}/do/playbook_copy" if may else "", "columns": columns, "figures": steps["figures"], "may": edits,
        "from": now.copied_from.name if now.copied_from else "", "adherence": adherence(steps["steps"]),
    }  # fmt: skip
    out["findings"] = [finding(f, now, may=edits) for f in selectors.findings(now.pipeline_id)[:SHOWN]]
    latest = selectors.last_look(now.pipeline_id)
    out["looked"] = words.ago(latest, show.now, show.language) if latest else ""
    return out


def nearest(books: list[Playbook], actor: Actor) -> Playbook | None:
    """The playbook the reader himself works by: that of his unit or of the nearest one above it, else the company's, else the first."""
    home = directory.home_of(actor.user_id)
    line = [home, *tree().ancestors(home)] if home else []
    by_unit = {b.unit_id: b for b in reversed(books) if b.active}
    return next((by_unit[u] for u in (*line, None) if u in by_unit), books[0] if books else None)


def tab(book: Playbook, current: bool) -> dict[str, Any]:
    """A playbook as a tab."""
    where = directory.unit_name(book.unit_id) if book.unit_id else ""
    return {"label": " · ".join(filter(None, (book.name, where))), "href": f"/p/sales/playbooks?book={book.pk}", "current": current}


def belongs(phase: str, pipeline: int) -> bool:
    """Whether a stage, as steps name it, is of a pipeline; steps of no stage belong to all."""
    found = stages.stages().get(int(phase.partition(":")[2])) if phase else None
    return not phase or found is not None and found.pipeline == pipeline


def adherence(steps: list[dict[str, Any]]) -> str:
    """How many of the steps that came up were done."""
    came, done = sum(s["came"] for s in steps), sum(s["done"] for s in steps)
    return _("%(share)s%% of the steps that came up were done (%(done)s of %(came)s)") % {
        "share": round(100 * done / came), "done": f"{done:,}", "came": f"{came:,}"} if came else ""  # fmt: skip


def won_words(counts: tuple[int, int, int, int] | None) -> str:
    """How often deals with and without a step were won."""
    if counts is None:
        return ""
    won, n, other_won, other_n = counts
    if not n or not other_n:
        return ""
    return _("won with it %(a)s%% of %(n)s, without %(b)s%% of %(m)s") % {
        "a": round(100 * won / n), "n": n, "b": round(100 * other_won / other_n), "m": other_n}  # fmt: skip


def finding(found: Finding, book: Playbook, *, may: bool) -> dict[str, Any]:
    """A finding in words with both sides, and the way to make it a step."""
    good = finding_words.advisable(found)
    act = {"label": _("Make it a step"), "icon": "plus", "dialog": f"/findings/{found.pk}/do/finding_adopt?playbook={book.pk}"}
    return {
        "label": finding_words.what(found), "href": f"/findings/{found.pk}", "good": good, "kind": str(found.get_kind_display()),
        "sides": [finding_words.side(found.with_won, found.with_n) | {"label": _("with it")},
                  finding_words.side(found.without_won, found.without_n) | {"label": _("otherwise")}],
        "act": act if may and good and found.step_id is None else None, "adopted": found.step_id is not None,
    }  # fmt: skip


def playing(one: Opportunity, actor: Actor) -> dict[str, Any] | None:
    """What the playbook asks for in this stage, ticked off here; and how far the opportunity has kept to it."""
    runs = [r for r in plan_selectors.runs_about("opportunity", one.pk) if r.kind == "playbook"]
    if not runs:
        return None
    run, show, here = runs[0], show_for(actor), phases.of(one)
    tasks = plan_selectors.tasks_by_run([run.pk]).get(run.pk, [])
    may = actor.may("task", "edit") and not actor.read_only and run.state == PlanRun.State.RUNNING
    now = [t for t in tasks if t.step is None or t.step.phase in ("", here) or t.done_at is None]
    rows, documents, sight = [], document_selectors.by_record("planstep", [t.step_id for t in now if t.step_id], actor), seen("document", actor)
    for task in now if run.state == PlanRun.State.RUNNING else ():
        rows.append(plan_pages.step_line(task, show, may=may) | {"materials": plan_pages.materials_of(task.step, documents, sight)})
    came, done = len(tasks), sum(t.done_at is not None and not t.cancelled for t in tasks)
    return {"rows": rows, "label": run.plan.name, "href": f"/plan-runs/{run.pk}", "share": round(100 * done / came) if came else 0,
            "note": _("%(done)s of %(came)s steps kept") % {"done": done, "came": came}}  # fmt: skip


def steps(book: Playbook, actor: Actor) -> dict[str, Any]:
    """The steps of a playbook with how far each carried."""
    may = actor.may("planstep", "edit") and not actor.read_only
    return plan_pages.progress(book.plan, actor) | {"may": may, "new": f"/plan-steps/new?plan={book.plan_id}" if may else "",
                                                    "open": f"/p/sales/playbooks?book={book.pk}"}  # fmt: skip


place(
    Page("sales/playbooks", gettext_lazy("Playbooks"), "sales/playbooks.html", page, needs="playbook.view", icon="notebook"),
    Panel("opportunity", "playbook", gettext_lazy("Playbook"), "sales/playing.html", playing, needs="task.view", position=7),
    Panel("playbook", "steps", gettext_lazy("Plan steps"), "sales/playbook_steps.html", steps, place="tab", position=10),
    Menu("finding", gettext_lazy("What goes with winning"), "/findings/", "bulb", group="settings/rules", needs="finding.edit", position=82),
    Menu("playbook", gettext_lazy("Playbooks"), "/p/sales/playbooks", "notebook", group="sales", needs="playbook.view", position=88),
)
