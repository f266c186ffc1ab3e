"""What customers are worth: models of indicators, and the scores that were published by them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pellucid.customers.models import Customer
from pellucid.kernel.metrics.declare import base_of, datasets, measures
from pellucid.kernel.records import fields
from pellucid.kernel.records.models import Record
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.resources.fields import model_specs

FIELD = "field:"  # before the name of a field of the customer itself
FITTING = ("choice", "level", "term", "bool", "integer", "decimal", "money", "percent")


def of_profile() -> dict[str, Spec]:
    """The fields of a customer that an indicator may go by: what is chosen, yes or no, numbers."""
    return {FIELD + name: spec for name, spec in model_specs("customer").items() if spec.kind.key in FITTING}


def indicators() -> list[tuple[str, Any]]:
    """Everything an indicator can be: figures by customer, and fields of the customer itself."""
    return of_customers() + [(name, format_lazy(_("{field} (of the customer)"), field=spec.label)) for name, spec in of_profile().items()]


def of_customers() -> list[tuple[str, Any]]:
    """The measures that can be asked by customer."""
    def fits(name: str) -> bool:
        return all(datasets[base.dataset].dim("customer") for base in base_of((name,)).values())

    return [(name, m.label) for name, m in measures.items() if m.unit != "moment" and fits(name)]


class ValueModel(Record):
    """Indicators weighed into a score, and from which score on a customer is graded how. What was published stays until it is published again."""

    class Purpose(models.TextChoices):
        VALUE = "value", _("What a customer is worth")
        CREDIT = "credit", _("How far it is trusted")

    lock_rank = 18

    name = fields.Text(_("Name"), max_length=80)
    purpose = fields.Choice(_("For"), choices=Purpose, default=Purpose.VALUE)
    a_from = fields.Number(_("A from"), default=80, help_text=_("A score is between 0 and 100."))
    b_from = fields.Number(_("B from"), default=60)
    c_from = fields.Number(_("C from"), default=40)
    edition = fields.Integer(_("Edition"), default=0, editable=False)
    published_on = fields.Day(_("Published on"), null=True, blank=True, editable=False)
    leading = fields.YesNo(_("Its grade is shown in figures"), default=False, db_default=False, help_text=_(
        "One model for value: other figures can be told apart by the grade it published."))
    note = fields.LongText(_("Note"), blank=True, default="")

    class Meta:
        verbose_name, verbose_name_plural = _("value model"), _("value models")
        constraints = [
            models.UniqueConstraint(fields=("leading",), name="value_model_leads_once", condition=models.Q(leading=True, deleted_at=None),
                                    violation_error_message=_("Another model's grade is shown in figures already.")),
            models.UniqueConstraint(fields=("name",), name="value_model_once", condition=models.Q(deleted_at=None),
                                    violation_error_message=_("Another model has this name.")),
            models.CheckConstraint(condition=models.Q(a_from__gt=models.F("b_from")) & models.Q(b_from__gt=models.F("c_from"))
                                   & models.Q(c_from__gte=0), name="value_model_grades", violation_error_message=_(
                                       "A begins above B, B above C, C not below zero.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class ValueIndicator(Record):
    """One number of a model: of which months, how much it weighs, how many points for how much."""

    class Rule(models.TextChoices):
        RANK = "rank", _("By its rank among all")
        BAND = "band", _("By the limit it reaches")
        LINE = "line", _("Between two limits")
        EACH = "each", _("By its value")

    class Peers(models.TextChoices):
        ALL = "", _("All customers")
        CUSTOMER_CLASS = "customer_class", _("Customers of its class")
        LEVEL = "level", _("Customers of its level")
        INDUSTRY = "industry", _("Customers of its industry")
        REGION = "region", _("Customers of its region")
        UNIT = "unit", _("Customers of its unit")
        BRANCH = "branch", _("Customers of its branch")

    lock_rank = 19

    model = fields.Link(ValueModel, models.CASCADE, verbose_name=_("Value model"), related_name="indicators")
    measure = fields.Choice(_("Measure or field"), max_length=60, choices=indicators)
    months = fields.Integer(_("Of the last months"), default=12)
    weight = fields.Number(_("Weight"), default=1)
    rule = fields.Choice(_("Points"), choices=Rule, default=Rule.RANK)
    points = fields.Text(_("Limits and points"), max_length=400, blank=True, default="", help_text=_(
        "By limits, rising: 0:0, 100000:60, 500000:100. By value, the rest as *: A:100, B:60, *:20"))
    peers = fields.Choice(_("Ranked among"), max_length=20, choices=[c for c in Peers.choices if c[0]], blank=True, default="", db_default="",
                          help_text=_("Left empty: all customers. Groups of fewer than five are ranked among all."))
    low_is_good = fields.YesNo(_("Less is better"), default=False)
    gate = fields.Number(_("If it is worse than"), null=True, blank=True, help_text=_("Then the score is no better than the next field says."))
    cap = fields.Number(_("The score is at most"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = pgettext_lazy("of a model", "indicator"), _("indicators")
        constraints = [
            models.CheckConstraint(condition=models.Q(weight__gt=0), name="value_indicator_weight", violation_error_message=_(
                "A weight is above zero.")),
            models.CheckConstraint(condition=models.Q(months__range=(1, 60)), name="value_indicator_months", violation_error_message=_(
                "Between 1 and 60 months.")),
            models.CheckConstraint(condition=models.Q(gate=None, cap=None) | models.Q(gate__isnull=False, cap__range=(0, 100)),
                                   name="value_indicator_gate", violation_error_message=_("Say both: from where on, and how good at most.")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(dict(indicators()).get(self.measure, self.measure))


class CustomerValue(Record):
    """The score of a customer as it was published: by which edition of a model, as of which day, how it came about."""

    scope_via = "customer"
    lock_rank = 23

    customer = fields.Link(Customer, models.CASCADE, verbose_name=_("Customer"), related_name="+")
    model = fields.Link(ValueModel, models.CASCADE, verbose_name=_("Value model"), related_name="+")
    score = fields.Number(_("Score"), default=0)
    grade = fields.Choice(_("Grade"), choices=[(g, g) for g in "ABCD"], tones={"A": "ok", "B": "acc", "C": "warn", "D": ""})
    rank = fields.Integer(_("Rank"), default=0)
    edition = fields.Integer(_("Edition"), default=0)
    asof = fields.Day(_("As of"))
    steps = models.TextField(blank=True, default="", editable=False)  # "amount 1200.5 80 0.4;…": indicator, value, points, weight

    class Meta:
        verbose_name, verbose_name_plural = _("customer value"), _("customer values")
        constraints = [models.UniqueConstraint(fields=("customer", "model"), name="customer_value_once", condition=models.Q(deleted_at=None))]
        indexes = [models.Index(fields=("model", "rank"), name="customer_value_rank")]

    def __str__(self) -> str:
        return f"{self.customer} · {self.grade}"


class ValueGrade(models.Model):
    """From which day until which a customer had which grade by a model, as it was published. What counts by grade as of a past day reads this."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    model = models.ForeignKey(ValueModel, models.CASCADE, related_name="+")
    grade = models.CharField(max_length=1)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the first day on which it had another one, or none

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(until=None) | models.Q(until__gt=models.F("since")), name="value_grade_lasts")]
        indexes = [models.Index(fields=("customer", "model", "-since"), name="value_grade_of")]

    def __str__(self) -> str:
        return self.grade
