"""What is known of a user's table before its rows are read, and why a file is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_COLUMNS = 500
Cell = str | bool | date | datetime | None

REFUSALS: dict[str, Promise] = {
    "empty": _("The file is empty."),
    "too_large": _("The file is larger than %(limit)s MB."),
    "encrypted": _("The file is protected by a password. Save a copy without a password and choose that."),
    "strict_ooxml": _(
        "The file was saved as “Strict Open XML Spreadsheet”. Save it as “Excel Workbook (.xlsx)” and choose that."
    ),
    "damaged": _("The file is damaged and cannot be read. Open it in Excel, save it again as .xlsx and choose that."),
    "bomb": _("The file would take %(size)s MB when unpacked, far more than its contents can need. It was not opened."),
    "too_many_parts": _("The file has an unusual number of parts. It was not opened."),
    "not_a_workbook": _("This is not an Excel workbook. Choose a file of the kind .xlsx, .xls or .csv."),
    "unsupported": _("Files of the kind %(kind)s cannot be read. Save it as .xlsx or .csv and choose that."),
    "web_page": _("This is a web page that only bears the name of a table. Open it in Excel, save it as .xlsx and choose that."),
    "not_text": _("The file is neither a workbook nor readable text."),
    "no_sheet": _("The workbook has no sheet named “%(sheet)s”."),
    "no_rows": _("The sheet holds no rows."),
    "too_many_columns": _("The table has %(count)s columns; at most %(limit)s can be read."),
    "too_big": _("Reading this workbook takes more memory than is allowed. Save the sheet as .csv and choose that."),
    "too_slow": _("Reading this workbook takes longer than is allowed. Save the sheet as .csv and choose that."),
    "open_quote": _("A quotation mark opened in row %(row)s is not closed before the end of the file."),
    "cell_too_long": _("Row %(row)s has a cell of more than %(limit)s characters. Is the delimiter or a quotation mark wrong?"),
    "unknown_encoding": _("The encoding %(encoding)s is not known."),
}

WARNINGS: dict[str, Promise] = {
    "scientific": _(
        "“%(column)s” has numbers such as 1.3E+10: Excel has cut their digits. Format the column as text and save again."
    ),
    "lost_digits": _("“%(column)s” has numbers of more than 15 digits: Excel has replaced the last ones by zeros."),
    "duplicate_header": _("“%(column)s” heads more than one column; the later ones bear a number."),
    "hidden_sheet": _("The sheet “%(column)s” is hidden in the workbook."),
    "uncertain_encoding": _("The encoding was guessed; look whether the preview reads well."),
    "unreadable_bytes": _("Some characters cannot be read in this encoding and show as “�”."),
}


class Unreadable(Exception):
    """A file that is refused; `code` is stable, `message` is in the reader's language."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code, self.details = code, details

    @property
    def message(self) -> str:
        return str(REFUSALS[self.code]) % self.details

    def __str__(self) -> str:
        return self.message


class Row(NamedTuple):
    """One row; `number` is what Excel shows beside it. Cells are at least as many as the columns."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is unique in its table, `header` what the file says, `letter` what Excel calls it."""

    index: int
    letter: str
    name: str
    header: str


@dataclass(frozen=True, slots=True)
class Encoding:
    """A candidate for the encoding, with the first words as they would read."""

    name: str
    label: str
    score: float
    sample: str


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read the rows: kept with an import, so that its job reads what the preview showed.

    `header_row` counts from 1; 0 means that the table has no header.
    """

    kind: str
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 1
    width: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Reading:
        return cls(**stored)


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should see before going on."""

    code: str
    column: str = ""

    @property
    def message(self) -> str:
        return str(WARNINGS[self.code]) % {"column": self.column}


@dataclass(frozen=True, slots=True)
class Sheetbook:
    """A file looked into: its choices, columns and first rows. `rows_about` is exact for short tables only."""

    reading: Reading
    columns: tuple[Column, ...]
    preview: tuple[Row, ...]
    sheets: tuple[Sheet, ...] = ()
    encodings: tuple[Encoding, ...] = ()
    warnings: tuple[Warned, ...] = ()
    rows_about: int = 0

    @property
    def kind(self) -> str:
        return self.reading.kind

    @property
    def encoding(self) -> str:
        return self.reading.encoding

    @property
    def delimiter(self) -> str:
        return self.reading.delimiter

    @property
    def header_row(self) -> int:
        return self.reading.header_row
