"""The next step of any record: its one open task of that kind, and the copy on the record that lists sort by.

An area whose model has `next_step` and `next_step_at` says so with `keeps(Model)`; this area never learns what the record is. A model that
asks when the step was planned has `next_step_set_at` too. Where records belong to another that keeps a copy (`within`), what is planned for
them is next for that one, too, as long as nothing is planned for it alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import follows
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.resources.declare import registry, resource_of
from pellucid.kernel.resources.fields import resource_title
from pellucid.kernel.resources.verbs import insert

from ..models import Task

_keeping: dict[str, type[models.Model]] = {}
_shown: dict[str, Callable[[Any], bool]] = {}
_within: dict[str, tuple[str, str]] = {}  # key -> (key of what they belong to, name of the link)


def keeps(model: type[models.Model], shown: Callable[[Any], bool] | None = None, *, within: str = "") -> None:
    """Records of this model carry a copy of their next step, and can be given one, and tasks; `shown`: those for which there is
    something to plan still; `within`: the link to the record they belong to."""
    from .about import declare_about

    key = model._meta.model_name or ""
    _keeping[key] = model
    if shown:
        _shown[key] = shown
    if within:
        above = model._meta.get_field(within).related_model
        _within[key] = (above._meta.model_name or "", within)  # type: ignore[union-attr]
    declare_about(model, shown, within)
    follows(model)(go_along)


def kept() -> dict[str, type[models.Model]]:
    """Models that carry a copy, by resource key."""
    return dict(_keeping)


def plannable(key: str, record_id: int | None) -> Any:
    """The record, if something can be planned for it still; None otherwise."""
    model = _keeping.get(key)
    record = model._base_manager.filter(pk=record_id, deleted_at=None).first() if model and record_id else None
    return record if record is not None and _shown.get(key, lambda _one: True)(record) else None


def open_steps(key: str) -> models.QuerySet[Task]:
    """The open next steps of records of one kind."""
    return Task._base_manager.filter(about_resource=key, kind=Task.Kind.NEXT_STEP, done_at=None, deleted_at=None)


def open_step(key: str, record_id: int) -> Task | None:
    """The open next step of a record."""
    return open_steps(key).filter(about_id=record_id).first()


def nearest(key: str, ids: Collection[int] | None = None) -> dict[int, Task]:
    """The first of the open next steps of what belongs to records of this kind, by record: of these, or of all."""
    out: dict[int, Task] = {}
    for below, (above, link) in _within.items():
        if above != key:
            continue
        rows = _keeping[below]._base_manager.filter(deleted_at=None, **({f"{link}__in": ids} if ids is not None else {f"{link}__isnull": False}))
        whose = dict(rows.filter(next_step_at__isnull=False).order_by().values_list("pk", link))
        for step in open_steps(below).filter(about_id__in=whose).order_by("due_at", "pk"):
            found = out.setdefault(whose[step.about_id], step)
            if (step.due_at, step.pk) < (found.due_at, found.pk):
                out[whose[step.about_id]] = step
    return out


def copy_step(key: str | None, record_id: int | None) -> None:
    """Bring the copy on the record in line with its open next step, and that on the record it belongs to."""
    model = _keeping.get(key or "")
    if model is None or record_id is None:
        return
    step = open_step(key or "", record_id) or nearest(key or "", [record_id]).get(record_id)
    facts: dict[str, Any] = {"next_step": step.name if step else "", "next_step_at": step.due_at if step else None}
    if step and hasattr(model, "next_step_set_at"):
        facts["next_step_set_at"] = step.planned_at
    model._base_manager.filter(pk=record_id).update(**facts)
    if key in _within:
        above, link = _within[key]
        copy_step(above, model._base_manager.filter(pk=record_id).values_list(link, flat=True).first())


def steps_of(records: Sequence[Any]) -> models.QuerySet[Task]:
    """The open next steps of records of one kind, locked."""
    rows = open_steps(records[0]._meta.model_name or "").filter(about_id__in=[r.pk for r in records])
    return rows.order_by("pk").select_for_update(of=("self",), no_key=True)


def go_along(records: list[Any], *, actor: Any, changed: frozenset[str] | None) -> None:
    """Who gets a record gets what is planned for it: nothing stays with somebody who has it no more. When it was planned stays as it is.
    What a record belongs to, or does no more, is brought in line."""
    if not changed:
        return
    above, link = _within.get(records[0]._meta.model_name or "", ("", ""))
    if link and changed & {link, "deleted_at"}:
        for pk in sorted({pk for r in records for pk in (getattr(r, f"{link}_id"), getattr(r, "came_from", None)) if pk}):
            copy_step(above, pk)
    if "owner" not in changed:
        return
    places = {r.pk: (r.owner_id, r.unit_id, r.branch_id) for r in records}
    going: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for step in steps_of(records):
        if step.owner_id != places[step.about_id][0]:
            going[places[step.about_id]].append(step.pk)
    for (owner, unit, branch), ids in going.items():
        Task._base_manager.filter(pk__in=ids).update(owner=owner, unit=unit, branch=branch)


def drop_steps(records: Sequence[Any], reason: str) -> None:
    """Nobody has these records any more: what was planned for them is not to be done."""
    for step in steps_of(records) if records else ():
        step.state, step.done_at, step.cancelled, step.result = Task.State.DONE, timezone.now(), True, reason[:200]
        step.save(update_fields=("state", "done_at", "cancelled", "result"))
        copy_step(step.about_resource, step.about_id)


def resume_step(record: Any, since: dt.datetime) -> None:
    """What was dropped with the record at that moment or after it is to be done after all, unless something else is planned by now."""
    key = record._meta.model_name or ""
    rows = Task._base_manager.filter(about_resource=key, about_id=record.pk, kind=Task.Kind.NEXT_STEP, cancelled=True, done_at__gte=since,
                                     deleted_at=None)  # fmt: skip
    step = rows.order_by("-done_at").select_for_update(of=("self",), no_key=True).first()
    if step is None or open_step(key, record.pk) is not None:
        return
    step.state, step.done_at, step.cancelled, step.result = Task.State.TODO, None, False, ""
    step.save(update_fields=("state", "done_at", "cancelled", "result"))
    copy_step(key, record.pk)


def set_step(record: Any, text: str, at: dt.datetime | None, *, actor: Actor, owner_id: int | None = None) -> Task | None:
    """Give a record its next step; one that is open already is changed. Without a moment it needs none."""
    if at is None:
        if text.strip():
            raise Invalid({"next_step_at": [_("Say when, so that it is not forgotten.")]})
        return None
    key = record._meta.model_name or ""
    text = text.strip() or _("Contact again")
    type(record)._base_manager.select_for_update(of=("self",), no_key=True).get(pk=record.pk)  # two at once: one after the other
    step = open_step(key, record.pk)
    if step is not None:
        step.name, step.due_at, step.planned_at = text[:200], at, timezone.now()
        step.save(update_fields=("name", "due_at", "planned_at"))
    else:
        step = Task(
            name=text[:200],
            kind=Task.Kind.NEXT_STEP,
            due_at=at,
            about_resource=key,
            about_id=record.pk,
            about_title=resource_title(resource_of(type(record)), record)[:200],
            owner_id=owner_id or getattr(record, "owner_id", None) or actor.user_id,
        )
        insert(registry["task"], step, actor=actor)
    copy_step(key, record.pk)
    return step


def hand_on(source: Any, target: Any, ids: Collection[int] | None = None) -> list[int]:
    """Open tasks about one record (these of them, or all) are about another from now on; a next step, where one is planned already, is a
    task like others, and counts as planned for the other now. Returns which."""
    key, to = source._meta.model_name or "", target._meta.model_name or ""
    rows = Task._base_manager.filter(about_resource=key, about_id=source.pk, done_at=None, deleted_at=None)
    moved = list((rows if ids is None else rows.filter(pk__in=list(ids))).order_by("pk").select_for_update(of=("self",), no_key=True))
    planned = open_step(to, target.pk) is not None
    for task in moved:
        task.about_resource, task.about_id = to, target.pk
        task.about_title = resource_title(resource_of(type(target)), target)[:200]
        task.kind = Task.Kind.TASK if planned and task.kind == Task.Kind.NEXT_STEP else task.kind
        task.planned_at = timezone.now()
        task.save(update_fields=("about_resource", "about_id", "about_title", "kind", "planned_at"))
    for named, pk in ((key, source.pk), (to, target.pk)):
        copy_step(named, pk)
    return [task.pk for task in moved]
