"""Reads the text of one file in a process of its own, under limits, and prints it.

A hostile file can make its parser ask for any amount of memory or time, or crash it; so it ends this process and not the server. Runs as a
script, without the product. The answer is one msgpack map: the text and why it may not be whole, or why there is none.
"""

from __future__ import annotations

import contextlib
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

import msgspec

MEMORY, SECONDS = 1 << 30, 10
LONGEST = 300_000  # characters kept of one file
MOST_PARTS, MOST_PAGES = 10_000, 3_000
MOST_XML = 200 << 20  # bytes of one part, unpacked
CHUNK = 1 << 16
JUNK = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
BLANKS = re.compile(r"[ \t\u00a0\u3000]+")
LINES = re.compile(r"\s*\n\s*\n\s*")


class Unreadable(Exception):
    """There is no text to be had; says why in one word."""


class Full(Exception):
    """As much as is kept has been read."""


class Sheet:
    """Collects text until it is enough."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.size = 0

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.size += len(text)
        if self.size > LONGEST * 2:
            raise Full

    def text(self) -> str:
        whole = JUNK.sub("", "".join(self.parts).replace("\r\n", "\n").replace("\r", "\n"))
        return LINES.sub("\n\n", BLANKS.sub(" ", whole)).strip()


def refuse(*_: Any) -> None:
    """A document that brings declarations of its own is no office document."""
    raise Unreadable("damaged")


def written(archive: zipfile.ZipFile, name: str, letters: str, put: Callable[[str], None], ends: dict[str, str]) -> None:
    """The text inside the elements called `letters` of one part; `ends` says what the end of an element stands for."""
    parser, inside, seen = expat.ParserCreate(), [0], 0

    def start(tag: str, _attributes: dict[str, str]) -> None:
        inside[0] += tag.rpartition(":")[2] == letters

    def end(tag: str) -> None:
        short = tag.rpartition(":")[2]
        inside[0] -= short == letters
        if short in ends:
            put(ends[short])

    def data(text: str) -> None:
        if inside[0]:
            put(text)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.buffer_text = True
    with archive.open(name) as part:
        while chunk := part.read(CHUNK):
            seen += len(chunk)
            if seen > MOST_XML:
                raise Unreadable("too_big")
            parser.Parse(chunk, False)
    parser.Parse(b"", True)


def numbered(name: str) -> tuple[str, int]:
    """slide10 comes after slide9."""
    found = re.search(r"(\d+)\.xml$", name)
    return name.rpartition("/")[0], int(found[1]) if found else 0


def office(path: str, put: Callable[[str], None]) -> None:
    """A text document, a presentation or a workbook of the XML kind."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if len(parts) > MOST_PARTS:
            raise Unreadable("too_big")
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("encrypted")
        names = {part.filename for part in parts}
        if "word/document.xml" in names:
            more = sorted(n for n in names if re.fullmatch(r"word/(header|footer|footnotes|endnotes|comments)\d*\.xml", n))
            for name in ("word/document.xml", *more):
                written(archive, name, "t", put, {"p": "\n", "tab": " ", "br": "\n", "cr": "\n", "tc": " "})
            return
        if "ppt/presentation.xml" in names:
            for name in sorted((n for n in names if re.fullmatch(r"ppt/(slides|notesSlides)/\w+\.xml", n)), key=numbered):
                written(archive, name, "t", put, {"p": "\n", "br": "\n", "tc": " "})
                put("\n")
            return
        if "content.xml" in names:
            raise Unreadable("unsupported")
        if not {"xl/workbook.xml", "xl/workbook.bin"} & names:
            raise Unreadable("unsupported")
        if sum(part.file_size for part in parts) > MOST_XML:
            raise Unreadable("too_big")
    workbook(path, put)


def workbook(path: str, put: Callable[[str], None]) -> None:
    """Every filled cell, a line for a row."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except python_calamine.PasswordError as error:
        raise Unreadable("encrypted") from error
    for name in book.sheet_names:
        put(f"{name}\n")
        for row in book.get_sheet_by_name(name).iter_rows():
            cells = [f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row if cell not in ("", None)]
            if cells:
                put(" ".join(cells) + "\n")
        put("\n")


def pages(path: str, put: Callable[[str], None]) -> None:
    """The text layer of a PDF."""
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("encrypted" if raw.FPDF_GetLastError() == raw.FPDF_ERR_PASSWORD else "damaged") from error
    for at in range(min(len(document), MOST_PAGES)):
        try:
            put(document[at].get_textpage().get_text_bounded() + "\n\n")
        except pypdfium2.PdfiumError:  # one broken page does not hide the others
            continue


def plain(path: str, put: Callable[[str], None]) -> None:
    """Text as such, in the encodings met here."""
    with Path(path).open("rb") as file:
        head = file.read(LONGEST * 4)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        put(head.decode("utf-16", "ignore"))
        return
    if b"\x00" in head[:4096]:
        raise Unreadable("unsupported")
    for codec in ("utf-8-sig", "gb18030"):
        with contextlib.suppress(UnicodeDecodeError):
            put(whole(head, codec))
            return
    put(head.decode("utf-8", "replace"))


def whole(head: bytes, codec: str) -> str:
    """Decoded, a character cut in two at the end left out."""
    for cut in range(4):
        with contextlib.suppress(UnicodeDecodeError):
            return head[: len(head) - cut].decode(codec)
    return head.decode(codec)


def readers(head: bytes) -> Iterator[Callable[[str, Callable[[str], None]], None]]:
    """What can read a file that begins so."""
    if head.startswith(b"PK\x03\x04"):
        yield office
    elif b"%PDF-" in head:
        yield pages
    elif head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        yield workbook
    elif not head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")):
        yield plain


def read(path: str) -> dict[str, str]:
    """The text of a file, or why there is none."""
    with Path(path).open("rb") as file:
        head = file.read(1024)
    sheet, reason = Sheet(), ""
    reader = next(readers(head), None)
    if reader is None:
        return {"text": "", "reason": "unsupported"}
    try:
        reader(path, sheet.put)
    except Full:
        reason = "cut"
    except Unreadable as why:
        reason = str(why)
    except (MemoryError, RecursionError):
        reason = "too_big"
    except Exception:  # whatever else a parser trips over is a damaged file
        reason = "damaged" if reader is not workbook or not head.startswith(b"\xd0\xcf") else "unsupported"
    text = sheet.text()
    if len(text) > LONGEST:
        text, reason = text[:LONGEST], "cut"
    return {"text": text, "reason": reason or ("" if text else "empty")}


if __name__ == "__main__":
    for limited, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limited, (most, most))
    answer = msgspec.msgpack.encode(read(sys.argv[1]))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
