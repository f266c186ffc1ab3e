"""Looks at a file from outside: what it is, and whether opening it is safe. Takes a few milliseconds at any size."""

from __future__ import annotations

import mmap
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from . import vcf
from .sheetbook import Unreadable

Kind = Literal["xlsx", "xls", "csv", "vcf"]
MEGABYTE = 1 << 20
MAX_WORKBOOK = 300 * MEGABYTE
MAX_TEXT = 1024 * MEGABYTE
MAX_UNPACKED = 3072 * MEGABYTE
MAX_PARTS = 10_000
MAX_DIRECTORY = 4 * MEGABYTE
# Real sheets shrink to a tenth, monotonous ones to a fiftieth; above this only zeros do.
MAX_RATIO = 150
RATIO_FROM = 10 * MEGABYTE

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EMPTY_ZIP, _SPANNED_ZIP = b"PK\x05\x06", b"PK\x07\x08"
_OTHERS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
}
_OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")
_MARKUP = re.compile(
    rb"\s*(?:<\?[^>]{0,200}>\s*)*(?:<!--.{0,200}?-->\s*)*<(?:!doctype\s+html|html|head|body|table|meta|workbook|mso:)",
    re.I | re.S,
)
_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"


def kind(path: str | os.PathLike[str]) -> Kind:
    """The kind of file by its contents, whatever its name says; refuses what cannot or must not be opened."""
    size = os.path.getsize(path)
    if size == 0:
        raise Unreadable("empty")
    with Path(path).open("rb") as file:
        head = file.read(4096)
    if head.startswith(_ZIP):
        return _zip(path, size)
    if head.startswith(_OLE):
        return _ole(path, size)
    if head.startswith((_EMPTY_ZIP, _SPANNED_ZIP)):
        raise Unreadable("damaged")
    if head.startswith(_OLD_EXCEL):
        raise Unreadable("unsupported", kind="Excel 4")
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise Unreadable("unsupported", kind=name)
    if _MARKUP.match(head.lstrip(b"\xef\xbb\xbf")):
        raise Unreadable("web_page")
    if vcf.is_one(head):
        return "vcf"
    if size > MAX_TEXT:
        raise Unreadable("too_large", limit=MAX_TEXT // MEGABYTE)
    return "csv"


def _zip(path: str | os.PathLike[str], size: int) -> Kind:
    if size > MAX_WORKBOOK:
        raise Unreadable("too_large", limit=MAX_WORKBOOK // MEGABYTE)
    _directory_is_small(path, size)
    try:
        with zipfile.ZipFile(path) as archive:
            return _workbook(archive, size)
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        EOFError,
        NotImplementedError,
        UnicodeError,
        struct.error,
        zlib.error,
    ) as error:
        raise Unreadable("damaged") from error


def _directory_is_small(path: str | os.PathLike[str], size: int) -> None:
    """Reads the end record by hand: a directory of millions of entries must not be parsed to be refused."""
    with Path(path).open("rb") as file:
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Unreadable("damaged")
    _, entries, directory = struct.unpack_from("<HHI", tail, at + 8)
    # 0xFFFF sends to the zip64 record, which a workbook of a sane size does not have.
    if entries > MAX_PARTS or directory > MAX_DIRECTORY:
        raise Unreadable("too_many_parts")


def _workbook(archive: zipfile.ZipFile, size: int) -> Kind:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise Unreadable("too_many_parts")
    names = {part.filename.lower().lstrip("/") for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable("encrypted")
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    monotonous = any(part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(1, part.compress_size) for part in parts)
    # Parts that overlap add up to more than the file holds.
    if unpacked > MAX_UNPACKED or monotonous or packed > size or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * size):
        raise Unreadable("bomb", size=unpacked // MEGABYTE)
    if "xl/workbook.bin" in names:
        raise Unreadable("unsupported", kind=".xlsb")
    if "content.xml" in names and "mimetype" in names:
        raise Unreadable("unsupported", kind=".ods")
    main = next((part for part in parts if part.filename.lower().lstrip("/") == "xl/workbook.xml"), None)
    if main is None:
        raise Unreadable("not_a_workbook" if "[content_types].xml" not in names or "word/document.xml" in names else "damaged")
    with archive.open(main) as file:
        if _STRICT in file.read(64 * 1024):
            raise Unreadable("strict_ooxml")
    return "xlsx"


def _ole(path: str | os.PathLike[str], size: int) -> Kind:
    if size > MAX_WORKBOOK:
        raise Unreadable("too_large", limit=MAX_WORKBOOK // MEGABYTE)
    with Path(path).open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as contents:
        if contents.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise Unreadable("encrypted")
        if contents.find("Workbook".encode("utf-16-le")) >= 0 or contents.find("Book".encode("utf-16-le")) >= 0:
            return "xls"
    raise Unreadable("not_a_workbook")
