"""Takes a list out as a table: what it shows, or all a reader may read; batch after batch along the list's own order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Literal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg import sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.events.bus import EventKind, declare, publish
from pellucid.kernel.jobs.context import Context
from pellucid.kernel.jobs.declare import job
from pellucid.kernel.jobs.models import Job
from pellucid.kernel.jobs.queue import start as ask_for
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Forbidden
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.resources.attachments import store
from pellucid.kernel.resources.columns import Column as ListColumn
from pellucid.kernel.resources.declare import Resource, registry
from pellucid.kernel.resources.fields import readable
from pellucid.kernel.resources.lists import run as lists
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import Listing, listing

from . import cards
from .models import ExportRun
from .writers import Column, Kind, open_table

BATCH = 4000
INLINE = 2000
EVENT = "exchange.exported"
STAMPS = ("number", "created_at", "created_by", "updated_at")
KINDS: dict[str, Kind] = {"integer": "integer", "decimal": "number", "money": "money", "percent": "number", "date": "date", "datetime": "datetime",
                          "bool": "bool"}
declare(EventKind(EVENT, gettext_lazy("{actor} exported {rows} rows"), icon="download", quiet=True))
FileKind = Literal["xlsx", "csv", "vcf"]


def fields_of(resource: type[Resource], actor: Actor, params: ListParams, everything: bool, kind: FileKind = "xlsx") -> list[str]:
    """Names of the fields of an export: the columns of the list, or all the actor may read; in an address book those that cards have."""
    may = readable(resource.key(), actor)
    if kind == "vcf":
        return [resource.title, *(n for n in cards.parts_of(resource, actor).values() if n != resource.title)]
    wanted = [n for n in (params.columns or resource.columns) if n in may]
    first = [resource.title, *(n for n in wanted if n != resource.title)]
    if not everything:
        return first
    declared = {*resource.columns, *resource.more, *resource.form, *resource.importable, *resource.facts, *STAMPS,
                *(n for section in resource.sections for n in section.fields)}
    return [*first, *(n for n, s in may.items() if n not in first and (n in declared or s.custom))]


def table_of(resource: type[Resource], actor: Actor, params: ListParams, names: Sequence[str], show: Show) -> Listing:
    """The list to take out. Forbidden without the right to export; Invalid for fields one may not read."""
    key = resource.key()
    if not actor.may(key, "export"):
        raise Forbidden(f"{key}.export", _("You have no right to export %(what)s.") % {"what": resource.model._meta.verbose_name_plural})
    found = listing(resource, actor, replace(params, page=1, after="", before=""), show, names, verb="export")
    if not found.declared and lists.count(connection, found.query)[0] >= lists.COUNT_LIMIT:
        found = listing(resource, actor, replace(params, page=1, after="", before="", sort=""), show, names, verb="export")
    return found


def rows_of(found: Listing) -> Iterator[list[tuple[Any, ...]]]:
    """All rows of the list, in its order, in batches."""
    alias = sql.Identifier(found.query.alias)
    key = sql.SQL("({})::text").format(found.query.sort.of(alias))
    query = replace(found.query, columns=(*found.query.columns, key), limit=BATCH, offset=0)
    while True:
        part = lists.rows(connection, query)
        if part:
            yield part
        if len(part) < BATCH:
            return
        query = replace(query, after=(part[-1][-1], part[-1][0]))


def cells(columns: Sequence[ListColumn], show: Show) -> list[Callable[[Sequence[Any]], Any]]:
    """A function per column from a list's row to the value of the file."""
    return [_cell(column, show) for column in columns]


def _cell(column: ListColumn, show: Show) -> Callable[[Sequence[Any]], Any]:
    spec, pick = column.spec, column.pick
    export, paired = spec.kind.export, column.width > 1 and spec.kind.key != "link"
    if spec.kind.key in ("user", "unit", "term", "choice", "level"):
        memory: dict[Any, Any] = {}

        def known(row: Sequence[Any]) -> Any:
            value = pick(row)
            if value not in memory:
                memory[value] = export(spec, value, show)
            return memory[value]

        return known
    if paired:
        return lambda row: export(spec, pick(row)[0], show)
    return lambda row: export(spec, pick(row), show)


def kind_of(spec: Spec, hidden: bool) -> Kind:
    """How a field stands in a spreadsheet."""
    return "text" if hidden else KINDS.get(spec.kind.key, "text")


