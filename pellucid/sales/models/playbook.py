"""How a sale is best made: steps for each stage, and what was found to go with winning."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.models import Plan, PlanStep
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from ..kinds import OfPipeline, OfStage
from .pipeline import Pipeline, Stage


class Playbook(Record):
    """The steps of every stage of one pipeline, for the whole company or one unit. The steps are those of its plan."""

    name = fields.Text(_("Name"), max_length=80)
    pipeline = OfPipeline(Pipeline, models.PROTECT, verbose_name=_("Pipeline"), related_name="+")
    unit = fields.InUnit(verbose_name=_("Unit"), null=True, blank=True, help_text=_("With everything below it. Left empty: the whole company."))
    by_rule = fields.YesNo(_("Starts with every new opportunity"), default=True)
    active = fields.YesNo(_("In use"), default=True)
    note = fields.LongText(_("What it is good for"), blank=True, default="")
    plan = fields.Link(Plan, models.PROTECT, verbose_name=_("Plan"), blank=True, editable=False, related_name="+")
    copied_from = fields.Link("self", models.SET_NULL, verbose_name=_("Copied from"), null=True, blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("playbook"), _("playbooks")
        constraints = [models.UniqueConstraint(fields=("plan",), name="playbook_of_plan")]

    def __str__(self) -> str:
        return self.name


class Finding(Record):
    """What was found in closed deals: how many of those that did something were won, and of those that did not."""

    class Kind(models.TextChoices):
        DID = "did", _("A step")
        SOON = "soon", _("A step at once")
        ORDER = "order", _("An order of steps")
        PACE = "pace", _("A pace")

    key = models.CharField(max_length=400, editable=False)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.DID)
    pipeline = OfPipeline(Pipeline, models.CASCADE, verbose_name=_("Pipeline"), related_name="+")
    stage = OfStage(Stage, models.CASCADE, verbose_name=_("Stage"), null=True, blank=True, related_name="+")
    act = fields.Text(_("What"), max_length=200, blank=True, default="")
    other = fields.Text(_("Before what"), max_length=200, blank=True, default="")
    days = fields.Integer(_("Within days"), default=0)
    with_won = fields.Integer(_("Won with it"), default=0)
    with_n = fields.Integer(_("Deals with it"), default=0)
    without_won = fields.Integer(_("Won without it"), default=0)
    without_n = fields.Integer(_("Deals without it"), default=0)
    chance = fields.Number(_("Probability by chance"), decimal_places=12, default=0, editable=False)
    worth = fields.Number(_("The same among all comparisons"), decimal_places=12, default=0, editable=False)
    found_at = fields.Moment(_("Found"), default=timezone.now)
    holds = fields.YesNo(_("Still holds"), default=True)
    step = fields.Link(PlanStep, models.SET_NULL, verbose_name=_("Made a step"), null=True, blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("finding"), _("findings")
        constraints = [models.UniqueConstraint(fields=("pipeline", "key"), name="finding_once", condition=models.Q(deleted_at=None))]

    def __str__(self) -> str:
        return self.act
