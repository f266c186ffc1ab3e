"""Text tables (.csv, .tsv, .txt): the delimiter is found, rows are read one by one in constant memory."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from . import cells, encodings
from .sheetbook import Row, Unreadable

DELIMITERS = (",", "\t", ";", "|")
LOOKED_AT = 60
# csv refuses longer cells by itself; one line of a sane table is far below the second.
LONGEST_CELL = csv.field_size_limit()
LONGEST_LINE = 8 * 1024 * 1024


class _Lines:
    """Lines of a text file with a bound on each; `ended` tells that the reader asked for one more than there was."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(0)
        self.ended = False
        self.given = 0
        self._text = io.TextIOWrapper(file, encodings.codec(encoding), errors="replace", newline="")

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            self.ended = True
            raise StopIteration
        if not self.given:
            line = line.removeprefix("\ufeff")
        self.given += 1
        if len(line) >= LONGEST_LINE:
            raise Unreadable("cell_too_long", row=self.given, limit=LONGEST_CELL)
        return line.replace("\0", "") if "\0" in line else line

    def detach(self) -> None:
        self._text.detach()


def rows(file: BinaryIO, encoding: str, delimiter: str) -> Iterator[Row]:
    """The rows that hold anything, numbered as Excel would show them."""
    lines = _Lines(file, encoding)
    reader = csv.reader(lines, delimiter=delimiter)
    number = 0
    try:
        while True:
            number += 1
            values = next(reader, None)
            if values is None:
                return
            if lines.ended:
                # Only an open quote makes the reader ask beyond the last line before it gives a row.
                raise Unreadable("open_quote", row=number)
            row = [cells.delimited(value) for value in values]
            while row and row[-1] is None:
                row.pop()
            if row:
                yield Row(number, row)  # type: ignore[arg-type]
    except csv.Error as error:
        raise Unreadable("cell_too_long", row=number, limit=LONGEST_CELL) from error
    finally:
        lines.detach()


def find_delimiter(file: BinaryIO, encoding: str) -> str:
    """The delimiter that cuts the first rows into the most columns of one and the same number."""
    file.seek(0)
    text = io.TextIOWrapper(file, encodings.codec(encoding), errors="replace", newline="")
    sample = text.read(encodings.SAMPLE).replace("\0", "").removeprefix("\ufeff")
    text.detach()
    first = sample.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5 and first[4] in DELIMITERS:
        return first[4]
    return max(DELIMITERS, key=lambda delimiter: (_regularity(sample, delimiter), -DELIMITERS.index(delimiter)))


def _regularity(sample: str, delimiter: str) -> float:
    widths: list[int] = []
    try:
        for row in csv.reader(sample.splitlines(keepends=True), delimiter=delimiter):
            if any(row):
                widths.append(len(row))
            if len(widths) >= LOOKED_AT:
                break
    except csv.Error:
        return 0.0
    if len(widths) > 2:
        widths.pop()
    found = Counter(widths)
    return max((times / len(widths) * min(width, 20) ** 0.5 for width, times in found.items() if width > 1), default=0.0)