def write(resource: type[Resource], found: Listing, show: Show, file: BinaryIO, kind: FileKind, told: Callable[[int], None] = lambda n: None) -> int:
    """Write the list into an open file; `told` is called with the rows so far. Returns how many."""
    made = cells(found.columns, show)
    if kind == "vcf":
        return _cards(resource, found, made, file, told)
    heads = [Column(str(c.spec.label), kind_of(c.spec, c.hidden)) for c in found.columns]
    with open_table(kind, file, heads, title=str(resource.model._meta.verbose_name_plural), zone=show.zone, yes_no=(_("Yes"), _("No"))) as table:
        for part in rows_of(found):
            for row in part:
                table.row([cell(row) for cell in made])
            told(table.rows)
        return table.rows


def _cards(resource: type[Resource], found: Listing, made: Sequence[Callable[[Sequence[Any]], Any]], file: BinaryIO,
           told: Callable[[int], None]) -> int:
    """Every row as a card; what the reader sees in part only is left out."""
    parts = {name: part for part, name in resource.card.items()}
    book = cards.CardFile(file, ["" if c.hidden else parts.get(c.spec.name, "") for c in found.columns])
    for rows in rows_of(found):
        for row in rows:
            book.row([cell(row) for cell in made])
        told(book.rows)
    return book.rows


def taken(resource: type[Resource], record: Any, actor: Actor) -> bytes:
    """One record as a card, and kept that it left."""
    text = cards.card_of(resource, record, actor)
    noted(resource, actor, ListParams(), list(cards.parts_of(resource, actor).values()), "vcf", str(record.pk), 1)
    return text.encode()


def name_of(resource: type[Resource], kind: str) -> str:
    """What the file is called."""
    return f"{resource.model._meta.verbose_name_plural} {days.today():%Y-%m-%d}.{kind}"


def noted(resource: type[Resource], actor: Actor, params: ListParams, names: Sequence[str], kind: str, reason: str = "", rows: int = 0) -> ExportRun:
    """Keep who takes out what, before it leaves."""
    with transaction.atomic():
        run = ExportRun.objects.create(resource=resource.key(), user_id=actor.user_id, door=actor.door, query=params.url()[1:], columns=list(names),
                                       kind=kind, reason=reason[:200], rows=rows)
        publish(EVENT, by=actor, reason=reason[:200], resource=resource.key(),
                payload={"export": run.pk, "rows": rows, "filter": run.query, "fields": run.columns, "kind": kind})
    return run


def take(resource: type[Resource], actor: Actor, params: ListParams, file: BinaryIO, kind: FileKind = "xlsx", *, everything: bool = False,
         reason: str = "", names: Sequence[str] = (), told: Callable[[int], None] = lambda n: None) -> int:
    """Write the list into a file at once, and keep that it was done."""
    show = show_for(actor)
    names = list(names) or fields_of(resource, actor, params, everything, kind)
    rows = write(resource, table_of(resource, actor, params, names, show), show, file, kind, told)
    run = noted(resource, actor, params, names, kind, reason, rows)
    ExportRun.objects.filter(pk=run.pk).update(finished_at=timezone.now())
    return rows


def size(resource: type[Resource], actor: Actor, params: ListParams) -> int:
    """About how many rows it would be."""
    return lists.count(connection, table_of(resource, actor, params, (), show_for(actor)).query)[0]


def start(resource: type[Resource], actor: Actor, params: ListParams, kind: FileKind = "xlsx", *, everything: bool = False, reason: str = "") -> Job:
    """Ask for the export as a job; its file stays for two days."""
    table_of(resource, actor, params, (), show_for(actor))
    title = _("Export %(what)s") % {"what": resource.model._meta.verbose_name_plural}
    return ask_for("exchange.export", actor, title=title, resource=resource.key(), query=params.pairs(), kind=kind, everything=everything,
                   reason=reason)


@job("exchange.export", label=gettext_lazy("Export"), queue="long")
def export_job(ctx: Context, resource: str, query: list[list[str]], kind: FileKind, everything: bool = False, reason: str = "") -> dict[str, Any]:
    """Write an export for who asked for it, with the rights he has now."""
    found, params, actor = registry[resource], ListParams.parse([(k, v) for k, v in query]), ctx.actor
    show = show_for(actor)
    names = fields_of(found, actor, params, everything, kind)
    chosen = table_of(found, actor, params, names, show)
    ctx.progress(0, lists.count(connection, chosen.query, 10**7)[0])
    with tempfile.TemporaryFile() as file:
        rows = write(found, chosen, show, file, kind, ctx.progress)
        blob = store(file, f"export.{kind}")
    with ctx.chunk():
        run = noted(found, actor, params, names, kind, reason, rows)
        ExportRun.objects.filter(pk=run.pk).update(file=blob, job_id=ctx.job.pk, finished_at=timezone.now())
        ctx.result_file(blob, name_of(found, kind))
        ctx.progress(rows, rows)
    return {"export": run.pk, "rows": rows, "size": blob.size}
