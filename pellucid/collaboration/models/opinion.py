"""What staff think of the system, of processes and rules, and what is answered in public."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord


class Opinion(OwnedRecord):
    """An opinion that everybody reads. Its owner is who has to answer; who gave it is kept only if he signed it."""

    class Kind(models.TextChoices):
        SYSTEM = "system", _("This system")
        PROCESS = "process", _("A process")
        RULE = "rule", _("A rule")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("opinion", "Open")
        ANSWERED = "answered", _("Answered")
        DONE = "done", _("Carried out")

    unaudited = ("supports",)
    visits_kept = False
    lock_rank = 96

    name = fields.Text(_("In one sentence"), max_length=120)
    kind = fields.Choice(_("About what"), choices=Kind, default=Kind.SYSTEM, tones={"system": "info", "process": "acc", "rule": "vio"})
    about = fields.Text(_("Which page, process or rule"), max_length=200, blank=True, default="")
    text = fields.LongText(_("My opinion"))
    anonymous = fields.YesNo(_("Without my name"), default=False, help_text=_("Then it is kept nowhere who gave it, not even for the administrator."))
    author = fields.Person(verbose_name=pgettext_lazy("opinion", "Given by"), null=True, blank=True, editable=False)
    state = fields.Choice(_("State"), choices=State, default=State.OPEN, tones={"open": "warn", "answered": "info", "done": "ok"})
    supports = fields.Integer(_("Supported by"), default=0, editable=False)
    answer = fields.LongText(_("Answer"), blank=True, default="", editable=False)
    answered_at = fields.Moment(_("Answered"), null=True, blank=True, editable=False, style="ago")
    answered_by = fields.Person(verbose_name=_("Answered by"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("opinion"), _("opinions")
        constraints = [
            models.CheckConstraint(condition=models.Q(anonymous=False) | models.Q(author=None, created_by=None), name="opinion_without_a_name"),
            models.CheckConstraint(condition=models.Q(state="open") | ~models.Q(answer=""), name="opinion_is_answered",
                                   violation_error_message=_("An answer is missing.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class OpinionSupport(models.Model):
    """A colleague who thinks so, too."""

    id = models.BigAutoField(primary_key=True)
    opinion = models.ForeignKey(Opinion, models.CASCADE, related_name="+")
    user = fields.Person()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("opinion", "user"), name="opinion_support_once")]
