"""The rows of one worksheet's XML, streamed. The usual spelling of a cell is cut by one pattern, three times as fast as a
parser; a row with anything else in it goes to the parser. Both give their cells to the same `Values`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import unescape

from . import cells
from .sheetbook import Cell, Row, Unreadable

CHUNK = 1 << 17
LAST_COLUMN, LAST_ROW = 16_384, 1_048_576
# A row that does not end would be kept in memory whole.
LONGEST_ROW = 1 << 24

_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_BUILT_IN_TIMES = frozenset((18, 19, 20, 21, 45, 46, 47))
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(50, 59)))
_DECLARED = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([A-Za-z0-9_-]+)")
_ENCODINGS = frozenset(("utf-8", "utf-16", "us-ascii", "iso-8859-1", "gb18030", "gbk", "gb2312"))
_QUOTES = {"&quot;": '"', "&apos;": "'"}
_PREFIX = re.compile(r"<(?:([\w.-]+):)?worksheet[\s>]")
_NUMBER = re.compile(r"\sr\s*=\s*[\"'](\d+)[\"']")


class Values:
    """Turns what a cell holds into what the import reads."""

    def __init__(self, shared: Callable[[int], str | None], moments: list[str], since_1904: bool) -> None:
        self._shared, self._moments, self._since_1904 = shared, moments, since_1904
        self._columns: dict[str, int] = {}

    def column(self, letters: str) -> int:
        """0 for A."""
        known = self._columns.get(letters)
        if known is not None:
            return known
        index = 0
        for character in letters.upper():
            if not "A" <= character <= "Z" or len(letters) > 3:
                raise Unreadable("damaged")
            index = index * 26 + ord(character) - 64
        if not 1 <= index <= LAST_COLUMN:
            raise Unreadable("damaged")
        self._columns[letters] = index - 1
        return index - 1

    def put(self, row: list[Cell], column: int, kind: str, style: str, written: str) -> None:
        """Places one cell in its row."""
        value = self.value(kind, style, written)
        if value is None:
            return
        if column == len(row):
            row.append(value)
        elif column < len(row):
            row[column] = value
        elif column < LAST_COLUMN:
            row.extend([None] * (column - len(row)))
            row.append(value)
        else:
            raise Unreadable("damaged")

    def value(self, kind: str, style: str, written: str) -> Cell:
        """The value of a cell of a kind (OOXML's `t`) and a format."""
        if kind == "s":
            return self._shared(int(written))
        if kind in ("", "n"):
            moment = self._moments[int(style)] if style and int(style) < len(self._moments) else ""
            if not moment and len(written) <= cells.EXACT_DIGITS and written.isdecimal() and written[0] != "0":
                return written
            try:
                number = float(written)
            except ValueError:
                return cells.text(written)
            return self._moment(number, moment) if moment else cells.number(number)
        if kind == "b":
            return written.strip() in ("1", "true")
        if kind == "d":
            try:
                return cells.stored(datetime.fromisoformat(written.strip()).replace(tzinfo=None))
            except ValueError:
                return cells.text(written)
        return cells.text(cells.unescaped(written))

    def _moment(self, number: float, kind: str) -> Cell:
        if kind == "clock" and 0 <= number < 1:
            clock = (datetime.combine(date.min, time.min) + timedelta(seconds=round(number * 86400) % 86400)).time()
            return cells.stored(clock)
        if kind == "clock":
            return cells.stored(timedelta(days=number)) if abs(number) < 1_000_000 else cells.number(number)
        day = cells.serial_day(repr(number), since_1904=self._since_1904)
        return cells.number(number) if day is None else day


def rows(file: IO[bytes], values: Values) -> Iterator[Row]:
    """The rows that hold anything, numbered as in the sheet."""
    first = file.read(CHUNK)
    text, decode = _decoder(first)
    prefix = _prefix(text)
    closing, opening = f"</{prefix}row>", f"<{prefix}row"
    usual = _usual_cell(prefix)
    number, ended = 0, f"<{prefix}sheetData/>" in text
    while True:
        *pieces, rest = text.split(closing)
        for piece in pieces:
            at = piece.rfind(opening)
            if at < 0:
                raise Unreadable("damaged")
            # Rows before the last opening are blank ones that close themselves.
            row_at = piece.find(">", at)
            stated = _NUMBER.search(piece, at, row_at)
            number = int(stated[1]) if stated else number + 1 + piece.count(opening, 0, at)
            if not 1 <= number <= LAST_ROW:
                raise Unreadable("damaged")
            found = _cells(piece[row_at + 1 :], prefix, usual, values)
            if found:
                yield Row(number, found)
        if ended or f"</{prefix}sheetData>" in rest:
            return
        if len(rest) > LONGEST_ROW:
            raise Unreadable("damaged")
        chunk = file.read(max(CHUNK, len(rest)))
        if not chunk:
            raise Unreadable("damaged")
        text = rest + decode(chunk)


def _decoder(first: bytes) -> tuple[str, Callable[[bytes], str]]:
    declared = _DECLARED.match(first.removeprefix(codecs.BOM_UTF8))
    marked = first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    name = "utf-16" if marked else declared[1].decode().lower() if declared else "utf-8"
    if name not in _ENCODINGS:
        raise Unreadable("damaged")
    decoder = codecs.getincrementaldecoder(name)("strict")
    return decoder.decode(first).removeprefix("\ufeff"), decoder.decode


def _prefix(text: str) -> str:
    """The namespace prefix of the sheet's elements, with its colon; document types are refused."""
    root = _PREFIX.search(text)
    if root is None or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unreadable("damaged")
    return f"{root[1]}:" if root[1] else ""


def _usual_cell(prefix: str) -> re.Pattern[str]:
    p = re.escape(prefix)
    return re.compile(
        rf'<{p}c(?: r="([A-Za-z]+)\d+")?(?: s="(\d+)")?(?: t="(\w+)")?\s*(?:/>|>'
        rf"(?:<{p}f[^>]*/>|<{p}f[^>]*>[^<]*</{p}f>)?"
        rf"(?:<{p}v>([^<]*)</{p}v>|<{p}v ?/>|<{p}is><{p}t[^>]*>([^<]*)</{p}t></{p}is>)?</{p}c>)"
    )


def _cells(piece: str, prefix: str, usual: re.Pattern[str], values: Values) -> list[Cell]:
    found = usual.findall(piece)
    if "<!" in piece or len(found) != piece.count(f"<{prefix}c ") + piece.count(f"<{prefix}c>") + piece.count(f"<{prefix}c/>"):
        return _parsed_cells(piece, prefix, values)
    row: list[Cell] = []
    column, known, put = -1, values._columns, values.put
    escaped = "&" in piece
    for letters, style, kind, written, inline in found:
        if letters:
            index = known.get(letters)
            column = values.column(letters) if index is None else index
        else:
            column += 1
        if inline:
            written = inline
        if written:
            if escaped and "&" in written:
                if "&#" in written:
                    return _parsed_cells(piece, prefix, values)
                written = unescape(written, _QUOTES)
            put(row, column, kind, style, written)
    return row


def _parsed_cells(piece: str, prefix: str, values: Values) -> list[Cell]:
    """The same by a parser: for rich text, other orders of attributes, comments, character references."""
    row: list[Cell] = []
    column, kind, style = -1, "", ""
    collecting, phonetic = False, False
    collected: list[str] = []
    cut = len(prefix)

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal column, kind, style, collecting, phonetic
        name = name[cut:] if prefix and name.startswith(prefix) else name
        if name == "c":
            letters = attributes.get("r", "").rstrip("0123456789")
            column = values.column(letters) if letters else column + 1
            kind, style = attributes.get("t", ""), attributes.get("s", "")
            collected.clear()
        elif name == "v" or (name == "t" and not phonetic):
            collecting = True
        elif name == "rPh":
            phonetic = True

    def end(name: str) -> None:
        nonlocal collecting, phonetic
        name = name[cut:] if prefix and name.startswith(prefix) else name
        if name == "c" and collected:
            values.put(row, column, kind, style, "".join(collected))
        elif name in ("v", "t"):
            collecting = False
        elif name == "rPh":
            phonetic = False

    def text(data: str) -> None:
        if collecting:
            collected.append(data)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.Parse(f"<row>{piece}</row>", True)
    return row


def moment_kind(number: int, code: str | None) -> str:
    """What a number format shows: "" for no date, "day", or "clock" (time of day or duration)."""
    if code is None:
        return "clock" if number in _BUILT_IN_TIMES else "day" if number in _BUILT_IN_DATES else ""
    plain = _NOT_FORMAT.sub("", code.split(";")[0]).lower()
    if "general" in plain or not re.search(r"[ymdhs年月日时]", plain):
        return ""
    return "day" if re.search(r"[yd年月日]", plain) or not re.search(r"[hs时]", plain) else "clock"
