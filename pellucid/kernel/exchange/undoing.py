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
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import begin, scoped
from pellucid.kernel.events.bus import EventKind, declare, publish
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
    with transaction.atomic():
        _leave_changed(run, resource)
    done, total = 0, run.imported + run.updated
    while lines := list(ImportRow.objects.filter(run=run, state__in=("imported", "updated")).order_by("-number")[:AT_ONCE]):
        with steps.chunk():
            _back(run, resource, lines, steps.actor)
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


def _leave_changed(run: ImportRun, resource: type[Resource]) -> None:
    """Rows whose record was changed or deleted after its last row was written."""
    table = sql.Identifier(resource.model._meta.db_table)
    query = sql.SQL(
        "UPDATE exchange_importrow r SET state = %(stayed)s, reason = %(why)s FROM ("
        " SELECT t.id FROM {t} t JOIN (SELECT record_id, max(version) AS version FROM exchange_importrow"
        "  WHERE run_id = %(run)s AND state IN ('imported', 'updated') GROUP BY record_id) l ON l.record_id = t.id"
        "  WHERE t.version <> l.version OR t.deleted_at IS NOT NULL OR t.merged_into IS NOT NULL) c"
        " WHERE r.run_id = %(run)s AND r.record_id = c.id AND r.state IN ('imported', 'updated')").format(t=table)
    with connection.cursor() as cursor:
        cursor.execute(query, {"run": run.pk, "stayed": STAYED, "why": _("It was changed since.")})


def _back(run: ImportRun, resource: type[Resource], lines: list[ImportRow], actor: Actor) -> None:
    model = resource.model
    event = begin(actor)
    ids = {line.record_id for line in lines}
    made = set(ImportRow.objects.filter(run=run, record_id__in=ids, state="imported").values_list("record_id", flat=True))
    fields = {f.attname: f for f in writing.columns_of(model)}
    away = _away(model, lines, made, actor)
    records = {r.pk: r for r in model._base_manager.filter(pk__in=ids - away).order_by("pk").select_for_update(of=("self",), no_key=True)}
    held = _held(run, model, made)
    touched, columns = {}, set()
    for line in lines:                               # the last change first
        if line.record_id in held or line.record_id in away:
            line.state = STAYED
            line.reason = _("It is not within your reach any more.") if line.record_id in away else _("Other records depend on it since.")
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
