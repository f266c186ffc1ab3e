"""What moves customers between classes, and the schemes by which customers of a class are looked after."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.collaboration.models import Plan
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record
from pellucid.kernel.resources.conditions import Conditions

from ..kinds import Happening
from .customer import CustomerClass


class ClassRise(Record):
    """Something happens with a customer, and he rises to a class; who is in it or above stays."""

    happening = Happening(_("What happens"))
    customer_class = fields.Level(_("Rises to"), choices=CustomerClass, default=CustomerClass.POTENTIAL)
    active = fields.YesNo(_("In use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rule for rising"), _("rules for rising")
        constraints = [
            models.UniqueConstraint(fields=("happening",), name="class_rise_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("There is a rule for this already.")),
            models.CheckConstraint(condition=models.Q(customer_class__in=[2, 3, 4, 5]), name="class_rise_class",
                                   violation_error_message=_("Nobody rises to the lowest class.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.happening)


class ClassFall(Record):
    """Customers of a class without an open deal and without a new one for months fall to a lower class, by night."""

    from_class = fields.Level(_("Falls from"), choices=CustomerClass, default=CustomerClass.OPPORTUNITY)
    customer_class = fields.Level(_("Falls to"), choices=CustomerClass, default=CustomerClass.POTENTIAL)
    months = fields.Integer(_("Months without a deal"), default=12)
    conditions = Conditions(_("Which customers"), of="customer", blank=True, default="")
    active = fields.YesNo(_("In use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("rule for falling"), _("rules for falling")
        constraints = [
            models.CheckConstraint(condition=models.Q(customer_class__lt=models.F("from_class")), name="class_fall_down",
                                   violation_error_message=_("It falls to a lower class.")),
            models.CheckConstraint(condition=models.Q(months__range=(1, 120)), name="class_fall_months",
                                   violation_error_message=_("Between 1 and 120 months.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_from_class_display()} → {self.get_customer_class_display()}"


class Scheme(Record):
    """How customers of one kind are looked after: for whom, to what end, by which steps. Its steps are those of its plan."""

    name = fields.Text(_("Name"), max_length=80)
    customer_class = fields.Level(_("For customers of the class"), choices=CustomerClass, null=True, blank=True,
                                  help_text=_("Left empty: of any class."))  # fmt: skip
    conditions = Conditions(_("Which customers"), of="customer", blank=True, default="",
                            help_text=_("By industry, business, level, origin or any field of your own."))  # fmt: skip
    goal = fields.LongText(_("Goal"), blank=True, default="")
    goal_class = fields.Level(_("Reached when the customer rises to"), choices=CustomerClass, null=True, blank=True)
    by_rule = fields.YesNo(_("Starts by itself"), default=False, help_text=_("For customers who come into this class, or are entered, from now on."))
    since = fields.Moment(_("Starts by itself since"), null=True, blank=True)
    unit = fields.InUnit(verbose_name=_("Unit"), null=True, blank=True, help_text=_("With everything below it. Left empty: the whole company."))
    active = fields.YesNo(_("In use"), default=True)
    plan = fields.Link(Plan, models.PROTECT, verbose_name=_("Plan"), blank=True, editable=False, related_name="+")

    class Meta:
        verbose_name, verbose_name_plural = _("scheme"), _("schemes")
        constraints = [
            models.UniqueConstraint(fields=("plan",), name="scheme_of_plan"),
            models.CheckConstraint(condition=models.Q(customer_class=None) | models.Q(goal_class=None) | models.Q(
                goal_class__gt=models.F("customer_class")), name="scheme_goal_above", violation_error_message=_(
                "The goal is a class above the one it is for."))]  # fmt: skip

    def __str__(self) -> str:
        return self.name
