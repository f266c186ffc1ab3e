"""The way a sale goes: pipelines and their stages, which an administrator edits."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record

from ..kinds import Gates, OfPipeline


class Pipeline(Record):
    """One way of selling: its stages in order end in won and lost."""

    name = fields.Text(_("Name"), max_length=60)
    name_en = fields.Text(_("Name in English"), max_length=60, blank=True, default="")
    position = fields.Integer(_("Rank"), default=100)
    active = fields.YesNo(_("In use"), default=True)
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("pipeline"), _("pipelines")

    def __str__(self) -> str:
        return self.name


class Stage(Record):
    """One stage: how likely a sale is from here, what to do, what must be known before it goes on, and how long it may stay."""

    class Kind(models.TextChoices):
        OPEN = "open", _("In progress")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    pipeline = OfPipeline(Pipeline, models.PROTECT, verbose_name=_("Pipeline"), related_name="stages")
    name = fields.Text(_("Name"), max_length=60)
    name_en = fields.Text(_("Name in English"), max_length=60, blank=True, default="")
    position = fields.Integer(_("Rank"), default=100)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.OPEN, tones={"won": "ok", "lost": "bad"})
    probability = fields.Percent(_("Probability"), default=0)
    rotting_days = fields.Integer(_("Days until it counts as stalled"), null=True, blank=True)
    guidance = fields.LongText(_("What to do here"), blank=True, default="")
    gates = Gates(verbose_name=_("Must be known before going on"))
    checklist = fields.LongText(_("Must be done before going on"), blank=True, default="", help_text=_("One thing per line."))
    active = fields.YesNo(_("In use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("stage"), _("stages")
        constraints = [
            models.UniqueConstraint(fields=("pipeline", "name"), name="stage_name_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("Another stage of this pipeline has this name.")),
            models.UniqueConstraint(fields=("pipeline", "kind"), name="stage_one_end", violation_error_message=_(
                "A pipeline has one stage for won and one for lost."), condition=models.Q(kind__in=("won", "lost"), deleted_at=None)),
            models.CheckConstraint(condition=models.Q(probability__range=(0, 100)), name="stage_probability",
                                   violation_error_message=_("Between 0 and 100 per cent.")),
            models.CheckConstraint(condition=models.Q(rotting_days=None) | models.Q(rotting_days__range=(1, 999)), name="stage_rotting_days",
                                   violation_error_message=_("Between 1 and 999 days.")),
            models.CheckConstraint(condition=models.Q(kind="open") | models.Q(active=True), name="stage_ends_in_use",
                                   violation_error_message=_("Won and lost cannot be switched off.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
