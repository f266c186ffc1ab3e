"""Something to do by a time, and the record of who held it when it became late."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord, Record

from ..kinds import Fact, Ticks
from .plan import PlanRun, PlanStep


class Task(OwnedRecord):
    """Something to do by a time, about any record or none. A record's next step is its one open task of that kind."""

    class Kind(models.TextChoices):
        NEXT_STEP = "next_step", _("Next step")
        TASK = "task", _("Task")
        SCHEME = "scheme", _("Scheme")
        PLAYBOOK = "playbook", _("Playbook")
        PLAN = "plan", _("Plan")

    class Priority(models.TextChoices):
        HIGH = "high", _("High")
        NORMAL = "normal", _("Normal")
        LOW = "low", _("Low")

    class State(models.TextChoices):
        TODO = "todo", _("To be begun")
        DOING = "doing", _("Being done")
        CHECK = "check", _("To be checked")
        DONE = "done", _("Finished")

    class Promise(models.TextChoices):
        NONE = "", ""
        ASKED = "asked", _("To be promised")
        GIVEN = "given", _("Promised")
        AMENDED = "amended", _("Promised for another day")
        REFUSED = "refused", pgettext_lazy("promise", "Refused")

    class Repeat(models.TextChoices):
        DAILY = "daily", _("Every day")
        WORKDAYS = "workdays", _("Every working day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")
        QUARTERLY = "quarterly", _("Every quarter")
        YEARLY = "yearly", _("Every year")

    temporal = ("owner", "unit", "due_at", "done_at")
    unaudited = ("planned_at", "reminded", "escalated")
    record_refs = (("about_resource", "about_id"),)
    goes_with = True
    stays_with_record = models.Q(kind="next_step") | models.Q(run__isnull=False, owner=models.F("run__owner"))
    finished = "done_at"
    lock_rank = 90
    in_work = models.Q(done_at=None)

    name = fields.Text(_("What"), max_length=200, personal=True)
    kind = fields.Choice(_("Kind"), choices=Kind, default=Kind.TASK)
    priority = fields.Choice(_("Priority"), choices=Priority, default=Priority.NORMAL, tones={"high": "bad", "low": ""})
    state = fields.Choice(_("State"), choices=State, default=State.TODO, db_default=State.TODO.value,
                          tones={"doing": "acc", "check": "warn", "done": "ok"})
    due_at = fields.Moment(_("Due"), style="due", companion="done_at", default=timezone.now)
    planned_at = fields.Moment(_("Planned"), default=timezone.now, db_default=Now(), editable=False)
    done_at = fields.Moment(pgettext_lazy("moment", "Done"), null=True, blank=True)
    done_by = fields.Person(verbose_name=pgettext_lazy("task", "Completed by"), null=True, blank=True, editable=False, db_index=False)
    done_for = fields.Person(verbose_name=pgettext_lazy("task", "Completed on behalf of"), null=True, blank=True, editable=False, db_index=False)
    cancelled = fields.YesNo(_("Cancelled"), default=False, db_default=False)
    giver = fields.Person(verbose_name=_("Task given by"), null=True, blank=True)
    to_check = fields.YesNo(_("The result is checked"), default=False, db_default=False,
                            help_text=_("Who gave it says whether it is done."))
    about_resource = models.CharField(max_length=40, blank=True, default="", editable=False)
    about_id = models.BigIntegerField(null=True, blank=True, editable=False)
    about_title = fields.Text(_("About"), max_length=200, blank=True, default="", personal=True)
    note = fields.LongText(_("Note"), blank=True, default="", personal=True)
    result = fields.Text(_("Result"), max_length=200, blank=True, default="", personal=True)
    checklist = fields.LongText(_("Checklist"), blank=True, default="", db_default="", help_text=_("One thing per line."), personal=True)
    ticked = Ticks(verbose_name=_("Ticked off"), db_default=[], personal=True)
    repeat = fields.Choice(_("Repeats"), choices=Repeat, blank=True, default="", db_default="")
    repeat_until = fields.Day(_("Repeats until"), null=True, blank=True)
    series = fields.Link("self", models.SET_NULL, verbose_name=_("First of its series"), null=True, blank=True, editable=False, related_name="+")
    occurrence = models.IntegerField(default=0, db_default=0, editable=False)
    run = fields.Link(PlanRun, models.SET_NULL, verbose_name=_("Of the plan"), null=True, blank=True, editable=False, related_name="tasks")
    step = fields.Link(PlanStep, models.SET_NULL, verbose_name=_("Step"), null=True, blank=True, editable=False, related_name="+")
    part = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    fact = Fact(_("Completed by"), editable=False)
    promise = fields.Choice(_("Promise"), choices=[c for c in Promise.choices if c[0]], blank=True, default="", db_default="", editable=False,
                            tones={"asked": "warn", "given": "ok", "amended": "info", "refused": "bad"})
    promise_note = fields.Text(_("Why not as asked"), max_length=200, blank=True, default="", db_default="", editable=False, personal=True)
    reminded = models.IntegerField(default=0, db_default=0, editable=False)  # 1 before the day, 2 on it
    escalated = models.IntegerField(default=0, db_default=0, editable=False)  # how many managers upward have been told
    series_from = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("task"), _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=("about_resource", "about_id"),
                name="one_next_step",
                violation_error_message=_("This record has a next step already."),
                condition=models.Q(kind="next_step", done_at=None, deleted_at=None),
            ),
            models.UniqueConstraint(fields=("series", "occurrence"), name="task_occurs_once", condition=models.Q(series__isnull=False)),
            models.UniqueConstraint(fields=("run", "step", "part"), name="task_of_step_once",
                                    condition=models.Q(run__isnull=False, step__isnull=False)),
            models.CheckConstraint(
                condition=~models.Q(kind="next_step") | models.Q(about_id__isnull=False), name="next_step_is_about_something"
            ),
            models.CheckConstraint(condition=models.Q(state__in=("todo", "doing"), done_at=None)
                                   | models.Q(state__in=("check", "done"), done_at__isnull=False), name="task_done_when"),
            models.CheckConstraint(condition=models.Q(cancelled=False) | models.Q(state="done"), name="task_cancelled_is_over"),
            models.CheckConstraint(condition=models.Q(repeat="") | ~models.Q(kind="next_step"), name="task_step_once",
                                   violation_error_message=_("A next step does not repeat.")),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=("about_resource", "about_id", "-due_at"), name="task_about"),
            models.Index(fields=("-done_at", "id"), name="task_done", condition=models.Q(done_at__isnull=False)),
            models.Index(fields=("giver", "state"), name="task_given", condition=models.Q(giver__isnull=False, deleted_at=None)),
        ]

    def __str__(self) -> str:
        return self.name


class Lateness(Record):
    """A task was not done by its time: which time that was, and with whom the task was then. Written once, never changed."""

    scope_via = "task"
    lock_rank = 91

    task = fields.Link(Task, models.CASCADE, verbose_name=_("Task"), related_name="lateness")
    due_at = fields.Moment(_("Was due"))
    owner = fields.Person(verbose_name=_("Late with"))
    unit = fields.InUnit(verbose_name=_("Unit then"))

    class Meta:
        verbose_name, verbose_name_plural = _("late task"), _("late tasks")
        constraints = [models.UniqueConstraint(fields=("task", "due_at"), name="lateness_once")]
        indexes = [models.Index(fields=("owner", "-due_at"), name="lateness_of")]

    def __str__(self) -> str:
        return str(self.task)
