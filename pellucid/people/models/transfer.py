"""Somebody's work goes to others for good: what goes to whom, and a file for each customer that the successor signs."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord, Record
from pellucid.kernel.resources.conditions import Conditions

from .absence import coverable


class Transfer(OwnedRecord):
    """What one person looks after goes to others. It belongs to who hands over, and stays with him."""

    class Kind(models.TextChoices):
        DEPARTURE = "departure", _("Departure")
        REORGANISATION = "reorganisation", _("Re-organisation")
        CHANGE = "change", _("Change of work")

    stays = True
    kept_once = "done_at"
    lock_rank = 7

    owner = fields.Person(verbose_name=_("Handed over by"))
    name = fields.Text(pgettext_lazy("handing over", "Transfer"), max_length=120, blank=True, default="", editable=False, personal=True)
    kind = fields.Choice(_("Reason"), choices=Kind, default=Kind.CHANGE)
    note = fields.Text(_("Note"), max_length=200, blank=True, default="")
    done_at = fields.Moment(pgettext_lazy("transfer", "Carried out"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("transfer"), _("transfers")

    def __str__(self) -> str:
        return self.name


class TransferLine(Record):
    """Which of it goes to whom. The first line that fits takes a record."""

    class Rule(models.TextChoices):
        PERSON = "person", _("To one colleague")
        FOLLOWS = "follows", _("To whom the record it belongs to goes")
        BALANCED = "balanced", _("In turn to the unit's colleagues, who has least first")

    scope_via = "transfer"

    transfer = fields.Link(Transfer, models.CASCADE, related_name="lines", verbose_name=pgettext_lazy("handing over", "Transfer"))
    resource = fields.Choice(pgettext_lazy("transfer", "What"), choices=coverable, max_length=40, blank=True, default="",
                             help_text=_("Empty: everything that is left."))  # fmt: skip
    conditions = Conditions(_("Only those"), by="resource", blank=True, default="", help_text=_("None: all of this kind."))
    rule = fields.Choice(_("Goes"), choices=Rule, default=Rule.PERSON)
    receiver = fields.Person(verbose_name=pgettext_lazy("receiver", "To"), null=True, blank=True)
    position = fields.Integer(_("Rank"), default=100)

    class Meta:
        verbose_name, verbose_name_plural = _("part of a transfer"), _("parts of transfers")
        indexes = [models.Index(fields=("transfer", "position", "id"), name="transfer_line_of")]

    def __str__(self) -> str:
        return str(dict(coverable()).get(self.resource, _("Everything that is left")))


class Moved(models.Model):
    """What a part of a transfer moved, never changed: how many records of a kind went to whom."""

    id = models.BigAutoField(primary_key=True)
    line = models.ForeignKey(TransferLine, models.CASCADE, related_name="moved")
    resource = models.CharField(max_length=40)
    receiver = fields.Person()
    n = models.IntegerField()


class Handover(OwnedRecord):
    """The file of one customer for his successor, who owns it: he reads it, signs, and speaks with the customer in time."""

    class State(models.TextChoices):
        OPEN = "open", _("To be signed")
        SIGNED = "signed", _("Signed")

    temporal = ("owner", "unit", "state")
    record_refs = (("about_resource", "about_id"),)
    finished = "done_at"
    goes_with = True
    lock_rank = 91

    name = fields.Text(_("About"), max_length=200, blank=True, default="", editable=False)
    transfer = fields.Link(Transfer, models.PROTECT, related_name="handovers", verbose_name=pgettext_lazy("handing over", "Transfer"))
    giver = fields.Person(verbose_name=_("Handed over by"))
    about_resource = models.CharField(max_length=40, editable=False)
    about_id = models.BigIntegerField(editable=False)
    state = fields.Choice(_("State"), choices=State, default=State.OPEN, tones={"open": "warn", "signed": "ok"})
    signed_at = fields.Moment(_("Signed"), null=True, blank=True)
    signed_by = fields.Person(verbose_name=_("Signed by"), null=True, blank=True)
    remark = fields.Text(_("Remark"), max_length=200, blank=True, default="")
    due_at = fields.Moment(_("First contact until"))
    contacted_at = fields.Moment(_("First contact"), null=True, blank=True)
    late_by = fields.Person(verbose_name=pgettext_lazy("person", "Late"), null=True, blank=True, editable=False)
    done_at = fields.Moment(_("Completed"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("handover"), _("handovers")
        constraints = [models.CheckConstraint(condition=models.Q(state="open", signed_at=None) | models.Q(state="signed", signed_at__isnull=False),
                                              name="handover_signed_when")]  # fmt: skip
        indexes = [models.Index(fields=("about_resource", "about_id"), name="handover_about"),
                   models.Index(fields=("due_at",), condition=models.Q(contacted_at=None, late_by=None), name="handover_due")]

    def __str__(self) -> str:
        return self.name
