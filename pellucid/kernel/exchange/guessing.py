"""Guesses what the columns of a file mean: what this user chose before, the names of fields in both languages, words that areas add."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.utils.translation import override
from rapidfuzz import fuzz

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records.spec import Spec
from pellucid.kernel.records.translated import LANGUAGES
from pellucid.kernel.resources.declare import Resource, registry

from .mapping import Plan, Rule, targets
from .parsing import order_of_dates
from .readers import Column, Row
from .readers.vcf import HEADINGS
from .remembered import remembered

ALIKE = 88
_NOTES = re.compile(r"[(（\[【].*?[)）\]】]")
_JUNK = re.compile(r"[\s*＊:：_\-./、，,]+")
_PHONE = re.compile(r"(?:\+?86)?1\d{10}")
_words: dict[str, dict[str, tuple[str, ...]]] = {}


class Guess(NamedTuple):
    """A column's field and how sure that is: "same" (remembered or named alike), "like" (looks alike), "" for none."""

    column: str
    field: str
    sure: str


def also_called(key: str, **words: Sequence[str]) -> None:
    """Further headings under which other programs keep the fields of a resource."""
    known = _words.setdefault(key, {})
    for name, more in words.items():
        known[name] = (*known.get(name, ()), *more)


def bare(text: object) -> str:
    """A heading without what does not name it: brackets, stars, blanks, full width."""
    folded = unicodedata.normalize("NFKC", str(text)).casefold()
    return _JUNK.sub("", _NOTES.sub("", folded)) or _JUNK.sub("", folded)


def spellings(key: str, may: dict[str, Spec]) -> dict[str, str]:
    """Every heading that names a field."""
    out: dict[str, str] = {}
    for language in LANGUAGES:
        with override(language):
            for name, spec in may.items():
                out.setdefault(bare(spec.label), name)
    for part, name in (registry[key].card if key in registry else {}).items():
        if name in may:
            out.setdefault(bare(HEADINGS[part]), name)
    for name in may:
        out.setdefault(bare(name), name)
        for word in _words.get(key, {}).get(name, ()):
            out.setdefault(bare(word), name)
    return out


def guess(resource: type[Resource], actor: Actor, columns: Sequence[Column], preview: Iterable[Row] = ()) -> tuple[Plan, list[Guess]]:
    """A plan for the columns, and how sure each of them is. No field is guessed twice."""
    may = targets(resource, actor)
    kept = remembered(resource.key(), actor, [c.name for c in columns])
    known: dict[str, list[Rule]] = {}        # one column may fill several fields
    for rule in kept.rules if kept else ():
        if not rule.field or rule.field in may:
            known.setdefault(rule.column, []).append(rule)
    named, taken = spellings(resource.key(), may), {r.field for rules in known.values() for r in rules}
    found: dict[str, Guess] = {c.name: Guess(c.name, known[c.name][0].field, "same") for c in columns if c.name in known}
    for column in columns:
        name = named.get(bare(column.header)) if column.header else None
        if column.name not in found and name and name not in taken:
            found[column.name] = Guess(column.name, name, "same")
            taken.add(name)
    rows = list(preview)
    for column in columns:
        if column.name not in found:
            name = _like(bare(column.header), named, taken) or _by_values(column, rows, may, taken)
            found[column.name] = Guess(column.name, name, "like" if name else "")
            taken.add(name)
    guesses = [found[c.name] for c in columns]
    dates = {c.name: order_of_dates(row.cells[c.index] for row in rows if c.index < len(row.cells)) for c in columns}
    rules = tuple(rule if rule.dates else replace(rule, dates=dates.get(rule.column, ""))
                  for g in guesses for rule in known.get(g.column) or [Rule(g.column, g.field)])  # fmt: skip
    return Plan(rules, kept.defaults if kept else {}), guesses


def _like(header: str, named: dict[str, str], taken: set[str]) -> str:
    """The one field whose name is inside the heading, or the other way round, or nearly the same."""
    if len(header) < 2:
        return ""
    inside = {name for word, name in named.items() if name not in taken and len(word) > 1 and (word in header or header in word)}
    if len(inside) == 1:
        return inside.pop()
    best = max(((fuzz.ratio(header, word), name) for word, name in named.items() if name not in taken), default=(0, ""))
    return best[1] if best[0] >= ALIKE else ""


def _by_values(column: Column, rows: Sequence[Row], may: dict[str, Spec], taken: set[str]) -> str:
    """Telephone numbers and e-mail addresses tell what they are."""
    cells = [str(row.cells[column.index]) for row in rows if column.index < len(row.cells) and row.cells[column.index] is not None]
    if len(cells) < 3:
        return ""
    for kind, looks in (("email", lambda c: "@" in c), ("phone", lambda c: _PHONE.fullmatch(re.sub(r"[\s-]", "", c)) is not None)):
        if sum(map(looks, cells)) >= 0.8 * len(cells):
            return next((n for n, s in may.items() if s.kind.key == kind and n not in taken), "")
    return ""
