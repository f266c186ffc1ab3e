"""How likely two companies are one, with the reasons in words; machine-made, so the reasons are always shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz

from pellucid.kernel.search.pinyin import pinyin
from pellucid.kernel.search.text import fold, normalise, plain, simplify

from . import credit_code, phones
from .names import company_key, take_apart

LABELS: dict[str, Promise] = {
    "credit_code": _("same credit code"),
    "other_credit_code": _("different credit codes"),
    "name": _("same name"),
    "core": _("same name but for region and legal form"),
    "sound": _("names sound alike"),
    "part": _("one name contains the other"),
    "near": _("similar name"),
    "phone": _("same phone"),
    "address": _("same address"),
    "website": _("same website"),
}
# How much each finding says alone; findings are joined as independent evidence.
_WEIGHTS = {
    "credit_code": 0.99, "name": 0.95, "core": 0.85, "sound": 0.75, "part": 0.55, "phone": 0.6, "address": 0.4, "website": 0.6,
}  # fmt: skip
NEAR_FROM = 75.0
# Mailboxes of the public are no evidence.
_SHARED_HOSTS = ("qq.com", "163.com", "126.com", "1688.com", "taobao.com", "tmall.com", "weibo.com", "alibaba.com", "jd.com")


@dataclass(frozen=True, slots=True)
class Party:
    """What is compared of a company."""

    name: str
    credit_code: str = ""
    phones: Sequence[str] = ()
    address: str = ""
    website: str = ""


class Likeness(NamedTuple):
    """`score` 0-100; `reasons` are keys of LABELS, strongest first."""

    score: int
    reasons: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return [str(LABELS[reason]) for reason in self.reasons]


def likeness(one: Party, other: Party) -> Likeness:
    """Scores two companies; 85 and more is nearly certain, 60 worth a look."""
    found: dict[str, float] = {}
    codes = [credit_code.normal(party.credit_code) for party in (one, other)]
    codes_differ = all(codes) and codes[0] != codes[1]
    if codes[0] and codes[0] == codes[1]:
        found["credit_code"] = _WEIGHTS["credit_code"]
    found |= _names(one.name, other.name)
    if any(phones.same(first, second) for first in one.phones for second in other.phones):
        found["phone"] = _WEIGHTS["phone"]
    if _same_address(one.address, other.address):
        found["address"] = _WEIGHTS["address"]
    if (host := _host(one.website)) and host == _host(other.website):
        found["website"] = _WEIGHTS["website"]
    doubt = 1.0
    for weight in found.values():
        doubt *= 1 - weight
    score = 1 - doubt
    reasons = sorted(found, key=lambda reason: -found[reason])
    if codes_differ and found:
        score *= 0.5
        reasons.append("other_credit_code")
    return Likeness(round(100 * score), tuple(reasons))


def _names(one: str, other: str) -> dict[str, float]:
    if not one.strip() or not other.strip():
        return {}
    if plain(normalise(one)) == plain(normalise(other)):
        return {"name": _WEIGHTS["name"]}
    first, second = company_key(one), company_key(other)
    regions = [take_apart(simplify(fold(name))).regions for name in (one, other)]
    # Two cities named: more likely two companies of one brand.
    apart = 0.75 if regions[0] and regions[1] and not regions[0] & regions[1] else 1.0
    if first == second:
        return {"core": _WEIGHTS["core"] * apart}
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) >= 2 and not shorter.isascii() and pinyin(first).full == pinyin(second).full:
        return {"sound": _WEIGHTS["sound"] * apart}
    if len(shorter) >= (4 if shorter.isascii() else 2) and shorter in longer:
        return {"part": _WEIGHTS["part"] * apart}
    ratio = fuzz.ratio(first, second)
    return {"near": 0.75 * ratio / 100 * apart} if ratio >= NEAR_FROM else {}


def _same_address(one: str, other: str) -> bool:
    first, second = plain(simplify(one)), plain(simplify(other))
    if len(first) < 6 or len(second) < 6 or re.findall(r"\d+", first) != re.findall(r"\d+", second):
        return False
    return first in second or second in first or fuzz.ratio(first, second) >= 90


def _host(website: str) -> str:
    try:
        host = (urlsplit(website if "//" in website else f"//{website}").hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    return "" if host.endswith(_SHARED_HOSTS) or "." not in host else host
