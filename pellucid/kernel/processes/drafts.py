"""The definition a designer works on: the draft of a process, else what is published."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max

from .models import Process, ProcessInstance, ProcessVersion


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is open: the JSON, the number it has or will have, and, of a draft, the revision one must name to save over it (0: no draft yet)."""

    body: dict[str, Any]
    number: int
    revision: int
    changed_by: int | None
    changed_at: dt.datetime | None


def opened(process: Process) -> Sheet:
    """The draft, else the version in use."""
    draft = process.versions.filter(state="draft").first()
    if draft is not None:
        return Sheet(draft.body, draft.number, draft.revision, draft.changed_by_id, draft.changed_at)
    last = process.versions.filter(pk=process.active_id).first() or process.versions.order_by("-number").first()
    return Sheet(last.body if last else {}, last.number if last else 0, 0, None, last.published_at if last else None)


def next_number(process: Process) -> int:
    """The number of the next version."""
    return int(process.versions.exclude(state="draft").aggregate(last=Max("number"))["last"] or 0) + 1


def running(process: Process) -> dict[int, int]:
    """How many requests run on which version: number -> count."""
    rows = ProcessInstance.objects.filter(process=process, state="running", deleted_at=None)
    return dict(rows.values_list("edition__number").annotate(n=Count("pk")).order_by("edition__number"))


def listed() -> list[Process]:
    """Every process with how much of it runs, its version in use and whether there is a draft."""
    rows = Process.objects.filter(deleted_at=None).select_related("active").prefetch_related("versions").order_by("-is_on", "resource", "name")
    counts = dict(ProcessInstance.objects.filter(state="running", deleted_at=None).values_list("process").annotate(n=Count("pk")))
    found = list(rows)
    for row in found:
        row.runs = counts.get(row.pk, 0)  # type: ignore[attr-defined]
        row.draft = next((v for v in row.versions.all() if v.state == ProcessVersion.State.DRAFT), None)  # type: ignore[attr-defined]
    return found


def others(process: Process) -> list[Process]:
    """The other published processes about the same kind of record: it may wait for one of them."""
    return list(Process.objects.filter(deleted_at=None, resource=process.resource, active__isnull=False).exclude(pk=process.pk).order_by("name"))


def published(process: Process) -> list[tuple[ProcessVersion, ProcessVersion | None]]:
    """Every version that was ever published with the one before it, the newest first."""
    rows = list(process.versions.exclude(state="draft").order_by("-number"))
    return list(zip(rows, [*rows[1:], None], strict=True))
