"""A request that was sent back: what its requester was asked to do, and what he has changed since, for him and for whoever decides then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.history.timeline import Entry, timelines
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.declare import Resource, registry, resource_of
from pellucid.kernel.resources.fields import masked, readable, resource_title
from pellucid.kernel.resources.happened import QUIET_COLUMNS, said
from pellucid.kernel.resources.marks import titled

from . import selectors
from .form import FORM, form_specs
from .machine.rows import Step
from .machine.run import Run
from .models import LogLine, ProcessInstance

Kept = Callable[[str], bool]
ASKS = ("return", "reject", "restarted")  # what brings a request back to its requester
TWIN = "_base"  # the same amount in the company's currency
MANY = 60  # changed rows of a kind under a record, the latest of them


def sent_back(row: ProcessInstance, run: Run, record: Any, actor: Actor, show: Show, kept: Kept) -> dict[str, Any] | None:
    """Who sent it back and why, and old beside new of what was changed until it was handed in again; None if it never came back."""
    last = max((s for s in run.i.steps.values() if s.kind == "start" and s.visit > 1), key=lambda s: s.visit, default=None)
    if last is None:
        return None
    why = _why(row, last)
    changed = [*_form(run, last, show), *(_changed(row, record, last, actor, show, kept) if record is not None else ())]
    return {
        "open": last.state == "open", "mine": last.state == "open" and row.requester_id == actor.user_id,
        "who": directory.doer_name(why.actor_id, why.data.get("behalf")) if why is not None else "", "tint": why.actor_id if why is not None else 0,
        "comment": why.data.get("comment", "") if why is not None else "", "changes": changed,
    }  # fmt: skip


def _why(row: ProcessInstance, step: Step) -> LogLine | None:
    found = (line for line in reversed(selectors.lines(row)) if line.what in ASKS and line.actor_id is not None and line.at <= step.opened)
    return next(found, None)


def _form(run: Run, step: Step, show: Show) -> Iterator[dict[str, str]]:
    """What the process itself asks for, where it was filled in anew."""
    before, known = step.data.get("form") or {}, form_specs(run.plan.definition)
    if "form" not in step.data:
        return
    for field in run.plan.definition.form:
        spec, both = known[FORM + field.name], (before.get(field.name), run.i.form.get(field.name))
        if both[0] != both[1]:
            old, new = (_filled(spec, value, show) for value in both)
            yield {"label": str(spec.label), "old": old, "new": new}


def _filled(spec: Spec, raw: Any, show: Show) -> str:
    try:
        return spec.kind.words(spec, spec.kind.parse(spec, raw, show), show) if raw not in (None, "") else ""
    except BadValue:
        return str(raw)


def _changed(row: ProcessInstance, record: Any, step: Step, actor: Actor, show: Show, kept: Kept) -> list[dict[str, str]]:
    """What the record and the rows under it became, as far as the reader may see these fields."""
    when = (step.opened, step.closed or show.now)
    out = _differences(type(record), _meanwhile(type(record), [record.pk], when).get(record.pk, []), "", actor, show, kept)
    for resource, name in _under(type(record)):
        if not actor.may(resource.key(), "view"):
            continue
        here = {name: record.pk, "updated_at__gte": step.opened}
        rows = [r for gone in (False, True) for r in scoped(resource.model, actor, gone=gone).filter(**here).order_by("-updated_at", "-pk")[:MANY]]
        latest = sorted(rows, key=lambda r: (r.updated_at, r.pk))[-MANY:]
        known = _meanwhile(resource.model, [r.pk for r in latest], when)
        for line in sorted(latest, key=lambda r: r.pk):
            out += _differences(resource.model, known.get(line.pk, []), resource_title(resource, line), actor, show, kept)
    return out


def _meanwhile(model: type[models.Model], ids: list[int], when: tuple[dt.datetime, dt.datetime]) -> dict[int, list[Entry]]:
    """What was done to each of these rows while it was with its requester, in its order."""
    found = timelines(model, ids, when[0]) if ids else {}
    return {pk: [e for e in reversed(entries) if e.at <= when[1]] for pk, entries in found.items()}


def _under(model: type[models.Model]) -> list[tuple[type[Resource], str]]:
    """The kinds of rows a record consists of: those that are read through it."""
    return [(r, via) for r in registry.values() if (via := getattr(r.model, "scope_via", "")) and r.model._meta.get_field(via).related_model is model]


def _differences(model: type[models.Model], entries: list[Entry], title: str, actor: Actor, show: Show, kept: Kept) -> list[dict[str, str]]:
    resource = resource_of(model)
    assert resource is not None
    key = resource.key()
    if any(e.kind in ("created", "deleted") for e in entries):
        there = entries[-1].kind != "deleted"
        if not there and any(e.kind == "created" for e in entries):
            return []
        return [{"label": str(model._meta.verbose_name), "old": "" if there else title, "new": title if there else _("Removed")}]
    may, old_new = readable(key, actor), _first_and_last(entries)
    shown = {n: both for n, both in old_new.items() if n in may and n not in QUIET_COLUMNS and both[0] != both[1] and not masked(key, n, actor)
             and not kept(n) and (may[n].editable if title else not n.endswith(TWIN))}  # fmt: skip
    links = titled([(may[n].target, int(v)) for n, both in shown.items() if may[n].kind.key == "link" for v in both if v is not None], actor)
    before, out = f"{title} · " if title else "", []
    for name, both in shown.items():
        old, new = (said(may[name], value, show, links) for value in both)
        if old != new:
            out.append({"label": f"{before}{may[name].label}", "old": old, "new": new or "–"})
    return out


def _first_and_last(entries: Iterable[Entry]) -> dict[str, tuple[Any, Any]]:
    out: dict[str, tuple[Any, Any]] = {}
    for entry in entries:
        for change in entry.changes:
            out[change.field] = (out[change.field][0] if change.field in out else change.old, change.new)
    return out
