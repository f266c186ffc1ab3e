"""Opens a user's table safely: `inspect` looks into it, `rows` reads it as the user confirmed.

Whatever the file holds, the outcome is rows or `Unreadable` with a reason for people; memory stays bounded.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from . import cells, delimited, encodings, preflight, vcf, xls, xlsx
from .columns import columns, find_header, letter
from .sheetbook import (
    MAX_COLUMNS,
    Cell,
    Column,
    Encoding,
    Reading,
    Row,
    Sheet,
    Sheetbook,
    Unreadable,
    Warned,
)

__all__ = [
    "MAX_COLUMNS",
    "Cell",
    "Column",
    "Encoding",
    "Reading",
    "Row",
    "Sheet",
    "Sheetbook",
    "Unreadable",
    "Warned",
    "inspect",
    "letter",
    "rows",
]

PREVIEW = 50
LOOKED_AT = 200
Source = str | os.PathLike[str] | BinaryIO


def inspect(
    source: Source,
    filename: str = "",
    *,
    sheet: str = "",
    encoding: str = "",
    delimiter: str = "",
    header_row: int | None = None,
) -> Sheetbook:
    """Looks into a file: what it is, its columns and first rows. What the caller names is taken, the rest is found.

    `filename` only tells whether a text file is meant to be tabbed; contents decide the kind.
    """
    with _local(source) as path:
        kind = preflight.kind(path)
        if kind == "xlsx":
            return _inspect_xlsx(path, sheet, header_row)
        if kind == "xls":
            return _inspect_xls(path, sheet, header_row)
        if kind == "vcf":
            return _inspect_cards(path)
        return _inspect_text(path, filename, encoding, delimiter, header_row)


def rows(source: Source, reading: Reading) -> Iterator[Row]:
    """The rows below the header, in constant memory for text; blank rows are left out."""
    with _local(source) as path:
        if preflight.kind(path) != reading.kind:
            raise Unreadable("damaged")
        if reading.kind == "csv":
            with path.open("rb") as file:
                yield from _below(delimited.rows(file, encodings.known(reading.encoding), reading.delimiter), reading)
        elif reading.kind == "vcf":
            yield from _below(vcf.rows(path), reading)
        elif reading.kind == "xls":
            with xls.opened(path, reading.sheet) as book:
                yield from _below(book.rows(), reading)
        else:
            with xlsx.opened(path) as workbook, closing(workbook.strings()) as strings:
                yield from _below(workbook.rows(workbook.choose(reading.sheet), strings), reading)


def _below(found: Iterator[Row], reading: Reading) -> Iterator[Row]:
    width = reading.width
    for row in found:
        if row.number > reading.header_row:
            if len(row.cells) < width:
                row.cells.extend([None] * (width - len(row.cells)))
            elif len(row.cells) > MAX_COLUMNS:
                raise Unreadable("too_many_columns", count=len(row.cells), limit=MAX_COLUMNS)
            yield row


def _inspect_xls(path: Path, sheet: str, header_row: int | None) -> Sheetbook:
    with xls.opened(path, sheet) as book:
        looked_at = list(islice(book.rows(), LOOKED_AT))
        return _of_sheets("xls", book.sheets, book.sheet, looked_at, header_row, book.rows_about)


def _inspect_cards(path: Path) -> Sheetbook:
    looked_at = list(vcf.rows(path))
    return replace(_sheetbook(Reading("vcf"), looked_at[:LOOKED_AT], 1), rows_about=len(looked_at) - 1)


def _inspect_xlsx(path: Path, sheet: str, header_row: int | None) -> Sheetbook:
    with xlsx.opened(path) as book, closing(book.strings()) as strings:
        chosen = book.choose(sheet)
        looked_at = list(islice(book.rows(chosen, strings), LOOKED_AT))
        return _of_sheets("xlsx", book.sheets, chosen, looked_at, header_row, book.rows_about(chosen))


def _of_sheets(
    kind: str, sheets: tuple[Sheet, ...], chosen: str, looked_at: list[Row], header_row: int | None, about: int
) -> Sheetbook:
    found = _sheetbook(Reading(kind, sheet=chosen), looked_at, header_row)
    hidden = [Warned("hidden_sheet", sheet.name) for sheet in sheets if sheet.name == chosen and not sheet.visible]
    if len(looked_at) < LOOKED_AT:
        about = len(looked_at)
    return replace(found, sheets=sheets, rows_about=max(0, about - 1), warnings=(*hidden, *found.warnings))


def _inspect_text(path: Path, filename: str, encoding: str, delimiter: str, header_row: int | None) -> Sheetbook:
    with path.open("rb") as file:
        guesses = encodings.candidates(file)
        if not guesses and not encoding:
            raise Unreadable("not_text")
        chosen = encodings.known(encoding) if encoding else guesses[0].name
        if not delimiter:
            delimiter = "\t" if filename.lower().endswith(".tsv") else delimited.find_delimiter(file, chosen)
        looked_at = list(islice(delimited.rows(file, chosen, delimiter), LOOKED_AT))
        found = _sheetbook(Reading("csv", encoding=chosen, delimiter=delimiter), looked_at, header_row)
    warned = list(found.warnings)
    if any("\ufffd" in cell for row in looked_at for cell in row.cells if isinstance(cell, str)):
        warned.insert(0, Warned("unreadable_bytes"))
    elif not encoding and guesses[0].score < encodings.CONFIDENT:
        warned.insert(0, Warned("uncertain_encoding"))
    return replace(found, encodings=tuple(guesses), warnings=tuple(warned), rows_about=_rows_about(path, looked_at))


def _rows_about(path: Path, looked_at: Sequence[Row]) -> int:
    """Exact for what was read to its end, otherwise an estimate for a progress bar."""
    if len(looked_at) < LOOKED_AT:
        return max(0, len(looked_at) - 1)
    with path.open("rb") as file:
        first = file.read(1 << 17)
    return path.stat().st_size * max(first.count(b"\n"), first.count(b"\r")) // len(first)


def _sheetbook(reading: Reading, looked_at: list[Row], header_row: int | None) -> Sheetbook:
    if not looked_at:
        raise Unreadable("no_rows")
    at = find_header(looked_at) if header_row is None else header_row
    header = next((row.cells for row in looked_at if row.number == at), [])
    below = [row for row in looked_at if row.number > at]
    made = columns(header, max((len(row.cells) for row in below), default=0))
    reading = replace(reading, header_row=at, width=len(made))
    preview = tuple(_below(iter(below[:PREVIEW]), reading))
    return Sheetbook(reading, made, preview, warnings=tuple(_warnings(made, below)))


def _warnings(made: Sequence[Column], below: Sequence[Row]) -> Iterator[Warned]:
    headers: set[str] = set()
    for column in made:
        if column.header and column.header in headers:
            yield Warned("duplicate_header", column.header)
        headers.add(column.header)
        given = [row.cells[column.index] for row in below if column.index < len(row.cells)]
        if any(isinstance(cell, str) and cells.is_scientific(cell) for cell in given):
            yield Warned("scientific", column.name)
        if any(isinstance(cell, str) and cells.has_lost_digits(cell) for cell in given):
            yield Warned("lost_digits", column.name)


@contextmanager
def _local(source: Source) -> Iterator[Path]:
    """The path of a file on this machine; an open file without one is copied for the while."""
    if isinstance(source, (str, os.PathLike)):
        yield Path(source)
        return
    path = source.temporary_file_path() if hasattr(source, "temporary_file_path") else None
    if path is not None:
        yield Path(path)
        return
    source.seek(0)
    with tempfile.NamedTemporaryFile(prefix="pellucid-", suffix=".table") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        yield Path(copy.name)
