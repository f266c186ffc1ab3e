"""Believable companies: a name that fits place and trade, an address, a phone, a size, a registration code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from pellucid.kernel.records.models import Term
from pellucid.kernel.search.pinyin import pinyin

from .. import credit_code
from .words import table, words

DOMAIN = "example"  # reserved: no demo letter ever reaches a real company
DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
EIGHT = {
    "0512",
    "0510",
    "0519",
    "0513",
    "0514",
    "0515",
    "0516",
    "0571",
    "0573",
    "0574",
    "0575",
    "0577",
    "0579",
    "0576",
    "0551",
    "0553",
    "0755",
    "0769",
    "0757",
    "0592",
    "0595",
    "0591",
    "0731",
    "0791",
    "0311",
    "0312",
    "0371",
    "0379",
    "0532",
    "0531",
    "0536",
    "0411",
    "0431",
    "0451",
}  # local numbers of eight digits
SIZES = (("1", 15, 49), ("50", 50, 199), ("200", 200, 499), ("500", 500, 999), ("1000", 1000, 6000))


class Region(NamedTuple):
    id: int
    code: str
    name: str


@dataclass(slots=True)
class Company:
    """What a company is, before anybody has dealt with it."""

    name: str
    brand: str
    trade: dict[str, str]
    city: str
    region: Region
    values: dict[str, Any]


class Terms:
    """Dictionary terms by code, and regions by what is above them."""

    def __init__(self) -> None:
        found = Term._base_manager.exclude(dictionary="").values_list("dictionary", "code", "id", "label", "parent__code")
        self.ids: dict[tuple[str, str], int] = {}
        self.regions: dict[str, Region] = {}
        self.inside: dict[str, list[Region]] = {}
        self.above: dict[str, str] = {}
        for dictionary, code, pk, label, parent in sorted(found, key=lambda row: row[:2]):
            self.ids[dictionary, code] = pk
            if dictionary == "region":
                region = self.regions[code] = Region(pk, code, label["zh-hans"])
                self.inside.setdefault(parent or "", []).append(region)
                self.above[code] = parent or ""

    def __call__(self, dictionary: str, code: str) -> int:
        return self.ids[dictionary, code]


class Companies:
    """Makes companies of a team's cities, never the same name or the same core of a name twice."""

    def __init__(self, chance: Random, terms: Terms) -> None:
        self.chance, self.terms = chance, terms
        pairs = [a + b for a in words("brand first") for b in words("brand second") if a != b]
        self.brands = chance.sample(pairs, len(pairs))
        self.trades = table("trades.csv")
        self.weights = [int(t["weight"]) for t in self.trades]
        self.cities: dict[str, list[dict[str, str]]] = {}
        for city in table("cities.csv"):
            self.cities.setdefault(city["team"], []).append(city)

    def make(self, team: str, big: float) -> Company:
        """A company in one of the team's cities; `big` from 0 to 1 leans towards large ones."""
        chance = self.chance
        trade = chance.choices(self.trades, self.weights)[0]
        return self.named(team, trade, self.brands.pop(), big, chance.choice(trade["trades"].split()))

    def named(self, team: str, trade: dict[str, str], brand: str, big: float, word: str, group: bool = False) -> Company:
        """A company of this brand, in one of the team's cities."""
        chance, terms = self.chance, self.terms
        cities = self.cities[team]
        city = chance.choices(cities, [int(c["weight"]) for c in cities])[0]
        place = terms.regions[city["city"]]
        if terms.inside.get(place.code):
            town, region = place, chance.choice(terms.inside[place.code])
        elif terms.regions[terms.above[place.code]].code.startswith(("11", "12", "31", "50")):
            town, region = terms.regions[terms.above[place.code]], place
        else:
            town, region = place, place
        size, least, most = chance.choices(SIZES, [30 - 25 * big, 34 - 10 * big, 20 + 10 * big, 9 + 14 * big, 4 + 16 * big])[0]
        name = self._name(town, region, brand, word, least >= 500, group)
        values = self._values(trade, town, region, brand, city["phone"], size, chance.randint(least, most))
        return Company(name, brand, trade, bare(town.name), region, values)

    def _name(self, town: Region, region: Region, brand: str, word: str, large: bool, group: bool) -> str:
        chance, city = self.chance, bare(town.name)
        county = region.name.endswith("市") and region is not town
        province = bare(self.terms.regions[region.code[:2] + "0000"].name)
        if group:
            return f"{province}{brand}{word}集团有限公司"
        if large and chance.random() < 0.35:
            return f"{province}{brand}{word}股份有限公司"
        front = bare(region.name) if county and chance.random() < 0.6 else city
        form = "科技有限公司" if chance.random() < 0.1 and not re.search("科技|技术|药业|制衣$", word) else "有限公司"
        return f"{brand}{word}（{front}）{form}" if chance.random() < 0.08 else f"{front}{brand}{word}{form}"

    def _values(
        self, trade: dict[str, str], town: Region, region: Region, brand: str, area: str, size: str, employees: int
    ) -> dict[str, Any]:
        chance, terms = self.chance, self.terms
        street = f"{chance.choice(words('roads'))}{chance.randint(1, 1999)}号"
        if chance.random() < 0.15:
            street += f"{chance.randint(1, 12)}号楼"
        local = (
            f"{chance.choice('5678')}{chance.randrange(100, 999)}"
            if area in EIGHT or len(area) == 3
            else f"{chance.choice('2345678')}{chance.randrange(10, 99)}"
        )
        first = ("91" + region.code + "".join(chance.choices(DIGITS, k=9)))[:17]
        letters = pinyin(brand).full
        return {
            "industry_id": terms("industry", trade["industry"]),
            "business_id": terms("business", trade["business"]),
            "size_id": terms("company_size", size),
            "employees": employees,
            "region_id": (region if region.name.endswith("市") or chance.random() < 0.2 else town).id,
            "address": f"{town.name}{region.name if region is not town else ''}{street}",
            "phone": f"{area}-{local} {chance.randrange(1000, 9999)}",
            "website": f"https://www.{letters}{chance.choice(('', '', '-group', 'tech', 'cn'))}.{DOMAIN}"
            if chance.random() < 0.7
            else "",
            "credit_code": first + credit_code.check_character(first) if chance.random() < 0.6 else "",
            "founded": chance.randint(1992, 2022),
            "revenue": round(employees * chance.uniform(0.5, 1.4)) * 1_000_000 // 10 * 10 if chance.random() < 0.5 else None,
        }


def bare(name: str) -> str:
    """苏州市 -> 苏州"""
    return re.sub(r"(?:特别行政区|(?:壮族|回族|维吾尔)?自治区|省|市)$", "", name)
