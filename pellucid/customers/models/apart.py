"""Customers that look alike and are two."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from pellucid.kernel.records import fields


class KeptApart(models.Model):
    """Somebody looked at two customers and found that they are two. Plain keys: a merge must not move them, and a pair of which one is
    gone says nothing any more."""

    id = models.BigAutoField(primary_key=True)
    one = models.BigIntegerField()
    other = models.BigIntegerField()
    by = fields.Person(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("one", "other"), name="kept_apart_once"),
                       models.CheckConstraint(condition=models.Q(one__lt=models.F("other")), name="kept_apart_in_order")]
        indexes = [models.Index(fields=("other",), name="kept_apart_other")]
