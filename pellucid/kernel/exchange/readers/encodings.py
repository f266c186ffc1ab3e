"""Which encoding a text file is in: every candidate is decoded and scored by how much like people's text it reads.

gb18030 accepts nearly any bytes, so the first that decodes is not the right one: UTF-16 without a mark and Big5 would become
rare characters. Common characters count for a candidate; rare ones, private ones and control characters against it.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import BinaryIO

from .sheetbook import Encoding, Unreadable

SAMPLE = 64 * 1024
CHECKED = 32 * 1024 * 1024
CONFIDENT = 0.55

# Name -> the codec that reads it, and the label people know. Windows' own Big5 and Latin-1 contain the standard ones.
KNOWN: dict[str, tuple[str, str]] = {
    "utf-8": ("utf-8-sig", "UTF-8"),
    "gb18030": ("gb18030", "GB18030 (GBK)"),
    "utf-16-le": ("utf-16-le", "UTF-16 LE"),
    "utf-16-be": ("utf-16-be", "UTF-16 BE"),
    "big5": ("cp950", "Big5"),
    "cp1252": ("cp1252", "Windows-1252"),
    "latin-1": ("latin-1", "Latin-1"),
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# The characters met most in tables of companies; a few of them tell two encodings apart where frequency classes cannot.
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "公司限份股集团科技贸易技术电子机械设备制造工程建设投资发展信息网络客户名称联系电话手机邮箱地址备注编号日期金额合同销售负责行业来源"
    "省市区县路号楼室街道镇村苏州上海北京深圳广州杭州南京天津重庆武汉成都王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭"
    "有無與為這個們來時說過會對發開關東車長門問間見現電話號碼聯絡客戶業務資訊網機設備製造營銷額訂單產品總經辦區縣樓陳劉楊黃趙吳孫馬鄭謝許馮鄧"
)  # fmt: skip
_ACCENTED = re.compile(r"(?<=[A-Za-z])[À-ÖØ-öø-ÿŠšŽžŒœŸ]|[À-ÖØ-öø-ÿŠšŽžŒœŸ](?=[A-Za-z])")


def known(name: str) -> str:
    """The name we use for an encoding the user chose; refuses unknown ones."""
    try:
        canonical = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise Unreadable("unknown_encoding", encoding=name[:40]) from error
    aliases = {"utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "cp950": "big5", "big5hkscs": "big5"}
    aliases |= {"iso8859-1": "latin-1", "utf-16": "utf-16-le"}
    chosen = aliases.get(canonical, canonical)
    if chosen not in KNOWN:
        raise Unreadable("unknown_encoding", encoding=name[:40])
    return chosen


def codec(name: str) -> str:
    """The codec that reads an encoding of ours, a byte-order mark included."""
    return KNOWN[name][0]


def candidates(file: BinaryIO) -> list[Encoding]:
    """The encodings the file may be in, best first; the first decodes all of it unless none does. Empty for what is no text."""
    file.seek(0)
    sample = file.read(SAMPLE)
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return [_candidate(name, 2.0, sample), *(other for other in _scored(sample) if other.name != name)]
    found = _scored(sample)
    best = next((each for each in found if _decodes(file, each.name)), None)
    if best is not None and best is not found[0]:
        found.remove(best)
        found.insert(0, best)
    return found


def _scored(sample: bytes) -> list[Encoding]:
    found: list[Encoding] = []
    for name in KNOWN:
        if name.startswith("utf-16") and not _may_be_utf16(sample):
            continue
        text = _decoded(sample, name)
        if text is None or (name == "latin-1" and any(each.name == "cp1252" for each in found)):
            continue
        score = plausibility(text)
        if name == "utf-8" and not text.isascii():
            # Bytes of another encoding form UTF-8 by accident next to never, whatever else is in the file.
            score = max(score, 0.0) + 1
        if score > -0.5:
            found.append(Encoding(name, KNOWN[name][1], round(score, 3), _words(text)))
    return sorted(found, key=lambda each: -each.score)


def _may_be_utf16(sample: bytes) -> bool:
    return len(sample) % 2 == 0 and (b"\0" in sample or not sample.isascii())


def _decoded(sample: bytes, name: str) -> str | None:
    """The sample as text; a character cut off at its end is no objection."""
    try:
        return codecs.getincrementaldecoder(codec(name))("strict").decode(sample, final=len(sample) < SAMPLE)
    except UnicodeDecodeError:
        return None


def _decodes(file: BinaryIO, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec(name))("strict")
    file.seek(0)
    left = CHECKED
    try:
        while left > 0 and (part := file.read(1 << 20)):
            decoder.decode(part)
            left -= len(part)
        if left > 0:
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def plausibility(text: str) -> float:
    """About 1 for text people write, near 0 for accidental characters, below 0 for what is not text."""
    if not text:
        return 1.0
    if text.isascii():
        controls = sum(text.count(chr(code)) for code in range(32) if code not in (9, 10, 13))
        return 1.0 - 10 * controls / len(text)
    weight = total = 0.0
    for character, times in Counter(text).items():
        if character.isascii() and (character.isprintable() or character in "\t\n\r"):
            continue
        total += times
        weight += times * _weight(character)
    accented = len(_ACCENTED.findall(text))
    return (weight + 0.7 * accented) / total if total else 1.0


def _weight(character: str) -> float:
    code = ord(character)
    if character in _FREQUENT:
        return 1.0
    if 0x4E00 <= code <= 0x9FFF:
        return next((worth for belongs, worth in _classes() if belongs(character)), 0.1)
    if code < 32 or 0x7F <= code < 0xA0:
        return -8.0
    if 0xA0 <= code < 0x100:
        return 0.05
    if 0xFF01 <= code <= 0xFF5E or 0x3001 <= code <= 0x301F or character in "“”‘’…—–·￥€£°℃№①②③④⑤ＫＭ":
        return 0.75
    if 0x370 <= code <= 0x4FF or 0x3040 <= code <= 0x30FF:
        return 0.2
    if 0xE000 <= code <= 0xF8FF or code >= 0xF0000 or code in (0xFFFE, 0xFFFF, 0xFFFD):
        return -1.0
    return 0.0 if code < 0x2E80 or 0xAC00 <= code <= 0xD7FF else 0.1


@cache
def _classes() -> tuple[tuple[Callable[[str], bool], float], ...]:
    """The common classes of the two national sets: 3,755 simplified, 5,401 traditional characters."""
    return (
        (frozenset(_hanzi("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))).__contains__, 0.85),
        (frozenset(_hanzi("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF)))).__contains__, 0.8),
    )


def _hanzi(encoding: str, first: range, second: range | tuple[int, ...]) -> Iterator[str]:
    for high in first:
        for low in second:
            character = bytes((high, low)).decode(encoding, "ignore")
            if character:
                yield character


def _candidate(name: str, score: float, sample: bytes) -> Encoding:
    text = codecs.getincrementaldecoder(codec(name))("replace").decode(sample)
    return Encoding(name, KNOWN[name][1], score, _words(text))


def _words(text: str) -> str:
    """The first words that differ between encodings."""
    telling = re.search(r"[^\x00-\x7f]", text)
    at = max(0, telling.start() - 10) if telling else 0
    return re.sub(r"[\x00-\x1f\s]+", " ", text[at : at + 60]).strip()
