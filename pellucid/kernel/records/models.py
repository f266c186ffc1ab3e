"""Base of every business object, and the small tables that belong to any record."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import fields
from .translated import TranslatedText, say

PURGED = 0  # in merged_into: gone from the bin too; the row keeps what sums need


class Record(models.Model):
    """A business object: who made it and when, its version, its bin, its custom fields.

    Class facts: `temporal` fields keep their periods, `unaudited` columns leave no audit line, `scope_via` names the root a child
    is read through, `part_of` names another record, not its root, that it lives and dies with, `record_refs` are pairs of columns
    (resource key, id) that point at any record, `lock_rank` is its place in the one lock order, `valid_since` are columns an import may
    name as its beginning, `visits_kept`: who opened it is remembered, to offer it again,
    `inner` columns are machinery: no field of the resource, never shown; amounts of a document are told `to_the_cent` on its page;
    `apart` are links that do not follow from what else it names; `kept_once` names a column: once it is filled, the record is not thrown away;
    `duties` name a person or unit that something is left to: when he leaves, or it closes, whoever takes over is named there instead.
    """

    audited = True
    temporal: tuple[str, ...] = ()
    unaudited: tuple[str, ...] = ()
    valid_since: tuple[str, ...] = ("created_at",)
    scope_via: str = ""
    part_of: str = ""
    record_refs: tuple[tuple[str, str], ...] = ()
    lock_rank = 100
    visits_kept = True
    inner: tuple[str, ...] = ()
    to_the_cent: bool = False
    duties: tuple[str, ...] = ()
    kept_once: str = ""
    apart: tuple[str, ...] = ()

    id = models.BigAutoField(primary_key=True)
    created_at = fields.Moment(_("Created"), default=timezone.now, db_default=Now(), editable=False)
    created_by = fields.Person(verbose_name=_("Created by"), null=True, blank=True, editable=False)
    updated_at = fields.Moment(_("Changed"), default=timezone.now, db_default=Now(), editable=False)
    version = models.IntegerField(default=1, db_default=1, editable=False)
    deleted_at = fields.Moment(_("Deleted"), null=True, blank=True, editable=False)
    deleted_by = fields.Person(null=True, blank=True, editable=False)
    merged_into = models.BigIntegerField(null=True, blank=True, editable=False)
    extra = models.JSONField(default=dict, db_default={}, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def alive(self) -> bool:
        return self.deleted_at is None and self.merged_into is None


def stays_kept(record: models.Model) -> bool:
    """Whether a record is not thrown away any more."""
    once = getattr(record, "kept_once", "")
    return bool(once) and getattr(record, once) is not None


def root_model(model: type[models.Model]) -> type[models.Model]:
    """The model whose rights the rows of this one have: itself, or the one they hang on."""
    via = getattr(model, "scope_via", "")
    return model._meta.get_field(via).related_model if via else model  # type: ignore[return-value]


class OwnedRecord(Record):
    """A root: it belongs to a person and a unit; its branch is a fact for numbers, never a right. Class facts: one that `stays` is about its
    owner himself, and nobody else can take it over; `waits_in` names a link that is filled while it is its owner's only as the keeper of what
    is linked. Given to somebody else, one that `takes_along` takes along what its owner has `in_work` with it: records that name it by a link
    which `goes_along`, or that are about it."""

    stays: bool = False
    waits_in: str = ""
    takes_along: bool = False
    goes_along: tuple[str, ...] = ()
    in_work: models.Q | None = None

    owner = fields.Person(verbose_name=_("Owner"))
    unit = fields.InUnit(verbose_name=_("Unit"))
    branch = fields.InUnit(verbose_name=_("Branch"), editable=False)

    class Meta:
        abstract = True


class Version(models.Model):
    """How often a topic has changed; see versions.py."""

    topic = models.CharField(max_length=20, primary_key=True)
    n = models.BigIntegerField(default=1)


class Term(models.Model):
    """One value of a dictionary: translated, ordered, coloured; retired, never deleted, once used."""

    id = models.BigAutoField(primary_key=True)
    dictionary = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    label = TranslatedText()
    tone = models.CharField(max_length=8, blank=True, default="")
    position = models.IntegerField(default=0)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    retired_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    aliases = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("dictionary", "position", "code")
        constraints = [models.UniqueConstraint(fields=("dictionary", "code"), name="term_code_once")]

    def __str__(self) -> str:
        return say(self.label) or self.code


class Setting(models.Model):
    """A value an administrator set, for the company or for one branch; what may be set is declared in code."""

    id = models.BigAutoField(primary_key=True)
    key = models.CharField(max_length=80)
    unit_id = models.BigIntegerField(null=True, blank=True)
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("key", "unit_id"), nulls_distinct=False, name="setting_once")]


class Numbering(models.Model):
    """The last gapless number drawn for one kind of legal document, branch and year."""

    key = models.CharField(max_length=80, primary_key=True)
    last = models.BigIntegerField(default=0)


class OfRecord(models.Model):
    """Anything that hangs on any record: (resource key, id)."""

    id = models.BigAutoField(primary_key=True)
    resource = models.CharField(max_length=40)
    record_id = models.BigIntegerField()

    class Meta:
        abstract = True


class Blob(models.Model):
    """The bytes of a file, stored once under their SHA-256."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_as = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)


class FileText(models.Model):
    """What is written in a file, read once for its bytes; search and comparison work on it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be read")
        READING = "reading", _("Being read")
        READ = "read", _("Read")
        FAILED = "failed", _("Cannot be read")

    blob = models.OneToOneField(Blob, models.CASCADE, primary_key=True, related_name="text")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    text = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=20, blank=True, default="")  # why it was not read, or not to its end
    asked_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=("asked_at",), name="file_text_waiting", condition=models.Q(state="waiting"))]


class Attachment(OfRecord):
    """A file on a record; its rights are the record's."""

    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    note = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = fields.Person(null=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=("resource", "record_id", "-created_at"), name="attachment_of")]


class Comment(OfRecord):
    """A remark on a record, or on an entry of its timeline (`about`)."""

    text = models.TextField()
    about = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = fields.Person()
    on_behalf_of = fields.Person(null=True, blank=True, db_index=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    mentions = ArrayField(models.BigIntegerField(), default=list, blank=True)

    class Meta:
        indexes = [models.Index(fields=("resource", "record_id", "created_at"), name="comment_of")]


class Watch(OfRecord):
    """A user who wants to hear of every change of a record."""

    user = fields.Person()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("resource", "record_id", "user"), name="watch_once")]


class Star(OfRecord):
    """A record that a user keeps at hand."""

    user = fields.Person()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "resource", "record_id"), name="star_once")]


class Visit(OfRecord):
    """When a user last opened a record."""

    user = fields.Person()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "resource", "record_id"), name="visit_once")]
        indexes = [models.Index(fields=("user", "-at"), name="visit_recent")]


class Reference(OfRecord):
    """A link kept by a custom field: (resource, record_id) points to (target, target_id)."""

    field = models.CharField(max_length=60)
    target = models.CharField(max_length=40)
    target_id = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=("target", "target_id"), name="reference_to"),
            models.Index(fields=("resource", "record_id"), name="reference_from"),
        ]
