"""Runs of an import: prepared, checked, started as a job or at once, taken up where a killed process left it, finished."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import batched
from typing import Any, BinaryIO, Protocol

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import right_words
from pellucid.kernel.events.bus import EventKind, chain, declare, following, muted
from pellucid.kernel.jobs.context import Cancelled, Context
from pellucid.kernel.jobs.declare import job
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.queue import start as ask_for
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.kernel.resources.attachments import store
from pellucid.kernel.resources.declare import Resource, registry

from . import failures, linking, readers
from .files import opened
from .guessing import Guess, guess
from .importing import EVENT, Importer
from .lines import FAILED, IMPORTED, SKIPPED, UPDATED, Line
from .mapping import Plan, checked, missing, targets
from .models import ImportRun
from .readers import Reading, Row, Sheetbook
from .remembered import remember

CHUNK = 1000
UNDO_WITHIN = dt.timedelta(hours=24)
ENDS = (IMPORTED, UPDATED, SKIPPED, FAILED)
declare(EventKind(EVENT, gettext_lazy("{actor} imported this from {file}"), icon="file-import", quiet=True))


class Steps(Protocol):
    """What a run needs of whoever carries it out: a job's context, or `Alone`."""

    @property
    def actor(self) -> Actor: ...
    def chunk(self) -> Any: ...
    def progress(self, done: int | None = None, total: int | None = None, message: str | None = None, **checkpoint: Any) -> None: ...


class Alone:
    """Carries a run out in this process; `told(done, total)` draws the bar."""

    def __init__(self, actor: Actor, told: Callable[[int, int], None] = lambda done, total: None) -> None:
        self.actor, self._told = actor, told

    def chunk(self) -> Any:
        return transaction.atomic()

    def progress(self, done: int | None = None, total: int | None = None, message: str | None = None, **checkpoint: Any) -> None:
        versions.forget()
        if done is not None:
            self._told(done, total or done)


# ------------------------------------------------------------------------------------------------ before
def open_file(resource: type[Resource], actor: Actor, file: BinaryIO, name: str, **choices: Any) -> tuple[ImportRun, Sheetbook, list[Guess]]:
    """Keep a file for an import, look into it and guess what its columns mean. Raises Unreadable, Forbidden."""
    allowed(resource, actor)
    blob = store(file, name)
    run = ImportRun(resource=resource.key(), user_id=actor.user_id, file=blob, file_name=os.path.basename(name)[:255])
    book, guesses = look(run, actor, **choices)
    run.match = [m for m in resource.match if m in run_plan(run).names]
    run.save()
    return run, book, guesses


def look(run: ImportRun, actor: Actor, **choices: Any) -> tuple[Sheetbook, list[Guess]]:
    """Look into a run's file (again, with another sheet, encoding, delimiter or head row) and guess its plan anew."""
    resource = registry[run.resource]
    if run.file is None:
        raise Refused(_("The file is not kept any more."))
    with opened(run.file) as source:
        book = readers.inspect(source, run.file_name, **choices)
    plan, guesses = guess(resource, actor, book.columns, book.preview)
    run.reading = {"file": book.reading.as_json(), "columns": {c.name: c.index for c in book.columns}}
    run.mapping, run.rows_about, run.checked = plan.as_json(), book.rows_about, {}
    return book, guesses


def look_again(run: ImportRun, actor: Actor, **choices: Any) -> None:
    """Read the file in another way from now on."""
    look(run, actor, **choices)
    run.match = [m for m in registry[run.resource].match if m in run_plan(run).names]
    run.save()


def run_plan(run: ImportRun) -> Plan:
    """The plan of a run."""
    return Plan.from_json(run.mapping)


def settle(run: ImportRun, actor: Actor, plan: Plan, policy: str = "", match: Sequence[str] | None = None, *,
           keep_plan: bool | None = None) -> ImportRun:
    """Keep what the user decided, for the next file of this kind too on request. Raises Invalid for what cannot be."""
    resource = registry[run.resource]
    if policy and policy not in ImportRun.Policy.values:
        raise Invalid({"policy": [_("“%(value)s” is not in the list.") % {"value": policy[:20]}]})
    if match is not None and (strange := [m for m in match if m not in targets(resource, actor)]):
        raise Invalid({"match": [_("There is no field “%(name)s” to fill in.") % {"name": strange[0]}]})
    plan = checked(plan, resource, actor, run.places)
    run.policy = policy or run.policy
    run.match = list(match) if match is not None else [m for m in resource.match if m in plan.names]
    if run.policy in (ImportRun.Policy.SKIP, ImportRun.Policy.CREATE) and (lacking := missing(plan, resource, actor)):
        raise Invalid({s.name: [_("%(field)s is missing.") % {"field": s.label}] for s in lacking})
    keep = bool(run.mapping.get("keep")) if keep_plan is None else keep_plan
    run.mapping, run.checked = plan.as_json() | {"keep": keep}, {}
    run.save()
    return run


def allowed(resource: type[Resource], actor: Actor) -> None:
    """Raise Forbidden unless the actor may create or edit such records."""
    key = resource.key()
    what = actions[f"{key}_create"]
    if actor.read_only:
        raise Forbidden(what.right, _("You are looking as somebody else: nothing can be changed."))
    if not resource.importable or not (actor.may(key, "create") or actor.may(key, "edit")):
        raise Forbidden(what.right, right_words(what))


def run_of(pk: int, actor: Actor) -> ImportRun:
    """One of the actor's own runs, or anybody's for who administers jobs. Missing otherwise."""
    run = ImportRun.objects.filter(pk=pk).select_related("file", "failed_file").first()
    if run is None or not (run.user_id == actor.user_id or actor.may("job", "edit")):
        raise Missing("")
    return run


