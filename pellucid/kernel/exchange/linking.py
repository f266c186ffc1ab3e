"""Links between rows of one file: a row may name another that comes after it, so they are set when all rows are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pellucid.kernel.actions.declare import prepare
from pellucid.kernel.actions.run import begin, scoped
from pellucid.kernel.events.bus import publish
from pellucid.kernel.records.errors import Failure
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs
from pellucid.kernel.resources.verbs import assign

from . import links, writing
from .mapping import Plan
from .models import ImportRow, ImportRun
from .parsing import Bad

AT_ONCE = 1000


def names_in(run: ImportRun, rows_of: Callable[[ImportRun], Any]) -> frozenset[str]:
    """Names and numbers that rows of the file bear, if the file links rows to each other; else nothing, and no look into the file."""
    resource, plan, places = registry[run.resource], Plan.from_json(run.mapping), run.places
    known = specs(run.resource)
    if not any(r.field and known[r.field].target == run.resource for r in plan.rules if r.field in known):
        return frozenset()
    bearing = [places[r.column] for r in plan.rules if r.field in (resource.title, "number") and r.column in places]
    with rows_of(run) as rows:
        return frozenset(str(row.cells[at]) for row in rows for at in bearing if row.cells[at] is not None)


def link(run: ImportRun, steps: Any) -> None:
    """Set the links that waited. A row whose link leads nowhere stays imported and says so."""
    while waiting := list(ImportRow.objects.filter(run=run, pending__isnull=False).order_by("number")[:AT_ONCE]):
        with steps.chunk():
            _set(run, waiting, steps.actor)
            steps.progress(run.rows, max(run.rows, run.rows_about), message=_("Linking the rows"))


def _set(run: ImportRun, lines: list[ImportRow], actor: Any) -> None:
    resource, known = registry[run.resource], specs(run.resource)
    event = begin(actor)
    records = {r.pk: r for r in scoped(resource.model, actor).filter(pk__in=[line.record_id for line in lines]).order_by("pk")
               .select_for_update(of=("self",), no_key=True)}
    found = {name: links.resolve(known[name], {line.pending[name] for line in lines if line.pending and name in line.pending}, actor)
             for name in {n for line in lines for n in line.pending or ()}}
    touched: dict[int, Any] = {}
    before: dict[int, dict[str, Any]] = {}
    for line in lines:
        record = records.get(line.record_id or 0)
        for name, word in (line.pending or {}).items():
            target = found[name].get(word)
            if record is None or target is None or isinstance(target, Bad):
                line.reason = f"{known[name].label}: {target or links.nobody(known[name], word)}"
            elif target == record.pk:
                line.reason = _("%(field)s: a record cannot be linked to itself.") % {"field": known[name].label}
            else:
                old = {f.attname: getattr(record, f.attname) for f in writing.columns_of(resource.model)}
                if assign(record, {name: target}, run.resource):
                    touched[record.pk] = record
                    before.setdefault(record.pk, old)
    refused = _prepared(list(touched.values()), actor, frozenset(n for line in lines for n in line.pending or ()))
    for pk in refused:
        del touched[pk]
    columns = {n for pk, r in touched.items() for n, v in before[pk].items() if getattr(r, n) != v}
    if touched:
        writing.update(list(touched.values()), columns)
    versions = writing.versions_of(resource.model, [line.record_id for line in lines])
    for line in lines:
        line.reason = refused.get(line.record_id or 0, line.reason)
        line.version, line.pending = versions.get(line.record_id or 0), None
        if line.before is not None and line.record_id in touched:
            old = {n: writing.jsonable(before[line.record_id][n]) for n in columns}
            line.before = {n: v for n, v in old.items() if v != writing.jsonable(getattr(touched[line.record_id], n))} | line.before
    ImportRow.objects.bulk_update(lines, ("version", "pending", "reason", "before"), batch_size=500)
    if touched:
        publish("exchange.imported", event_id=event, by=actor, resource=run.resource,
                items=list(touched), payload={"run": run.pk, "file": run.file_name, "created": 0})


def _prepared(records: list[Any], actor: Any, changed: frozenset[str]) -> dict[int, str]:
    """Have the area prepare the records; those it refuses, with the reason, are found by halving."""
    if not records:
        return {}
    try:
        with transaction.atomic():
            prepare(type(records[0]), records, actor=actor, changed=changed)
    except Failure as refusal:
        if len(records) == 1:
            return {records[0].pk: refusal.message}
        half = len(records) // 2
        return _prepared(records[:half], actor, changed) | _prepared(records[half:], actor, changed)
    return {}
