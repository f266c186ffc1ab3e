"""A living record of any resource, made from its model alone: required fields get values of their kind, links get records of their own."""
from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.run import begin
from pellucid.kernel.records.models import OwnedRecord, Term
from pellucid.kernel.resources.attachments import keep
from pellucid.kernel.resources.declare import registry
from tests.world import World

SKIPPED = {"id", "created_by", "deleted_by", "created_at", "updated_at", "version", "deleted_at", "merged_into", "extra"}
PLACED = {"owner", "unit", "branch"}


def value_for(field: models.Field, world: World, owner: str, text: str) -> Any:
    """A value of a required field."""
    if field.related_model is not None:
        key = field.related_model._meta.model_name
        if key == "user":
            used = set(field.model._base_manager.values_list(field.attname, flat=True)) if field.unique else set()
            return next(u for u in (world.users[owner], *world.users.values()) if u.pk not in used)
        if key == "unit":
            return world.units["east_sales"]
        if key == "blob":
            return keep(io.BytesIO(text.encode()), "样本.txt")
        if key == "term":
            return Term.objects.filter(dictionary=getattr(field, "dictionary", "")).first()
        return record_of(key, world, owner=owner, text=text)
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return dt.date(2026, 1, 1)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.DecimalField):
        return Decimal("1")
    if isinstance(field, models.IntegerField):
        return 1
    return unused(field, text[:field.max_length or 200])


def unused(field: models.Field, text: str) -> str:
    """The text, with a number where another living record has it and names may be given once only."""
    alone = any(isinstance(c, models.UniqueConstraint) and c.fields == (field.name,) for c in field.model._meta.constraints)
    rows = field.model._base_manager.filter(deleted_at=None) if alone else field.model._base_manager.none()
    found, n = text, 1
    while rows.filter(**{field.name: found}).exists():
        n += 1
        found = f"{text}{n}"
    return found


def record_of(key: str, world: World, *, owner: str = "alice", text: str = "样本", **values: Any) -> Any:
    """A record of this resource that belongs to somebody of the world."""
    record = filled(key, world, owner=owner, text=text, **values)
    with transaction.atomic():
        begin(Actor.system("demo"))
        prepare(type(record), [record], actor=Actor.system("demo"), changed=None)
        record.save(force_insert=True)
    return record


def filled(key: str, world: World, *, owner: str = "alice", text: str = "样本", **values: Any) -> Any:
    """The same, not written yet."""
    resource = registry[key]
    record = resource.model()
    for field in resource.model._meta.concrete_fields:
        placed = field.name in PLACED and isinstance(record, OwnedRecord)
        if field.name in SKIPPED or placed or field.name in values or getattr(field, "generated", False):
            continue
        if field.null or field.has_default() or (field.blank and not field.related_model and field.name != resource.title):
            continue
        setattr(record, field.name, value_for(field, world, owner, text))
    if isinstance(record, OwnedRecord):
        user = world.users[owner]
        record.owner = user
        record.unit_id = user.memberships.get(primary=True).unit_id
        record.branch_id = tree().branch(record.unit_id)
    for name, value in values.items():
        setattr(record, name, value)
    return record
