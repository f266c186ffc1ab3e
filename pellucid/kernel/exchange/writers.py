"""Writes tables for people: typed .xlsx and .csv, row by row in constant memory, any number of rows.

Text that a spreadsheet would take for a formula (= + - @, tab, carriage return, also in full width) stays text: in .xlsx as a
text cell with Excel's own quote prefix, in .csv behind an apostrophe, which our reader takes off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pellucid.kernel.records import days

from .readers.cells import FORMULA_STARTS, UNWANTED
from .readers.columns import letter

Kind = Literal["text", "integer", "number", "money", "percent", "date", "datetime", "bool"]
ROWS_PER_SHEET = 1_048_575
LONGEST_CELL = 32_767
# Excel keeps 15 digits; longer numbers go as text, whole.
EXACT = 10**15
EXCEL_EPOCH = date(1899, 12, 30).toordinal()
FIRST_DAY = date(1900, 3, 1)
# Excel reads _x0041_ as A; the underscore itself is written this way where text has it.
ESCAPE_LIKE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORMATS: dict[str, str] = {
    "integer": "#,##0", "number": "#,##0.######", "money": "#,##0.00", "percent": "0.0#%", "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}  # fmt: skip
_WIDTHS: dict[str, int] = {
    "integer": 10, "number": 12, "money": 16, "percent": 10, "date": 12, "datetime": 18, "bool": 8, "text": 18,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the kind of its cells; `width` in characters, found when left out."""

    label: str
    kind: Kind = "text"
    width: int | None = None


class _Table:
    """What both kinds of file have in common."""

    def __init__(self, columns: Sequence[Column], zone: tzinfo | None, yes_no: tuple[str, str]) -> None:
        self.columns = tuple(columns)
        self.rows = 0
        self._zone = zone or days.zone()
        self._yes_no = yes_no

    def row(self, values: Sequence[Any]) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _wall_time(self, value: datetime) -> datetime:
        return value.astimezone(self._zone).replace(tzinfo=None) if value.tzinfo else value


class _Sheet(Worksheet):
    """A worksheet that takes finished rows: a third of the time, and no text can pass for markup of a rich string."""

    def begin(self) -> None:
        """Sends the header, which went the ordinary way, before the rows."""
        self._write_single_row(1)

    def line(self, row: int, cells: str) -> None:
        self.row_data_fh.write(f'<row r="{row + 1}">{cells}</row>')
        self.dim_rowmax = row


