"""A business object that nothing else knows: the cars of the company."""

from __future__ import annotations

from django.db import models

from pellucid.kernel.records import fields
from pellucid.kernel.records.models import OwnedRecord


class Vehicle(OwnedRecord):
    """A car; who has it, and what it is worth, keeps its past."""

    class Kind(models.TextChoices):
        CAR = "car", "Car"
        VAN = "van", "Van"

    temporal = ("owner", "unit", "worth")

    number = fields.Text("Plate", max_length=20, blank=True, default="")
    name = fields.Text("Name", max_length=80)
    kind = fields.Choice("Kind", choices=Kind, default=Kind.CAR, tones={"van": "info"})
    worth = fields.Money("Worth", null=True, blank=True)
    bought_on = fields.Day("Bought on", null=True, blank=True)
    kilometres = fields.Integer("Kilometres", default=0)

    class Meta:
        verbose_name, verbose_name_plural = "vehicle", "vehicles"

    def __str__(self) -> str:
        return self.name
