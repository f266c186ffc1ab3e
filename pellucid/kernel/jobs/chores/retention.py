"""What is kept for a time only leaves by the month: the audit into files, the outbox for good."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db import connection
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin
from pellucid.kernel.history import retention
from pellucid.kernel.history.tracked import tracked_of
from pellucid.kernel.jobs.checks import check
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import every, job
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.models import CustomField


@every("02:40")
@job("kernel.retention", label=_("Let old months of audit and events go"), queue="long")
def retire(ctx: Context) -> dict[str, int]:
    """Each month of audit older than the setting says goes into its file and out of the database, in one transaction of its own."""
    custom = [(tracked_of(registry[f.resource].model).table, f.name) for f in CustomField.objects.filter(personal=True) if f.resource in registry]
    gone = lines = 0
    for month in retention.leaving():
        with ctx.chunk():
            begin(Actor.system("job"))
            made = retention.archive(month, custom)
            gone, lines = gone + retention.drop(made), lines + made.lines
            ctx.progress(gone)
    with ctx.chunk(), connection.cursor() as cursor:
        cursor.execute("SELECT public.events_drop_old()")
        events = cursor.fetchone()[0]
    return {"audit": gone, "lines": lines, "events": events}


@check("retention")
def overdue() -> Iterator[str]:
    """No month stays that should have left two months ago."""
    for month in retention.leaving():
        if month < retention.first_kept() - dt.timedelta(days=62):
            yield f"history.audit: {month:%Y-%m} should have left"
