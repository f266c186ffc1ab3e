"""After thirty days in the bin a record keeps what sums need and loses what was said about people, in its past too."""
from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Share
from pellucid.kernel.actions.run import begin
from pellucid.kernel.events.bus import unsay
from pellucid.kernel.history.tracked import tracked_of
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.records.models import PURGED, Attachment, Comment, Record, Reference, Star, Visit, Watch
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import kind_of
from pellucid.kernel.resources.models import CustomField

KEEP_DAYS = 30
CHUNK = 500
NOBODY = "0"                       # the history wants somebody who erased; no user has this number
HANGING = (Comment, Attachment, Watch, Star, Visit, Reference, Share)


def emptied(model: type[models.Model]) -> dict[str, Any]:
    """The columns that a purge empties, with what it leaves in them: personal fields and free text."""
    out: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.is_relation or field.name == "extra" or getattr(field, "generated", False):
            continue
        if getattr(field, "personal", False) or kind_of(field) == "longtext":
            out[field.name] = None if field.null else field.get_default() if field.has_default() else ""
    return out


@every("03:40")
@job("kernel.purge", label=_("Purge the bin"))
def purge(ctx: Context) -> dict[str, int]:
    """Purge every resource's records that were deleted more than thirty days ago."""
    before = timezone.now() - dt.timedelta(days=KEEP_DAYS)
    counts: dict[str, int] = {}
    for key, resource in registry.items():
        if issubclass(resource.model, Record):
            while found := _chunk(ctx, key, resource.model, before):
                counts[key] = counts.get(key, 0) + found
    return counts


def _chunk(ctx: Context, key: str, model: type[Record], before: dt.datetime) -> int:
    with ctx.chunk():
        begin(Actor.system("job"))
        rows = model._base_manager.select_for_update(skip_locked=True, of=("self",), no_key=True)
        ids = list(rows.filter(deleted_at__lt=before, merged_into=None).values_list("pk", flat=True)[:CHUNK])
        if ids:
            empty_records(key, model, ids)
        ctx.progress()
    return len(ids)


def empty_records(key: str, model: type[Record], ids: list[int]) -> None:
    """Take personal and free text out of records in the bin, out of their past, and remove what hangs on them."""
    blank = emptied(model)
    custom = [field.name for field in CustomField.objects.filter(resource=key, personal=True)]
    model._base_manager.filter(pk__in=ids).update(**blank, extra={}, merged_into=PURGED)
    for hanging in HANGING:
        hanging.objects.filter(resource=key, record_id__in=ids).delete()
    past = tracked_of(model)
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    keys = sorted(past.personal & {columns[name] for name in blank}) + custom
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pellucid.actor', %s, true)", [NOBODY])
        if keys:
            cursor.execute("SELECT history.erase_person(%s, %s, %s)", [past.table, ids, keys])
        cursor.execute("UPDATE events_event SET payload = payload - %s::text[] WHERE resource = %s AND record_id = ANY (%s)",
                       [["text", "name", "title", *keys], key, ids])
    unsay(key, ids)
