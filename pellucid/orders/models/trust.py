"""How far a customer is trusted, in grades; what an order's credit check found, as columns conditions can ask about."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields


class Grade(models.TextChoices):
    """The grades of credit."""

    A = "A", _("A · excellent")
    B = "B", _("B · good")
    C = "C", _("C · with care")
    D = "D", _("D · in advance only")


TONES = {"A": "ok", "B": "acc", "C": "warn", "D": "bad"}


class Checked(models.Model):
    """What the credit check found when it was last asked. Written by it alone: processes are routed by these fields and show them."""

    credit_grade = fields.Choice(_("Credit grade of the customer"), choices=Grade, blank=True, default="", db_default="", tones=TONES, editable=False)
    over_credit = fields.YesNo(_("Beyond credit, or overdue"), default=False, db_default=False, editable=False)
    terms_beyond_grade = fields.YesNo(_("Terms beyond the grade"), default=False, db_default=False, editable=False)

    class Meta:
        abstract = True
