"""From stage to stage: forwards through the gates, back with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.collaboration.actions import plans
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import Ask, action
from pellucid.kernel.actions.run import noted
from pellucid.kernel.processes.actions.asking import asks_for_approval
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.records.kinds import kind
from pellucid.kernel.records.spec import Spec

from .. import gates, stages
from ..models import Opportunity, Stage
from .closing import SINCE, close_won, entered
from .preparing import stands

MOVED = ("pipeline", "stage", "state", "stage_since", "rots_on", "probability")


def is_open(one: Any) -> bool:
    """Whether it is still in progress."""
    return bool(one.state == Opportunity.State.OPEN)


def through(one: Opportunity, here: stages.Known, there: stages.Known, language: str) -> None:
    """Refuse what the gates in between do not let pass. Whoever skips a stage meets its gate, too."""
    if found := gates.lacking(one, stages.passed(here, there)):
        raise Invalid({"stage": [_("Before “%(stage)s” this is still missing: %(what)s.") % {
            "stage": there.label(language), "what": gates.said(found, language)}]})  # fmt: skip


def moved_back(one: Opportunity, payload: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Into the stage it came from, as long as it is where it was moved to."""
    here, before = stages.stages().get(one.stage_id), payload.get("old")
    if here is None or before is None or str(payload.get("stage")) != str(here.id):
        return None
    since = {"since": payload["since"]} if payload.get("since") else {}
    if here.kind != Stage.Kind.OPEN:
        return "opportunity_reopen", {"reason": _("Taken back"), **since}
    return "opportunity_move_stage", {"stage": before, "reason": _("Taken back"), **since}


def onward(one: Opportunity, actor: Actor) -> dict[str, Any]:
    """The dialog begins with the stage that comes next."""
    here = stages.stages().get(one.stage_id)
    ahead = [s for s in stages.of_pipeline(one.pipeline_id) if here and s.kind == "open" and (s.position, s.id) > (here.position, here.id)]
    return {"stage": ahead[0].id} if ahead else {}


def of_its_way(one: Opportunity, actor: Actor, inputs: tuple[Spec, ...]) -> tuple[Spec, ...]:
    """The other stages of its own pipeline; the reason is asked where it goes back."""
    here, way = stages.stages().get(one.stage_id), [s for s in stages.of_pipeline(one.pipeline_id) if s.kind != Stage.Kind.LOST]
    back = tuple(str(s.id) for s in way if here and s.kind == "open" and (s.position, s.id) < (here.position, here.id))
    choices = tuple((s.id, s.label(actor.language), s.tone) for s in way if s.id != one.stage_id)
    asked = {"stage": {"kind": kind("choice"), "choices": choices}, "reason": {"required": True, "help": "", "options": {"when": ("stage", *back)}}}
    return tuple(s.changed(**asked.get(s.name, {})) for s in inputs)


@action(Opportunity, label=gettext_lazy("Move to a stage"), icon="arrow-right", bulk=True, shown=is_open, locks=("customer",),
        back=moved_back, suggest=onward, asks=of_its_way,
        event="opportunity.moved", sentence=gettext_lazy("{actor} moved it to {stage:stage}: {reason}"),
        did=gettext_lazy("Moved “{name}” to another stage"))
def opportunity_move_stage(
    one: Opportunity,
    *,
    actor: Actor,
    stage: Annotated[int, Ask(gettext_lazy("Stage"), kind="stage")],
    reason: Annotated[str, Ask(gettext_lazy("Why back"), max_length=200, help=gettext_lazy("Needed on the way back only."))] = "",
    since: SINCE = None,
) -> None:
    """Forwards when the gates of every stage left behind are met, back with a reason; into won as winning does."""
    moved(one, actor, stage, reason, since)


def moved(one: Opportunity, actor: Actor, stage: int, reason: str = "", since: dt.datetime | None = None) -> None:
    """Into a stage of its pipeline, as far as it may go there."""
    if one.state != Opportunity.State.OPEN:
        raise Refused(_("It is closed; reopen it first."))
    here, there = stages.stages().get(one.stage_id), stages.stages().get(stage)
    if there is None or here is None or there.pipeline != one.pipeline_id or not there.active:
        raise Invalid({"stage": [_("This stage belongs to another pipeline.")]})
    if there.id == here.id:
        raise Refused(_("It is in this stage already."))
    if there.kind == Stage.Kind.LOST:
        raise Invalid({"stage": [_("To close it as lost, use “Lost”: it asks for the reason.")]})
    forwards = there.kind == Stage.Kind.WON or (there.position, there.id) > (here.position, here.id)
    if not forwards and not reason:
        raise Invalid({"reason": [_("Say why it goes back.")]})
    if forwards:
        through(one, here, there, actor.language)
    noted(old=here.id, since=one.stage_since.isoformat())
    if there.kind == Stage.Kind.WON:
        close_won(one, actor=actor)
        return
    stands(one, there, entered(one, there.id, since))
    one.probability = there.probability
    one.save(update_fields=MOVED)
    plans.enter(one, actor=actor)


@action(Opportunity, label=gettext_lazy("Move to the next stage"), icon="arrow-right", shown=lambda one: False, locks=("customer",), back=moved_back,
        event="opportunity.moved", sentence=gettext_lazy("{actor} moved it to {stage:stage}: {reason}"),
        did=gettext_lazy("Moved “{name}” to another stage"))  # fmt: skip
def opportunity_advance(one: Opportunity, *, actor: Actor) -> None:
    """Into the next stage of its pipeline, through the gates of the one it leaves: what a process or a rule asks for, whatever the pipeline."""
    following = onward(one, actor).get("stage")
    if following is None:
        raise Refused(_("No stage comes after this one."))
    noted(stage=following)
    moved(one, actor, following)


@action(Opportunity, label=gettext_lazy("Tick off"), icon="checkbox", shown=lambda one: False, event="opportunity.ticked",
        sentence=gettext_lazy("{actor} ticked off: {thing}"))
def opportunity_tick(one: Opportunity, *, actor: Actor, thing: Annotated[str, Ask(gettext_lazy("What was done"), max_length=180)]) -> None:
    """One thing of the stage's list is done, or after all not yet."""
    if one.state != Opportunity.State.OPEN:
        raise Refused(_("It is closed; reopen it first."))
    stage = next((s for s in stages.of_pipeline(one.pipeline_id) if thing in s.things), None)
    if stage is None:
        raise Invalid({"thing": [_("This is not on the list of any stage.")]})
    key = gates.mark(stage.id, thing)
    one.ticked = [t for t in one.ticked if t != key] if key in one.ticked else [*one.ticked, key]
    one.save(update_fields=("ticked",))


asks_for_approval(Opportunity)