class Workbook(_Table):
    """An .xlsx file with a frozen header; past a million rows it goes on with the next sheet."""

    def __init__(
        self,
        file: str | BinaryIO,
        columns: Sequence[Column],
        *,
        title: str = "Sheet",
        zone: tzinfo | None = None,
        yes_no: tuple[str, str] = ("是", "否"),
    ) -> None:
        super().__init__(columns, zone, yes_no)
        self._title = "".join(c for c in title if c not in "[]:*?/\\'")[:25] or "Sheet"
        self._book = xlsxwriter.Workbook(file, {"constant_memory": True})
        self._head = self._book.add_format({"bold": True, "bg_color": "#EEF1F5", "bottom": 1, "valign": "vcenter"})
        quoted = self._book.add_format({"quote_prefix": True})._get_xf_index()
        formats = {kind: self._book.add_format({"num_format": pattern})._get_xf_index() for kind, pattern in _FORMATS.items()}
        self._cells = [self._cell(letter(at), column.kind, quoted, formats) for at, column in enumerate(self.columns)]
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet: _Sheet = self._book.add_worksheet(name, worksheet_class=_Sheet)
        self._sheet.freeze_panes(1, 0)
        for index, column in enumerate(self.columns):
            shown = sum(2 if c > "\u2e7f" else 1 for c in column.label) + 4
            self._sheet.set_column(index, index, column.width or max(_WIDTHS[column.kind], min(shown, 40)))
            self._sheet.write_string(0, index, _clean(column.label), self._head)
        self._sheet.begin()
        self._next = 1

    def row(self, values: Sequence[Any]) -> None:
        """Writes one row; None leaves its cell empty."""
        if self._next > ROWS_PER_SHEET:
            self._begin_sheet()
        number = self._next + 1
        cells = [
            cell(number, value) for cell, value in zip(self._cells, values, strict=True) if value is not None and value != ""
        ]
        self._sheet.line(self._next, "".join(cells))
        self._next += 1
        self.rows += 1

    def close(self) -> None:
        self._book.close()

    def _cell(self, at: str, kind: Kind, quoted: int, formats: dict[str, int]) -> Callable[[int, Any], str]:
        """The function that writes one cell of a column; made once, since it runs for every cell."""
        form = formats.get(kind, 0)
        yes, no = self._yes_no

        def text(row: int, value: Any) -> str:
            written = _clean(value)
            style = f' s="{quoted}"' if written.startswith(FORMULA_STARTS) else ""
            if "_x" in written:
                written = ESCAPE_LIKE.sub("_x005F_", written)
            if "&" in written or "<" in written or ">" in written:
                written = escape(written)
            return f'<c r="{at}{row}"{style} t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'

        def numeric(row: int, value: Any) -> str:
            if isinstance(value, (int, float, Decimal)) and -EXACT < value < EXACT:
                return f'<c r="{at}{row}" s="{form}"><v>{value:.16G}</v></c>'
            return text(row, f"{value:f}" if isinstance(value, Decimal) else value)

        def moment(row: int, value: Any) -> str:
            if isinstance(value, datetime):
                local = self._wall_time(value)
                day, seconds = local.date(), local.hour * 3600 + local.minute * 60 + local.second
            elif isinstance(value, date):
                day, seconds = value, 0
            else:
                return text(row, value)
            if day < FIRST_DAY:
                return text(row, value.isoformat())
            serial = day.toordinal() - EXCEL_EPOCH + (seconds / 86400 if kind == "datetime" else 0)
            return f'<c r="{at}{row}" s="{form}"><v>{serial:.16G}</v></c>'

        def flag(row: int, value: Any) -> str:
            return text(row, yes if value is True else no if value is False else value)

        if kind in ("date", "datetime"):
            return moment
        return {"text": text, "bool": flag}.get(kind, numeric)


class CsvFile(_Table):
    """A .csv file in UTF-8 with the mark Excel needs; figures without thousands separators, ISO dates."""

    def __init__(
        self,
        file: str | BinaryIO,
        columns: Sequence[Column],
        *,
        title: str = "",
        zone: tzinfo | None = None,
        yes_no: tuple[str, str] = ("是", "否"),
    ) -> None:
        super().__init__(columns, zone, yes_no)
        self._own = isinstance(file, str)
        binary = open(file, "wb") if isinstance(file, str) else file  # noqa: SIM115  closed by close()
        self._text = io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="", write_through=False)
        self._write = csv.writer(self._text).writerow
        self._write([_guarded(column.label) for column in self.columns])

    def row(self, values: Sequence[Any]) -> None:
        """Writes one row; None leaves its cell empty."""
        if len(values) != len(self.columns):
            raise ValueError(f"{len(values)} values for {len(self.columns)} columns")
        self._write([None if value is None else self._cell(value) for value in values])
        self.rows += 1

    def close(self) -> None:
        """Writes what is left; a file that the caller opened stays open."""
        self._text.flush()
        if self._own:
            self._text.close()
        else:
            self._text.detach()

    def _cell(self, value: Any) -> Any:
        if isinstance(value, str):
            return _guarded(value)
        if isinstance(value, bool):
            return self._yes_no[0] if value else self._yes_no[1]
        if isinstance(value, datetime):
            return self._wall_time(value).isoformat(" ", "minutes")
        if isinstance(value, Decimal):
            return f"{value:f}"
        return value if isinstance(value, (int, float, date)) else _guarded(str(value))


def _clean(value: object) -> str:
    """Text that a workbook can hold: no control characters, no halves of characters, not longer than a cell."""
    text = value if isinstance(value, str) else str(value)
    if not text.isprintable():
        text = UNWANTED.sub("", text)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _guarded(text: str) -> str:
    if not text.isprintable():
        text = UNWANTED.sub("", text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def open_table(
    kind: Literal["xlsx", "csv"], file: str | BinaryIO, columns: Sequence[Column], **options: Any
) -> Workbook | CsvFile:
    """The writer for a kind of file; both take the same options."""
    return (Workbook if kind == "xlsx" else CsvFile)(file, columns, **options)
