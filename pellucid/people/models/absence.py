"""Somebody is away for a time; somebody else acts in his name meanwhile."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.access import proxies
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord, Record


def coverable() -> list[tuple[str, Any]]:
    """(kind of record, its name in the language of whoever reads it): what a colleague can stand in for."""
    from pellucid.kernel.resources.declare import registry

    return [(key, registry[key].model._meta.verbose_name_plural) for key in proxies.kinds()]


class Absence(OwnedRecord):
    """Days on which a person is away. It belongs to him and stays with him; it ends by itself, or when he is back."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("Leave")
        TRAVEL = "travel", _("Travel")
        TRAINING = "training", _("Training")
        OTHER = "other", _("Other")

    stays = True
    lock_rank = 6

    owner = fields.Person(verbose_name=_("Who is away"))
    name = fields.Text(_("Absence"), max_length=120, blank=True, default="", editable=False, personal=True)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.LEAVE)
    starts_on = fields.Day(_("First day"))
    ends_on = fields.Day(pgettext_lazy("absence", "Last day"))
    proxy = fields.Person(verbose_name=_("Stands in"), null=True, blank=True,
                          help_text=_("Acts in the name of who is away, on everything he looks after."))  # fmt: skip
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")
    back_at = fields.Moment(_("Back since"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("absence"), _("absences")
        constraints = [models.CheckConstraint(condition=models.Q(starts_on__lte=models.F("ends_on")), name="absence_begins_before_it_ends",
                                              violation_error_message=_("The end lies before the beginning."))]  # fmt: skip
        indexes = [models.Index(fields=("owner", "starts_on"), name="absence_of")]

    def __str__(self) -> str:
        return self.name


class AbsenceCover(Record):
    """For one kind of record somebody else stands in than for the rest."""

    scope_via = "absence"

    absence = fields.Link(Absence, models.CASCADE, related_name="covers", verbose_name=_("Absence"))
    resource = fields.Choice(_("For"), choices=coverable, max_length=40)
    proxy = fields.Person(verbose_name=_("Stands in"))

    class Meta:
        verbose_name, verbose_name_plural = _("stand-in for one kind"), _("stand-ins by kind")
        constraints = [models.UniqueConstraint(fields=("absence", "resource"), condition=models.Q(deleted_at=None), name="absence_cover_once",
                                               violation_error_message=_("Somebody stands in for this kind already."))]  # fmt: skip

    def __str__(self) -> str:
        return str(dict(coverable()).get(self.resource, self.resource))
