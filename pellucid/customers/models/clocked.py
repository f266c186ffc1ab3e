"""Who receives a record has to have a dated plan for it in time: what its clock keeps, whatever kind of record it is on."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import fields

from ..clock_kinds import PlanDue

FAR = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


class Clocked(models.Model):
    """By when a plan is due, since when, and what has been said about it. The record has a next step, a last contact and a pool."""

    waits_in = "pool"  # there its keeper owns it only as long as he keeps the pool
    CLOCK = ("plan_due_at", "plan_since", "plan_warned_at", "plan_escalated_at", "next_step_set_at")

    plan_due_at = PlanDue(_("Time to respond"), null=True, blank=True, editable=False, companion="plan_by")
    plan_since = fields.Moment(_("Clock runs since"), null=True, blank=True, editable=False)
    plan_warned_at = fields.Moment(_("Reminded"), null=True, blank=True, editable=False)
    plan_escalated_at = fields.Moment(_("Manager told"), null=True, blank=True, editable=False)
    next_step_set_at = fields.Moment(_("Next step planned"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        abstract = True


def plan_by(**living: object) -> models.GeneratedField:
    """The moment a plan is due; far away while no clock runs: with a plan or a contact since, in a pool, or not `living`. A step that came
    along from the owner before is no plan of this one."""
    return models.GeneratedField(
        expression=models.Case(
            models.When(models.Q(plan_due_at__isnull=False, pool=None, **living)
                        & (models.Q(next_step_at=None) | models.Q(next_step_set_at__lt=models.F("plan_since")))
                        & (models.Q(last_contact_at=None) | models.Q(last_contact_at__lt=models.F("plan_since"))), then=models.F("plan_due_at")),
            default=models.Value(FAR, models.DateTimeField())),
        output_field=models.DateTimeField(), db_persist=True)