def recent(key: str, actor: Actor, limit: int = 5) -> list[ImportRun]:
    """The actor's latest imports into a resource."""
    return list(ImportRun.objects.filter(resource=key, user_id=actor.user_id).exclude(state="draft").order_by("-id")[:limit])


# ------------------------------------------------------------------------------------------------ reading
@contextmanager
def rows_of(run: ImportRun) -> Iterator[Iterator[Row]]:
    """The rows of a run's file."""
    if run.file is None:
        raise Refused(_("The file is not kept any more."))
    with opened(run.file) as source:
        yield readers.rows(source, Reading.from_json(run.reading["file"]))


def check(run: ImportRun, actor: Actor, limit: int | None = None) -> Iterator[list[Line]]:
    """What would become of the rows, chunk by chunk; nothing is changed."""
    with ready(run), rows_of(run) as rows:
        importer = Importer(run, registry[run.resource], actor, writes=False, named=linking.names_in(run, rows_of))
        left = limit
        for part in batched(rows, CHUNK):
            if left is not None and left <= 0:
                return
            lines = importer.chunk(part if left is None else part[:left])
            left = None if left is None else left - len(lines)
            yield lines


@contextmanager
def ready(run: ImportRun) -> Iterator[None]:
    """Counters of what processes keep in memory, read once rather than at every look."""
    if versions.inside():
        yield
        return
    with versions.using(versions.read()):
        yield


# ------------------------------------------------------------------------------------------------ carrying out
def start(run: ImportRun, actor: Actor, *, rules: bool = False) -> Job:
    """Ask for the import as a job; `rules` of the company act on what comes in only if asked to. Refused for a run that was started
    before."""
    resource = registry[run.resource]
    allowed(resource, actor)
    with transaction.atomic():
        if not ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.DRAFT).update(state=ImportRun.State.WAITING, rules=rules):
            raise Refused(_("This import was started already."))
        if run.mapping.get("keep"):
            remember(run.resource, actor, list(run.places), run_plan(run))
        title = _("Import %(what)s · %(file)s") % {"what": resource.model._meta.verbose_name_plural, "file": run.file_name}
        made = ask_for("exchange.import", actor, title=title, run=run.pk)
        ImportRun.objects.filter(pk=run.pk).update(job_id=made.pk)
    run.refresh_from_db()
    return made


@job("exchange.import", label=gettext_lazy("Import"), queue="long")
def import_job(ctx: Context, run: int) -> dict[str, Any]:
    """Carry out an import."""
    found = ImportRun.objects.select_related("file").get(pk=run)
    try:
        carry_out(found, ctx)
    except Cancelled:
        ImportRun.objects.filter(pk=run).update(state=ImportRun.State.CANCELLED, finished_at=Now(), undo_until=timezone.now() + UNDO_WITHIN)
        raise
    found.refresh_from_db()
    if found.failed_file_id:
        ctx.result_file(found.failed_file, failures.name_of(found))  # type: ignore[arg-type]
    return {"run": run} | {name: getattr(found, name) for name in ("rows", *ENDS)}


def carry_out(run: ImportRun, steps: Steps) -> ImportRun:
    """Import what is not imported yet, to the end."""
    if run.state in (ImportRun.State.DONE, ImportRun.State.UNDONE):
        return run
    try:
        with ready(run), following(chain()) if run.rules else muted():
            _rows(run, steps)
            linking.link(run, steps)
            _finish(run, steps)
    except readers.Unreadable as bad:
        ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.FAILED, error=bad.message, finished_at=Now(),
                                                   undo_until=timezone.now() + UNDO_WITHIN)
        raise Refused(bad.message) from bad
    run.refresh_from_db()
    return run


def _rows(run: ImportRun, steps: Steps) -> None:
    if run.state not in (ImportRun.State.DRAFT, ImportRun.State.WAITING, ImportRun.State.RUNNING):
        return
    if not run.started_at:
        ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.RUNNING, started_at=Now())
        run.refresh_from_db()
    importer = Importer(run, registry[run.resource], steps.actor, named=linking.names_in(run, rows_of))
    with rows_of(run) as rows:
        left = (row for row in rows if row.number > run.position)
        for part in batched(left, CHUNK):
            with steps.chunk():
                _hold(run)
                importer.become(steps.actor)
                _advance(run, importer.chunk(part))
                steps.progress(run.rows, max(run.rows, run.rows_about), position=run.position)  # it got ahead: failures count anew
    ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.LINKING)
    run.state = ImportRun.State.LINKING


def _hold(run: ImportRun) -> None:
    """Lock the run for this transaction. Refused when another process has gone on with it."""
    if not ImportRun.objects.select_for_update().filter(pk=run.pk, position=run.position).exists():
        raise Refused(_("Another process goes on with this import."))


def _advance(run: ImportRun, lines: Sequence[Line]) -> None:
    """Count the rows in the transaction of their effect."""
    counts = {name: sum(line.state == name for line in lines) for name in ENDS}
    position = lines[-1].number
    ImportRun.objects.filter(pk=run.pk).update(position=position, rows=F("rows") + len(lines), **{name: F(name) + n for name, n in counts.items()})
    run.position, run.rows = position, run.rows + len(lines)
    for name, n in counts.items():
        setattr(run, name, getattr(run, name) + n)


def _finish(run: ImportRun, steps: Steps) -> None:
    run.refresh_from_db()
    blob = failures.made(run, rows_of) if run.failed else None
    with steps.chunk():
        now = timezone.now()
        ImportRun.objects.filter(pk=run.pk).update(state=ImportRun.State.DONE, finished_at=now, undo_until=now + UNDO_WITHIN, failed_file=blob)
        steps.progress(run.rows, run.rows)
