"""Takes an import back: what it made goes to the bin, what it changed gets its old values. Rows changed since are named and left."""

from __future__ import annotations

import contextlib
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, scoped
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.events.models import Event
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import job
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.queue import start as ask_for
from pellucid.kernel.records.errors import Failure, Refused
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.targets import roots_within
from pellucid.kernel.resources.verbs import hold_roots, into_bin

from . import making, writing
from .models import ImportRow, ImportRun
from .running import Alone, Steps, allowed, ready

AT_ONCE = 1000
INLINE = 2000
EVENT = "exchange.undone"
TAKEN, STAYED = "undone", "stayed"
declare(EventKind(EVENT, gettext_lazy("{actor} took the import of {file} back"), icon="arrow-back-up", quiet=True))


def undoable(run: ImportRun) -> bool:
    """Whether it can still be taken back."""
    ended = run.state in (ImportRun.State.DONE, ImportRun.State.CANCELLED, ImportRun.State.FAILED)
    return bool(ended and run.undo_until and run.undo_until > timezone.now() and run.imported + run.updated)


def undo(run: ImportRun, actor: Actor) -> Job | None:
    """Take a run back: at once, or as a job when it is long. Refused when it is too late, Forbidden for who may not import this any more."""
    allowed(registry[run.resource], actor)
    if not undoable(run):
        raise Refused(_("This import can no longer be taken back."))
    if run.imported + run.updated <= INLINE:
        with ready(run):
            take_back(run, Alone(actor))
        return None
    return ask_for("exchange.undo", actor, title=_("Take back the import of %(file)s") % {"file": run.file_name}, once=f"undo:{run.pk}", run=run.pk)


@job("exchange.undo", label=gettext_lazy("Take an import back"), queue="long")
def undo_job(ctx: Context, run: int) -> dict[str, Any]:
    """Take an import back."""
    return take_back(ImportRun.objects.get(pk=run), ctx)


def take_back(run: ImportRun, steps: Steps) -> dict[str, Any]:
    """Do it, from where a killed process left it."""
    resource = registry[run.resource]
    done, total = 0, run.imported + run.updated
    own = list(Event.objects.filter(name=EVENT, at__gte=run.created_at, payload__run=run.pk).values_list("pk", flat=True))
    while lines := list(ImportRow.objects.filter(run=run, state__in=("imported", "updated")).order_by("-number")[:AT_ONCE]):
        with steps.chunk():
            own.append(_back(run, resource, lines, steps.actor, own))
            done += len(lines)
            steps.progress(done, max(total, done))
    with steps.chunk():
        _unmake(run, steps.actor)
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.UNDONE, undone_at=Now(), undone_by=steps.actor.user_id)
    run.refresh_from_db()
    return {"run": run.pk, "taken": ImportRow.objects.filter(run=run, state=TAKEN).count(), "stayed": stayed(run).count()}


def stayed(run: ImportRun) -> Any:
    """The rows that stayed, with their reasons."""
    return ImportRow.objects.filter(run=run, state=STAYED).order_by("number")


def _changed(run: ImportRun, model: Any, ids: set[int | None], own: list[int]) -> set[int | None]:
    """Those of locked records that somebody changed or deleted after the last row about them was written, by any event but the undoing ones."""
    query = (
        "SELECT DISTINCT a.row_id FROM history.audit a JOIN (SELECT record_id, max(version) AS version FROM exchange_importrow"
        " WHERE run_id = %(run)s AND record_id = ANY(%(ids)s) GROUP BY record_id) l ON l.record_id = a.row_id"
        " WHERE a.tbl = %(table)s AND a.row_id = ANY(%(ids)s) AND a.version > l.version AND (a.event IS NULL OR a.event <> ALL(%(own)s))")
    with connection.cursor() as cursor:
        cursor.execute(query, {"run": run.pk, "ids": [pk for pk in ids if pk], "table": model._meta.db_table, "own": own})
        return {pk for (pk,) in cursor.fetchall()}


