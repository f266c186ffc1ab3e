"""Playbooks: the plan behind each, started with an opportunity, followed stage by stage, concluded with it; copied to other units; what was found in
closed deals, kept up to date and made into steps."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration import phases
from pellucid.collaboration.actions import plans
from pellucid.collaboration.actions.linking import use_as
from pellucid.collaboration.models import Plan, PlanRun, PlanStep
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.actions.run import begin, noted
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.models import Attachment
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import insert

from .. import finding_words, histories, stages
from ..mining import mined
from ..models import Finding, Opportunity, Playbook

PLAYBOOK = Plan.Kind.PLAYBOOK
COPIED = ("position", "name", "days", "counted", "doer", "person_id", "priority", "note", "checklist", "materials")


def stage_options(language: str) -> list[tuple[Any, str]]:
    """The stages in progress of every pipeline in use, as steps name them."""
    ways = [w for w in stages.pipelines().values() if w.active]
    return [(s.id, f"{w.label(language)} / {s.label(language)}" if len(ways) > 1 else s.label(language))
            for w in ways for s in stages.of_pipeline(w.id) if s.kind == "open"]  # fmt: skip


phases.declare("opportunity", "stage", stage_options)


@prepares(Playbook)
def playbook_prepare(playbooks: list[Playbook], *, actor: Any, changed: frozenset[str] | None) -> None:
    """The plan that holds the steps."""
    for book in playbooks:
        if book.plan_id is None:
            book.plan = Plan._base_manager.create(name=book.name, kind=PLAYBOOK, about="opportunity", unit_id=book.unit_id, active=book.active)


@follows(Playbook)
def playbook_plan_agrees(playbooks: list[Playbook], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Its plan is called the same, serves the same unit, and is in use as long as the playbook is."""
    for book in playbooks:
        active = book.active and book.deleted_at is None
        Plan._base_manager.filter(pk=book.plan_id).update(name=book.name, unit=book.unit_id, active=active)


def playbook_for(one: Opportunity) -> Playbook | None:
    """The playbook that starts with an opportunity: of its pipeline, of the unit nearest to it, else the company's; one with steps."""
    rows = Playbook._base_manager.filter(pipeline=one.pipeline_id, by_rule=True, active=True, deleted_at=None)
    books = {b.unit_id: b for b in rows.filter(plan__steps__deleted_at=None, plan__steps__isnull=False).order_by("-id").distinct()}
    line = [one.unit_id, *tree().ancestors(one.unit_id)] if one.unit_id else []
    return next((books[u] for u in (*line, None) if u in books), None)


def concluded(one: Opportunity) -> None:
    """The opportunity ended, and with it what was still to do for it."""
    runs = plans.running("opportunity", [one.pk], (PLAYBOOK,))
    won = one.state == Opportunity.State.WON
    plans.conclude(runs, PlanRun.State.REACHED if won else PlanRun.State.STOPPED, _("won") if won else _("lost"))


@action(Playbook, label=gettext_lazy("Copy to another unit"), icon="copy", verb="view", event="playbook.copied",
        sentence=gettext_lazy("{actor} copied this playbook to {unit:unit}"), did=gettext_lazy("Copied “{name}”"))
