"""Requests of the sample company, as if they had begun some time ago."""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from .models import Assignment, LogLine, ProcessInstance, Step, Verdict

TIMES = ((Step, ("opened_at", "closed_at")), (Assignment, ("opened_at", "closed_at")), (Verdict, ("at",)), (LogLine, ("at",)))


def moved_back(row: ProcessInstance, hours: int) -> None:
    """What happened with a request happened so many hours earlier; what is still to come stays where it is."""
    by = dt.timedelta(hours=hours)
    ProcessInstance._base_manager.filter(pk=row.pk).update(created_at=F("created_at") - by, ended_at=F("ended_at") - by)
    for model, names in TIMES:
        model._base_manager.filter(instance_id=row.pk).update(**{name: F(name) - by for name in names})
