"""Streams the rows of an .xlsx workbook: constant memory however many rows, nothing built from what the file claims.

A parser that holds the sheet as a grid can be made to ask for any amount of memory by two cells at opposite corners; this one
sees one row at a time. Document types (and with them entities) are refused, references to other files are never followed.
"""

from __future__ import annotations

import mmap
import os
import posixpath
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from xml.parsers import expat

from . import cells, sheetxml
from .sheetbook import Row, Sheet, Unreadable

CHUNK = 1 << 17
LONGEST_TEXT = 1 << 20
STRINGS_IN_MEMORY = 1 << 25
FAILURES = (
    expat.ExpatError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    OSError,
)

Handler = Callable[[str, dict[str, str]], None]


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Book]:
    """Opens a workbook; whatever is wrong inside it is a damaged file."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Book(archive)
    except FAILURES as error:
        raise Unreadable("damaged") from error
    except MemoryError as error:
        raise Unreadable("too_big") from error


class Book:
    """An opened workbook: its sheets, and the rows of one of them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower().lstrip("/"): name for name in archive.namelist()}
        self._since_1904 = False
        self._paths: dict[str, str] = {}
        self.sheets: tuple[Sheet, ...] = ()
        self._read_contents()

    def _read_contents(self) -> None:
        found: list[tuple[str, str, bool]] = []
        targets: dict[str, str] = {}

        def contents(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self._since_1904 = attributes.get("date1904") in ("1", "true")
            elif name == "sheet":
                reference = next((value for key, value in attributes.items() if key.endswith(":id")), "")
                found.append((attributes.get("name", ""), reference, attributes.get("state", "visible") == "visible"))

        def relations(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                kind, target = attributes.get("Type", "").rpartition("/")[2], attributes.get("Target", "")
                if kind == "worksheet":
                    targets[attributes.get("Id", "")] = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/").lower()

        self._walk("xl/workbook.xml", contents)
        self._walk("xl/_rels/workbook.xml.rels", relations)
        sheets = [(name, targets[ref], visible) for name, ref, visible in found if targets.get(ref) in self._names]
        self._paths = {name: path for name, path, _ in sheets}
        self.sheets = tuple(Sheet(name, visible) for name, _, visible in sheets)

    def choose(self, wanted: str) -> str:
        """The name of the wanted sheet; without a wish the first visible one that has a cell."""
        if wanted:
            if wanted not in self._paths:
                raise Unreadable("no_sheet", sheet=wanted)
            return wanted
        in_order = sorted(self.sheets, key=lambda sheet: not sheet.visible)
        for sheet in in_order:
            if next(self.rows(sheet.name, strings=None), None) is not None:
                return sheet.name
        raise Unreadable("no_rows")

    def strings(self) -> Strings:
        """The texts that cells share; closed by the caller."""
        strings = Strings()
        if "xl/sharedstrings.xml" in self._names:
            collected: list[str] = []
            collecting, phonetic = False, 0

            def start(name: str, attributes: dict[str, str]) -> None:
                nonlocal collecting, phonetic
                if name == "rPh":
                    phonetic += 1
                collecting = name == "t" and not phonetic

            def end(name: str) -> None:
                nonlocal collecting, phonetic
                collecting = False
                if name == "rPh":
                    phonetic -= 1
                elif name == "si":
                    strings.add("".join(collected))
                    collected.clear()

            def text(data: str) -> None:
                if collecting:
                    collected.append(data)
                    if len(collected) > 10_000 or len(data) > LONGEST_TEXT:
                        raise Unreadable("damaged")

            for _ in self._parse("xl/sharedstrings.xml", start, end, text):
                pass
        strings.freeze()
        return strings

    def _moments(self) -> list[str]:
        """Per cell format: "" for no date, "day" or "clock" (time of day or duration)."""
        codes: dict[int, str] = {}
        formats: list[int] = []
        inside = False

        def styles(name: str, attributes: dict[str, str]) -> None:
            nonlocal inside
            if name == "numFmt":
                codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
            elif name in ("cellXfs", "cellStyleXfs", "dxfs", "cellStyles"):
                inside = name == "cellXfs"
            elif name == "xf" and inside:
                formats.append(int(attributes.get("numFmtId", "0")))

        if "xl/styles.xml" in self._names:
            self._walk("xl/styles.xml", styles)
        return [sheetxml.moment_kind(number, codes.get(number)) for number in formats]

    def rows(self, sheet: str, strings: Strings | None) -> Iterator[Row]:
        """The rows of a sheet that hold anything; without `strings` only what can be told without them."""
        lookup = strings.__getitem__ if strings is not None else lambda index: "?"
        with self._archive.open(self._names[self._paths[sheet]]) as file:
            yield from sheetxml.rows(file, sheetxml.Values(lookup, self._moments(), self._since_1904))

    def rows_about(self, sheet: str) -> int:
        """An estimate from the first part of the sheet, for a progress bar."""
        part = self._names[self._paths[sheet]]
        with self._archive.open(part) as file:
            first = file.read(CHUNK)
        return self._archive.getinfo(part).file_size * first.count(b"row>") // max(1, len(first))

    def _walk(self, part: str, start: Handler) -> None:
        for _ in self._parse(part, start, lambda name: None, lambda data: None):
            pass

    def _parse(self, part: str, start: Handler, end: Callable[[str], None], text: Callable[[str], None]) -> Iterator[None]:
        """Feeds a part to the handlers, piece by piece, without namespace prefixes."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.CharacterDataHandler = text

        def prefixed(name: str, attributes: dict[str, str]) -> None:
            # Most files have no prefix; then the plain handlers take over after the root.
            if ":" not in name:
                parser.StartElementHandler, parser.EndElementHandler = start, end
                start(name, attributes)
                return
            parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
            start(name.rpartition(":")[2], attributes)

        def document_type(*_: Any) -> None:
            raise Unreadable("damaged")

        parser.StartElementHandler = prefixed
        parser.StartDoctypeDeclHandler = document_type
        with self._archive.open(self._names[part]) as file:
            while chunk := file.read(CHUNK):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)


class Strings:
    """The shared texts, cleaned; past some megabytes they lie in a file, so that a million names take no memory."""

    def __init__(self) -> None:
        self._list: list[str | None] = []
        self._file: Any = None
        self._ends = array("Q")
        self._size = 0
        self._map: mmap.mmap | None = None

    def add(self, value: str) -> None:
        cleaned = cells.text(cells.unescaped(value))
        if self._file is not None:
            self._append(cleaned)
            return
        self._list.append(cleaned)
        self._size += 60 + len(value)
        if self._size > STRINGS_IN_MEMORY:
            self._file = tempfile.TemporaryFile(prefix="pellucid-")  # noqa: SIM115  closed by close()
            self._size = 0
            for each in self._list:
                self._append(each)
            self._list.clear()

    def _append(self, cleaned: str | None) -> None:
        self._size += self._file.write((cleaned or "").encode())
        self._ends.append(self._size)

    def freeze(self) -> None:
        if self._file is not None and self._size:
            self._file.flush()
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, index: int) -> str | None:
        if self._file is None:
            return self._list[index] if 0 <= index < len(self._list) else None
        if self._map is None or not 0 <= index < len(self._ends):
            return None
        return self._map[self._ends[index - 1] if index else 0 : self._ends[index]].decode() or None

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        if self._file is not None:
            self._file.close()
