"""The bytes of files: held again when they are given again, let go when nothing holds them."""

from __future__ import annotations

import datetime as dt
from functools import cache

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from .models import Blob

JUST_NOW = dt.timedelta(minutes=1)       # who gave bytes has not yet said what holds them
UNUSED = dt.timedelta(days=2)            # longer than a form keeps a file through a mistake


def again(sha: str) -> Blob | None:
    """Bytes that are here already; from now on they count as just given."""
    if not Blob.objects.filter(pk=sha).update(created_at=timezone.now()):
        return None
    found = Blob.objects.get(pk=sha)
    return found if default_storage.exists(found.stored_as) else None


def preview_path(sha: str) -> str:
    """Where a picture made smaller is kept."""
    return f"previews/{sha[:2]}/{sha}.webp"


@cache
def holders() -> list[tuple[type[models.Model], str]]:
    """(model, column) of everything that holds files, whoever declares it; what dies with the bytes does not hold them."""
    return [(field.related_model, field.field.attname) for field in Blob._meta.get_fields(include_hidden=True)
            if isinstance(field, models.ForeignObjectRel) and field.on_delete is not models.CASCADE]  # fmt: skip


def unheld(before: dt.datetime) -> QuerySet[Blob]:
    """Bytes last given before a moment that nothing holds."""
    rows = Blob.objects.filter(created_at__lt=before)
    for model, column in holders():
        rows = rows.exclude(Exists(model._base_manager.filter(**{column: OuterRef("pk")})))
    return rows


def let_go(sha: str, unused: dt.timedelta = JUST_NOW) -> bool:
    """Remove bytes that nothing holds and nobody has given lately. Who gives the same bytes at this moment waits for the row, and then
    stores them anew; so they leave before the row's removal is seen."""
    with transaction.atomic():
        blob = unheld(timezone.now() - unused).select_for_update(of=("self",)).filter(pk=sha).first()
        if blob is None:
            return False
        path = blob.stored_as
        blob.delete()
        default_storage.delete(path)
        default_storage.delete(preview_path(sha))
    return True
