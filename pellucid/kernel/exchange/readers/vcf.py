"""Address books (.vcf, vCard 2.1 to 4.0, RFC 6350): one card is one row under fixed headings. A card that cannot be read is a row that says so."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import vobject

from . import cells, encodings
from .sheetbook import Cell, Row, Unreadable

# property as a resource's `card` names it -> heading; the order of the columns
HEADINGS = {
    "fn": "姓名 FN", "org": "公司 ORG", "org.unit": "部门 ORG-UNIT", "title": "职务 TITLE", "tel.cell": "手机 TEL-CELL", "tel.work": "电话 TEL",
    "email": "邮箱 EMAIL", "x-wechat": "微信 X-WECHAT", "adr": "地址 ADR", "url": "网址 URL", "bday": "生日 BDAY", "note": "备注 NOTE",
}  # fmt: skip
MAX_FILE = 100 * (1 << 20)
MAX_CARD = 8 * (1 << 20)
MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
BEGIN, END = re.compile(r"^[ \t]*BEGIN:VCARD[ \t]*$", re.I | re.M), re.compile(r"^[ \t]*END:VCARD[ \t]*$", re.I | re.M)
BIRTHDAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)")
PHOTO = re.compile(r"^(?:PHOTO|LOGO|SOUND|KEY)[;:].*(?:\n[ \t].*)*\n?", re.I | re.M)
logging.getLogger("vobject").setLevel(logging.CRITICAL)  # it tells of every odd line; the row shows what was read


def is_one(head: bytes) -> bool:
    """Whether a file begins as an address book."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:11].upper() == b"BEGIN:VCARD"


def text_of(path: Path) -> str:
    """The file as text, in the encoding it is in."""
    if path.stat().st_size > MAX_FILE:
        raise Unreadable("too_large", limit=MAX_FILE >> 20)
    with path.open("rb") as file:
        guesses = encodings.candidates(file)
    if not guesses:
        raise Unreadable("not_text")
    text = path.read_bytes().decode(encodings.codec(guesses[0].name), "replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def rows(path: Path) -> Iterator[Row]:
    """The heading, then a row for each card."""
    text = text_of(path)
    yield Row(1, list(HEADINGS.values()))
    for number, found in enumerate(BEGIN.finditer(text), 2):
        end = END.search(text, found.end())
        raw = text[found.start() : end.end() if end else min(len(text), found.start() + MAX_CARD)]
        yield Row(number, read(raw))


def read(raw: str) -> list[Cell]:
    """One card; of one that cannot be read, its beginning as the note."""
    try:
        card = vobject.readOne(PHOTO.sub("", raw)[:MAX_CARD] + "\n", ignoreUnreadable=True, allowQP=True, validate=False)
        found = properties(card)
    except Exception:
        found = {"note": raw[:500]}
    return [cells.text(found.get(name, "")) for name in HEADINGS]


def properties(card: Any) -> dict[str, str]:
    """What a card says, by our names of its properties; the first of each kind."""
    out: dict[str, str] = {}
    if card is None or card.name != "VCARD":
        raise ValueError("no card")
    for line in card.lines():
        for name, value in named(line.name.upper(), kinds_of(line), line.value):
            if value.strip():
                out.setdefault(name, value.strip())
    if "fn" not in out and (n := getattr(card, "n", None)) is not None:
        out["fn"] = full_name(n.value)
    return out


def kinds_of(line: Any) -> set[str]:
    """CELL, WORK, HOME ...: version 2.1 writes them bare, later ones as TYPE."""
    written = [*line.singletonparams, *line.params.get("TYPE", ())]
    return {word for part in written for word in part.upper().replace('"', "").split(",")}


def full_name(value: Any) -> str:
    """A name given in parts: Chinese family name first, without a blank."""
    family, given = str(getattr(value, "family", "") or ""), str(getattr(value, "given", "") or "")
    chinese = any("\u4e00" <= c <= "\u9fff" for c in family + given)
    return family + given if chinese else f"{given} {family}".strip()


def named(name: str, kinds: set[str], value: Any) -> Iterator[tuple[str, str]]:
    """(our name, text) of one line."""
    if name == "ORG":
        parts = [str(part) for part in value] if isinstance(value, list) else [str(value)]
        yield "org", parts[0] if parts else ""
        yield "org.unit", " ".join(parts[1:])
    elif name == "TEL":
        number = str(value).removeprefix("tel:")
        mobile = bool({"CELL", "IPHONE"} & kinds) or bool(MOBILE.fullmatch(re.sub(r"[\s-]", "", number)))
        yield ("tel.cell" if mobile else "tel.work"), number
    elif name == "ADR":
        parts = [getattr(value, part, "") for part in ("region", "city", "street", "extended")] if not isinstance(value, str) else [value]
        yield "adr", "".join(" ".join(part) if isinstance(part, list) else str(part) for part in parts)
    elif name == "BDAY":
        if found := BIRTHDAY.match(str(value)):
            yield "bday", day(*map(int, found.groups()))
    elif name in {"FN", "TITLE", "EMAIL", "URL", "NOTE", "X-WECHAT"}:
        yield name.lower(), value if isinstance(value, str) else str(value)


def day(year: int, month: int, dom: int) -> str:
    """A day that exists, or nothing."""
    try:
        return date(year, month, dom).isoformat()
    except ValueError:
        return ""
