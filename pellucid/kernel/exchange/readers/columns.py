"""Where a table's header is, and what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .sheetbook import MAX_COLUMNS, Cell, Column, Row, Unreadable

LOOKED_AT = 20
_NUMBERS = re.compile(r"[\d\s.,:/%+\-()年月日]+$")


def letter(index: int) -> str:
    """0 -> A, 26 -> AA: what Excel calls the column."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def find_header(rows: Sequence[Row]) -> int:
    """The number of the row that heads the table: the first full row of different texts, below any title; 0 for none."""
    rows = rows[:LOOKED_AT]
    if not rows:
        return 0
    usual = max(sum(cell is not None for cell in row.cells) for row in rows)
    for row in rows:
        given = [cell for cell in row.cells if cell is not None]
        if len(given) < max(1, usual * 0.6) or (usual > 1 and len(given) < 2):
            continue
        wordlike = [cell for cell in given if isinstance(cell, str) and not _NUMBERS.match(cell) and len(cell) <= 200]
        if len(wordlike) >= 0.7 * len(given):
            return row.number
        break
    return 0


def columns(header: Sequence[Cell], width: int) -> tuple[Column, ...]:
    """The columns of a table; names are unique, one without a heading bears its letter."""
    width = max(width, len(header))
    if width > MAX_COLUMNS:
        raise Unreadable("too_many_columns", count=width, limit=MAX_COLUMNS)
    taken: dict[str, int] = {}
    made = []
    for index in range(width):
        cell = header[index] if index < len(header) else None
        written = "" if cell is None else " ".join(str(cell).split())[:200]
        base = name = written or letter(index)
        while name.casefold() in taken:
            taken[base.casefold()] = taken.get(base.casefold(), 1) + 1
            name = f"{base} ({taken[base.casefold()]})"
        taken.setdefault(name.casefold(), 1)
        made.append(Column(index, letter(index), name, written))
    return tuple(made)
