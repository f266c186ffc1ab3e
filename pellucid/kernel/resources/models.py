"""What administrators and users lay over a declaration: custom fields, layouts, saved views."""
from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records.fields import Person
from pellucid.kernel.records.translated import TranslatedText, say


class CustomField(models.Model):
    """A field an administrator added to a resource; its values live in `extra` under x_<slug>, a slug that is never used again."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        LONGTEXT = "longtext", _("Long text")
        DECIMAL = "decimal", _("Decimal number")
        MONEY = "money", _("Amount")
        DATE = "date", _("Date")
        CHOICE = "term", _("Choice")
        CHOICES = "terms", _("Several choices")
        YESNO = "bool", _("Yes or no")
        LINK = "link", _("Link to a record")

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    slug = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=Kind)
    label = TranslatedText()
    help = TranslatedText(blank=True)
    target = models.CharField(max_length=40, blank=True, default="")
    required = models.BooleanField(default=False)
    personal = models.BooleanField(default=False)
    sortable = models.BooleanField(default=False)
    default = models.JSONField(null=True, blank=True)
    section = models.CharField(max_length=80, blank=True, default="")
    uom = models.CharField(max_length=20, blank=True, default="", db_default="")  # of a number: kW, mm
    edges = models.JSONField(default=list, db_default=[], blank=True)  # of a number: where each band but the first begins, as texts
    only_for = models.JSONField(default=dict, db_default={}, blank=True)  # {field, terms}: asked for where that field is one of these
    position = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        constraints = [models.UniqueConstraint(fields=("resource", "slug"), name="custom_field_once",
                                               violation_error_message=_("This short name was used before."))]

    def __str__(self) -> str:
        return say(self.label) or self.slug

    @property
    def name(self) -> str:
        return f"x_{self.slug}"

    @property
    def dictionary(self) -> str:
        return f"{self.resource}.{self.slug}" if self.kind in ("term", "terms") else ""

    @property
    def bands(self) -> str:
        """Where its bands begin, as it is typed."""
        return ", ".join(self.edges)

    @property
    def only(self) -> list[str]:
        """What it is asked for, as it is chosen."""
        return [f"{self.only_for['field']}:{term}" for term in self.only_for.get("terms", ())]


class Layout(models.Model):
    """How an administrator changed one declared field: its label, place, visibility, requirement, default."""

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    label = TranslatedText(blank=True)
    position = models.IntegerField(null=True, blank=True)
    hidden = models.BooleanField(default=False)
    required = models.BooleanField(default=False)
    default = models.JSONField(null=True, blank=True)
    points = models.IntegerField(null=True, blank=True)  # what it counts for completeness; null: as declared
    demanded_from = models.CharField(max_length=40, null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("resource", "field"), name="layout_once")]


class SavedView(models.Model):
    """A scene: filters, columns, sort and density of a list; private, for a unit, or for all."""

    class Audience(models.TextChoices):
        PRIVATE = "private", _("Only me")
        UNIT = "unit", _("My unit")
        ALL = "all", _("Everybody")

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    owner = Person()
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PRIVATE)
    unit = models.ForeignKey("access.Unit", models.CASCADE, null=True, blank=True, related_name="+")
    params = models.JSONField(default=dict)
    columns = models.JSONField(default=list, blank=True)
    density = models.CharField(max_length=8, blank=True, default="")
    position = models.IntegerField(default=0)
    favourite = models.BooleanField(default=False)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        indexes = [models.Index(fields=("resource", "owner"), name="view_of")]


class MergeRun(models.Model):
    """Two records became one: what was moved and filled in, so that it can be taken apart again within 30 days."""

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    survivor_id = models.BigIntegerField()
    merged_id = models.BigIntegerField()
    moved = models.JSONField(default=list)
    filled = models.JSONField(default=dict)
    by = Person(null=True)
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=("resource", "survivor_id"), name="merge_into"),
            models.Index(fields=("resource", "merged_id"), name="merge_of"),
        ]
