"""What a reader keeps of his questions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord


class Report(OwnedRecord):
    """A cross table under a name: the question, never its answer. Whoever opens it is answered within his own rights."""

    class Audience(models.TextChoices):
        PRIVATE = "private", _("Only me")
        UNIT = "unit", _("A unit and those below it")
        ROLE = "role", _("Everybody with a role")
        ALL = "all", _("Everybody")

    name = fields.Text(_("Name"), max_length=60)
    answers = fields.Text(_("What it answers"), max_length=200, blank=True, default="")
    question = fields.Text(_("Question"), max_length=4000, help_text=_("The address of the cross table behind the “?”."))
    audience = fields.Choice(_("Who sees it"), choices=Audience, default=Audience.PRIVATE, tones={"unit": "info", "role": "info", "all": "acc"})
    audience_unit = fields.InUnit(verbose_name=_("Which unit"), null=True, blank=True, help_text=_("Left empty: yours."))
    audience_role = fields.InRole(verbose_name=pgettext_lazy("people", "Which role"), null=True, blank=True)
    meant_for = fields.InUnit(null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("report"), _("reports")
        constraints = [
            models.CheckConstraint(condition=models.Q(audience__in=("private", "role"), meant_for=None)
                                   | models.Q(audience__in=("unit", "all"), meant_for__isnull=False), name="report_is_meant_for_somebody"),
            models.CheckConstraint(condition=~models.Q(audience="role") | models.Q(audience_role__isnull=False), name="report_of_role",
                                   violation_error_message=_("Choose the role.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("meant_for",), name="report_meant_for", condition=models.Q(meant_for__isnull=False)),
                   models.Index(fields=("audience_role",), name="report_of_role", condition=models.Q(audience_role__isnull=False))]

    def __str__(self) -> str:
        return self.name
