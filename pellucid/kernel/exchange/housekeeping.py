"""Files of imports and exports are not kept for ever: originals hold personal data."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.records.blobs import let_go
from pellucid.kernel.resources.erasure import erases

from .models import ExportRun, ImportRow, ImportRun

DRAFTS = dt.timedelta(days=2)
ORIGINALS = dt.timedelta(days=30)
EXPORTS = dt.timedelta(days=2)


@every("03:40")
@job("exchange.tidy", label=gettext_lazy("Remove old import and export files"), tells=False)
def tidy(ctx: Context) -> dict[str, int]:
    """Forget drafts, originals and exports that are past their time."""
    now = timezone.now()
    blobs: set[str | None] = set()
    drafts = ImportRun.objects.filter(state="draft", created_at__lt=now - DRAFTS)
    blobs |= set(drafts.values_list("file_id", flat=True))
    drafts.delete()
    old = ImportRun.objects.filter(created_at__lt=now - ORIGINALS)
    blobs |= set(old.values_list("file_id", flat=True)) | set(old.values_list("failed_file_id", flat=True))
    ImportRow.objects.filter(run__in=old.filter(file__isnull=False)).update(before=None)
    old.update(file=None, failed_file=None)
    exports = ExportRun.objects.filter(file__isnull=False, at__lt=now - EXPORTS)
    blobs |= set(exports.values_list("file_id", flat=True))
    exports.update(file=None)
    jobs = Job.objects.filter(finished_at__lt=now - EXPORTS, result_file__isnull=False, result_file__in=blobs - {None})
    jobs.update(result_file=None)
    return {"files": sum(let_go(sha) for sha in blobs if sha)}


@erases
def forget(key: str, pk: int, words: list[str]) -> None:
    """Of an erased person nothing stays in what imports kept: old values, and the files he came in with."""
    rows = ImportRow.objects.filter(run__resource=key, record_id=pk)
    runs = ImportRun.objects.filter(pk__in=rows.values("run_id"))
    rows.update(before=None, pending=None, reason="")
    blobs = {sha for pair in runs.values_list("file_id", "failed_file_id") for sha in pair if sha}
    runs.update(file=None, failed_file=None)
    for sha in blobs:
        transaction.on_commit(partial(let_go, sha), robust=True)
