"""A link whose rows an index of the model's own finds already gets none beside it: each index is written with every row."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.signals import class_prepared

OURS = "pellucid."


def spare(sender: Any, **_more: Any) -> None:
    """Takes the index of its own from every link that a wider index or a uniqueness of the model begins with."""
    if not sender.__module__.startswith(OURS):
        return
    begun = {first for thing in (*sender._meta.indexes, *sender._meta.constraints) if (first := begins(thing))}
    for field in sender._meta.local_fields:
        if field.name in begun and isinstance(field, models.ForeignKey) and not field.unique:
            field.db_index = False  # type: ignore[attr-defined]


def begins(thing: Any) -> str:
    """The field which an index or a uniqueness finds every row by that has something in it; "" for any other."""
    if type(thing) not in (models.Index, models.UniqueConstraint) or thing.expressions or not thing.fields:
        return ""
    first = thing.fields[0].lstrip("-")
    filled = models.Q(**{f"{first}__isnull": False})
    return first if thing.condition in (None, filled) and not thing.fields[0].startswith("-") else ""


class_prepared.connect(spare, dispatch_uid="config.indexes.spare")
