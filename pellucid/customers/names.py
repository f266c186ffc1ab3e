"""Company names taken apart: the key that finds duplicates, a short name, and how alike two companies are.

A Chinese company name is region + brand + trade + legal form. Two spellings differ in the first and the last; the key keeps
the middle. Where there is no brand (上海电气, 苏州银行) the region is the name, and stays.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pellucid.kernel.search.text import fold, plain, simplify

DATA = Path(__file__).parent / "data"
REGIONS = DATA / "regions.csv"
_FORMS = re.compile(
    r"(?:股份有限责任公司|集团股份有限公司|集团有限责任公司|有限责任公司|股份有限公司|集团有限公司|集团总公司|有限公司|股份公司"
    r"|集团公司|总公司|责任公司|公司|集团|控股|股份|总厂|工厂|厂)$"
)
_BRANCH = re.compile(r"(?<=公司)[^公司]{0,20}(?:分公司|分厂|分店|办事处|营业部|分行|支行|经营部)$")
_BRACKETS = re.compile(r"[(\[【<「]([^()\[\]【】<>「」]*)[)\]】>」]")
_DROPPED = re.compile(
    r"^(?:中国|大中华|亚太|集团|控股|有限合伙|普通合伙|特殊普通合伙|个体工商户|筹|原.*|曾用名.*|china|prc|group|holdings?)$"
)
_ZONES = re.compile(r"(?:工业园区|工业园|高新技术产业开发区|高新区|经济技术开发区|经济开发区|经开区|开发区|保税区|自贸区|新区)")
LONGEST_SHORT_NAME = 8


class Company(NamedTuple):
    """A name taken apart; `core` has neither region nor legal form."""

    core: str
    regions: frozenset[str]
    form: str
    branch: str


@cache
def _words(section: str) -> tuple[str, ...]:
    """The words of one section of company_words.txt."""
    text = re.sub(r"(?m)^#.*\n", "", (DATA / "company_words.txt").read_text(encoding="utf-8"))
    found = re.search(rf"^\[{section}\]\n([^\[]*)", text, re.MULTILINE)
    assert found is not None, section
    return tuple(found[1].split())


@cache
def _regions() -> tuple[dict[str, str], frozenset[str], int]:
    """Spelling -> bare region, the English names, and the length of the longest spelling."""
    spellings: dict[str, str] = {"中华人民共和国": "中国"}
    english = {"china", "prc"}
    wordlike = _words("wordlike cities")
    with REGIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["name"]
            bare = re.sub(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)$", "", name)
            if bare != name:
                spellings[name] = bare
                english.add(row["english"].lower().replace(" ", ""))
                if len(bare) >= 2 and bare not in wordlike:
                    spellings[bare] = bare
            elif len(name) >= 3:
                spellings[name] = name
    return spellings, frozenset(english), max(map(len, spellings))


def _region_at_beginning(text: str) -> str | None:
    spellings, _, longest = _regions()
    return next((text[:length] for length in range(min(longest, len(text)), 1, -1) if text[:length] in spellings), None)


def take_apart(name: str) -> Company:
    """The parts of a folded, simplified name; case and script are those of the argument."""
    spellings, english, _ = _regions()
    regions: set[str] = set()

    def bracket(found: re.Match[str]) -> str:
        inside = found[1].strip()
        if region := spellings.get(inside):
            regions.add(region)
        elif plain(inside) not in english and not _DROPPED.match(inside.lower()):
            return f" {inside} "
        return " "

    text = _BRACKETS.sub(bracket, unicodedata.normalize("NFKC", name)).strip()
    if not any("一" <= character <= "龥" for character in text):
        return Company(_english(text), frozenset(regions), "", "")
    text = re.sub(r"(?<![a-zA-Z0-9.])\s+|\s+(?![a-zA-Z0-9])", "", text)
    branch = _BRANCH.search(text)
    head = text[: branch.start()] if branch else text
    core, form = head, ""
    while (found := _FORMS.search(core)) and found.start() >= 2:
        core, form = core[: found.start()], found[0] + form
    core = core.rstrip(" ·-,，.")
    kept = core
    while (region := _region_at_beginning(core)) and len(core) - len(region) >= 2:
        core = core[len(region) :].lstrip(" ·")
        regions.add(spellings[region])
    if regions and (zone := _ZONES.match(core)) and len(core) - zone.end() >= 2:
        core = core[zone.end() :]
    if len(core) < 2 or core.startswith(_words("trades")):
        core = kept
    return Company(core, frozenset(regions), form, branch[0] if branch else "")


def _english(text: str) -> str:
    tokens = [token for token in re.split(r"[\s,]+", text) if token]
    while len(tokens) > 1 and plain(tokens[-1]) in ("", "and", *_words("foreign forms")):
        tokens.pop()
    if len(tokens) > 1 and tokens[0].lower() == "the":
        tokens.pop(0)
    return " ".join(tokens).rstrip(" .,&")


def company_key(name: str) -> str:
    """What two spellings of one company have in common; empty for an empty name."""
    return plain(take_apart(simplify(fold(name))).core)[:200]


def short_name(name: str) -> str:
    """A name for lists and cards: 苏州恒砺精密制造有限公司 -> 恒砺精密制造; a person corrects what it gets wrong."""
    written = unicodedata.normalize("NFKC", name)
    simplified = simplify(written)
    core = take_apart(simplified).core
    if simplified != written and len(simplified) == len(written) and core in simplified:
        at = simplified.index(core)
        core = written[at : at + len(core)]
    if not core or core.isascii():
        return core[:60]
    while len(core) > LONGEST_SHORT_NAME:
        tail = next((tail for tail in _words("tails") if core.endswith(tail) and len(core) - len(tail) >= 4), None)
        if tail is None:
            break
        core = core.removesuffix(tail)
    return core[:60]