def _back(run: ImportRun, resource: type[Resource], lines: list[ImportRow], actor: Actor, own: list[int]) -> int:
    """Take back the rows of these lines, as far as nobody changed them; returns the event it is done under."""
    model = resource.model
    event = begin(actor)
    ids = {line.record_id for line in lines}
    made = set(ImportRow.objects.filter(run=run, record_id__in=ids, state="imported").values_list("record_id", flat=True))
    fields = {f.attname: f for f in writing.columns_of(model)}
    rows = model._base_manager.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    child = bool(getattr(model, "scope_via", ""))
    locked = {} if child else {r.pk: r for r in rows}  # of children the roots are locked first, as everywhere: `_away` does it
    away = _away(model, lines, made, actor)
    locked = {r.pk: r for r in rows} if child else locked
    why: dict[int | None, str] = {pk: _("Other records depend on it since.") for pk in _held(run, model, made)}
    why |= dict.fromkeys(away, _("It is not within your reach any more."))
    why |= dict.fromkeys(_changed(run, model, ids, [*own, event]), _("It was changed since."))
    records = {pk: record for pk, record in locked.items() if pk not in why}
    touched, columns = {}, set()
    for line in lines:                               # the last change first
        if line.record_id in why:
            line.state, line.reason = STAYED, why[line.record_id]
            continue
        line.state = TAKEN
        if line.record_id not in made and line.before:
            record = touched[line.record_id] = records[line.record_id or 0]
            columns |= set(line.before)
            for name, kept in line.before.items():
                setattr(record, name, writing.restored(fields[name], kept))
    if touched:
        writing.update(list(touched.values()), columns)
    leaving = {line.record_id for line in lines if line.state == TAKEN and line.record_id in made}
    gone = [record for pk, record in reversed(records.items()) if pk in leaving]
    refused = _binned(model, gone, actor)
    for line in lines:
        if line.record_id in refused:
            line.state, line.reason = STAYED, refused[line.record_id]
    ImportRow.objects.bulk_update(lines, ("state", "reason"), batch_size=500)
    if changed := sorted({line.record_id for line in lines if line.state == TAKEN and line.record_id}):
        publish(EVENT, event_id=event, by=actor, resource=run.resource, items=changed,
                payload={"run": run.pk, "file": run.file_name})
    return event


def _away(model: Any, lines: list[ImportRow], made: set[int | None], actor: Actor) -> set[int | None]:
    """Those the actor reaches no longer, though they are as he left them: they, or what they hang on, went to others meanwhile. A child that
    would hang on another root again must be within reach there, too. The roots stay until all is written."""
    ids = {line.record_id for line in lines}
    near = {verb: set(scoped(model, actor, verb).filter(pk__in=ids).values_list("pk", flat=True)) for verb in ("create", "edit")}
    away = {pk for pk in ids if pk not in near["create" if pk in made else "edit"]}
    if via := getattr(model, "scope_via", ""):
        column = model._meta.get_field(via).attname
        back = {line.record_id: model(**{column: line.before[column]}) for line in lines if line.before and column in line.before}
        now = list(model._base_manager.filter(pk__in=ids - away))
        within = hold_roots(model, [*now, *back.values()]) & roots_within(model, list(back.values()), actor, "edit")
        away |= {pk for pk, once in back.items() if pk not in made and getattr(once, column) not in within}
    return away


def _binned(model: Any, records: list[Any], actor: Actor) -> dict[int | None, str]:
    """Put new records into the bin, with what follows from it; those an area refuses to let go, with the reason, are found by halving."""
    if not records:
        return {}
    try:
        with transaction.atomic():
            into_bin(model, records, actor=actor)
    except Failure as refusal:
        if len(records) == 1:
            return {records[0].pk: refusal.message}
        half = len(records) // 2
        return _binned(model, records[:half], actor) | _binned(model, records[half:], actor)
    return {}


def _unmake(run: ImportRun, actor: Actor) -> None:
    """Let go what unknown words were made into, the last first; what is needed meanwhile stays."""
    for kind, pk in reversed(run.made):
        if (undo_it := making.unmaker(run.resource, kind)) is not None:
            with contextlib.suppress(Failure), transaction.atomic():
                undo_it(pk, actor=actor)


def _held(run: ImportRun, model: Any, ids: set[int | None]) -> set[int]:
    """Those of the new records that living records from elsewhere point to."""
    own = ImportRow.objects.filter(run=run, state__in=("imported", TAKEN)).values("record_id")
    found: set[int] = set()
    for other in registry.values():
        for field in other.model._meta.fields:
            if field.related_model is model and field.name not in ("created_by", "deleted_by"):
                rows = other.model._base_manager.filter(Q(**{f"{field.attname}__in": ids}), deleted_at=None, merged_into=None)
                if other.model is model:
                    rows = rows.exclude(pk__in=own)
                found |= set(rows.values_list(field.attname, flat=True))
    return found
