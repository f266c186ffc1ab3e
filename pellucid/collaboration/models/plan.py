"""Plans: steps laid down once, carried out for many records; what schemes, playbooks and the execution of contracts stand on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord, Record

from ..kinds import Doer, Each, Fact, Phase, Since


class Plan(Record):
    """Steps for records of one kind. What it is for (a class of customers, a way of selling) the area says that made it."""

    class Kind(models.TextChoices):
        SCHEME = "scheme", _("Scheme")
        PLAYBOOK = "playbook", _("Playbook")
        PLAN = "plan", _("Plan")

    name = fields.Text(_("Name"), max_length=80)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.PLAN)
    about = models.CharField(max_length=40, editable=False)
    unit = fields.InUnit(verbose_name=_("Unit"), null=True, blank=True, help_text=_("With everything below it. Left empty: the whole company."))
    active = fields.YesNo(_("In use"), default=True)
    copied_from = fields.Link("self", models.SET_NULL, verbose_name=_("Copied from"), null=True, blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("plan"), _("plans")
        indexes = [models.Index(fields=("about", "kind"), name="plan_about")]

    def __str__(self) -> str:
        return self.name


class PlanStep(Record):
    """One step: what, by whom, within how many days, with what at hand."""

    duties = ("person",)

    class Counted(models.TextChoices):
        WORKING = "working", _("Working days")
        CALENDAR = "calendar", _("Calendar days")

    class Priority(models.TextChoices):
        HIGH = "high", _("High")
        NORMAL = "normal", _("Normal")
        LOW = "low", _("Low")

    plan = fields.Link(Plan, models.CASCADE, verbose_name=_("Plan"), related_name="steps")
    position = fields.Integer(_("Rank"), default=100)
    phase = Phase(_("Stage"), help_text=_("Left empty: from the beginning. Days count from when the record enters it."))
    since = Since(_("Days count from"), help_text=_("Left empty: from the beginning."))
    each = Each(_("Once for each"), help_text=_("Left empty: once."))
    fact = Fact(_("Completed by"), help_text=_("What is entered about it completes the step. Left empty: whoever does it completes it."))
    name = fields.Text(_("What to do"), max_length=200)
    name_en = fields.Text(_("Name in English"), max_length=200, blank=True, default="", db_default="")
    days = fields.Integer(_("Within days"), default=3, help_text=_("Below zero: before the day they count from."))
    counted = fields.Choice(_("Counted in"), choices=Counted, default=Counted.WORKING)
    doer = Doer(_("Who does it"), default="owner")
    person = fields.Person(verbose_name=_("Named person"), null=True, blank=True)
    remind = fields.Integer(_("Remind days before"), default=0, db_default=0, help_text=_(
        "Who does it, whose record it is and whoever is named here hear of it before and on the day. 0: nobody is reminded."))
    also = Doer(_("Also reminded"), blank=True, default="", db_default="")
    priority = fields.Choice(_("Priority"), choices=Priority, default=Priority.NORMAL, tones={"high": "bad", "low": ""})
    note = fields.LongText(_("How"), blank=True, default="")
    checklist = fields.LongText(_("Checklist"), blank=True, default="", help_text=_("One thing per line."))
    materials = fields.LongText(_("Materials"), blank=True, default="", help_text=_(
        "One per line: a name, an address, or both. Files hang on the step itself."))

    class Meta:
        verbose_name, verbose_name_plural = _("step of a plan"), _("steps of plans")
        constraints = [
            models.CheckConstraint(condition=models.Q(days__range=(0, 3650)) | ~models.Q(since="") & models.Q(days__range=(-3650, -1)),
                                   name="plan_step_days", violation_error_message=_("Between 0 and 3,650 days.")),
            models.CheckConstraint(condition=models.Q(remind__range=(0, 365)), name="plan_step_remind", violation_error_message=_(
                "Between 0 and 365 days.")),
            models.CheckConstraint(condition=~models.Q(doer="person") | models.Q(person__isnull=False), name="plan_step_person",
                                   violation_error_message=_("Say who.")),
        ]  # fmt: skip
        indexes = [models.Index(fields=("plan", "position", "id"), name="plan_step_order")]

    def __str__(self) -> str:
        return self.name

    def said(self, language: str) -> str:
        """What it is called in a reader's language."""
        return self.name_en if self.name_en and not language.startswith("zh") else self.name


class PlanRun(OwnedRecord):
    """A plan under way for one record: how far it is, and how it ended."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("All steps done")
        REACHED = "reached", _("Goal reached")
        STOPPED = "stopped", _("Dropped out")

    temporal = ("state", "owner", "unit")
    record_refs = (("about_resource", "about_id"),)
    stays_with_record = models.Q(ended_at=None)
    goes_with = True
    finished = "ended_at"
    unaudited = ("steps", "closed", "done")
    lock_rank = 89

    plan = fields.Link(Plan, models.PROTECT, verbose_name=_("Plan"), related_name="runs")
    kind = fields.Choice(_("Kind"), choices=Plan.Kind, default=Plan.Kind.PLAN)
    about_resource = models.CharField(max_length=40, editable=False)
    about_id = models.BigIntegerField(editable=False)
    about_title = fields.Text(pgettext_lazy("record", "For"), max_length=200)
    state = fields.Choice(_("State"), choices=State, default=State.RUNNING,
                          tones={"running": "acc", "finished": "ok", "reached": "ok", "stopped": "warn"})
    ended_at = fields.Moment(_("Ended"), null=True, blank=True)
    reason = fields.Text(_("Reason"), max_length=200, blank=True, default="")
    steps = fields.Integer(_("Plan steps"), default=0, editable=False)
    done = fields.Integer(_("Steps done"), default=0, editable=False)
    closed = fields.Integer(_("Steps closed"), default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("running plan"), _("running plans")
        constraints = [
            models.UniqueConstraint(fields=("plan", "about_resource", "about_id"), name="plan_runs_once", condition=models.Q(
                state="running", deleted_at=None), violation_error_message=_("This plan is under way for it already.")),
            models.CheckConstraint(condition=models.Q(state="running", ended_at=None) | ~models.Q(state="running") & models.Q(
                ended_at__isnull=False), name="plan_run_ended_when"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("about_resource", "about_id"), name="plan_run_about"),
            models.Index(fields=("plan", "state"), name="plan_run_state"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.about_title}"