def playbook_copy(
    book: Playbook,
    *,
    actor: Actor,
    unit: Annotated[int, Ask(gettext_lazy("Unit"), kind="unit")],
    name: Annotated[str, Ask(gettext_lazy("Name"), max_length=80, help=gettext_lazy("Left empty: as it is."))] = "",
) -> Playbook:
    """The same steps with their materials for another unit, which may change them from then on (R193)."""
    if not actor.may("playbook", "create"):
        raise Refused(_("The right to make playbooks is missing."))
    if unit == book.unit_id:
        raise Invalid({"unit": [_("It belongs to this unit already.")]})
    made = Playbook(name=name or book.name, pipeline_id=book.pipeline_id, unit_id=unit, by_rule=book.by_rule, note=book.note, copied_from=book)
    insert(registry["playbook"], made, actor=actor)
    Plan._base_manager.filter(pk=made.plan_id).update(copied_from=book.plan_id)
    for step in PlanStep._base_manager.filter(plan=book.plan_id, deleted_at=None).order_by("position", "id"):
        twin = PlanStep(plan_id=made.plan_id, phase=step.phase, created_by_id=actor.user_id, **{n: getattr(step, n) for n in COPIED})
        twin.save(force_insert=True)
        for file in Attachment._base_manager.filter(resource="planstep", record_id=step.pk, deleted_at=None):
            Attachment._base_manager.create(resource="planstep", record_id=twin.pk, blob_id=file.blob_id, name=file.name, note=file.note,
                                            created_by_id=actor.user_id)  # fmt: skip
        use_as("planstep", step.pk, twin.pk, by=actor.user_id)
    noted(copy=made.pk, name=made.name)
    return made


@action(Finding, label=gettext_lazy("Make it a step"), icon="list-check", verb="view", event="finding.adopted",
        shown=lambda found: found.step_id is None and finding_words.advisable(found), sentence=gettext_lazy("{actor} made it a step of {name}"),
        did=gettext_lazy("Made “{name}” a step"))
def finding_adopt(
    found: Finding, *, actor: Actor, playbook: Annotated[int, Ask(gettext_lazy("Playbook"), kind="link", target="playbook", verb="edit")],
) -> PlanStep:  # fmt: skip
    """What was found becomes a step of a playbook: in its stage, within its days, with the figures beside it (R103)."""
    book = Playbook._base_manager.filter(pk=playbook, deleted_at=None).first()
    if book is None or book.pipeline_id != found.pipeline_id:
        raise Invalid({"playbook": [_("Choose a playbook of the same pipeline.")]})
    if not actor.may("planstep", "create"):
        raise Refused(_("The right to change playbooks is missing."))
    if found.step_id is not None:
        raise Refused(_("It is a step already."))
    if not finding_words.advisable(found):
        raise Refused(_("Deals that did this were won less often."))
    phase = f"opportunity:{found.stage_id}" if found.stage_id else ""
    step = PlanStep(plan_id=book.plan_id, phase=phase, name=finding_words.step_name(found)[:200], days=max(1, found.days),
                    counted=PlanStep.Counted.CALENDAR, note=finding_words.sentence(found))  # fmt: skip
    insert(registry["planstep"], step, actor=actor)
    found.step = step
    found.save(update_fields=("step",))
    noted(name=book.name, step=step.pk)
    return step


def exactly(chance: float) -> Decimal:
    """A probability as it is kept."""
    return Decimal(chance).quantize(Decimal("1e-12"))


def look(pipeline: int) -> int:
    """Mine the closed deals of a pipeline: what holds is kept, what holds no longer is marked; how many hold. Runs inside a transaction."""
    begin(Actor.system("rule"))
    return keep(pipeline)


def keep(pipeline: int) -> int:
    """The same within a transaction that has its actor."""
    found = {f.key: f for f in mined(histories.deals_of(pipeline), histories.way(pipeline))}
    Finding._base_manager.filter(pipeline=pipeline, holds=True, deleted_at=None).exclude(key__in=found).update(holds=False)
    for key, f in found.items():
        facts = {
            "kind": f.kind, "stage_id": int(f.stage) if f.stage else None, "act": f.act[:200], "other": f.other[:200], "days": round(f.days),
            "with_won": f.with_it.won, "with_n": f.with_it.n, "without_won": f.without.won, "without_n": f.without.n, "chance": exactly(f.chance),
            "worth": exactly(f.worth), "found_at": timezone.now(), "holds": True,
        }  # fmt: skip
        Finding._base_manager.update_or_create(pipeline_id=pipeline, key=key, deleted_at=None, defaults=facts)
    return len(found)
