"""The rows that were not imported, as they stood in the file, with the reason beside them: to be mended and brought again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from pellucid.kernel.records.models import Blob
from pellucid.kernel.resources.attachments import store

from .models import ImportRow, ImportRun
from .writers import Column, Workbook

AT_ONCE = 2000


def name_of(run: ImportRun) -> str:
    """What the file is called."""
    return _("%(name)s - rows not imported.xlsx") % {"name": run.file_name.rpartition(".")[0] or run.file_name}


def failed_lines(run: ImportRun) -> Iterator[tuple[int, str]]:
    """(row number, reason) of the failed rows in the order of the file."""
    last = 0
    while True:
        part = list(ImportRow.objects.filter(run=run, state="failed", number__gt=last).order_by("number")
                    .values_list("number", "reason")[:AT_ONCE])
        yield from part
        if len(part) < AT_ONCE:
            return
        last = part[-1][0]


def write(run: ImportRun, lines: Iterable[tuple[int, str]], rows: Iterable[Any], file: BinaryIO) -> int:
    """Write these rows of the file with their reasons; returns how many."""
    places = run.places
    columns = [Column(name) for name in places]
    with Workbook(file, [*columns, Column(_("Reason"), width=60)], title=_("Not imported")) as book:
        wanted = iter(lines)
        following = next(wanted, None)
        for row in rows:
            if following is None:
                break
            if row.number == following[0]:
                cells = [row.cells[at] if at < len(row.cells) else None for at in places.values()]
                book.row([*(_shown(c) for c in cells), following[1]])
                following = next(wanted, None)
        return book.rows


def _shown(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, str) else str(cell)


def made(run: ImportRun, rows_of: Callable[[ImportRun], Any]) -> Blob:
    """The file of a run's failed rows, kept."""
    with tempfile.TemporaryFile() as file:
        with rows_of(run) as rows:
            write(run, failed_lines(run), rows, file)
        return store(file, "failed.xlsx")
