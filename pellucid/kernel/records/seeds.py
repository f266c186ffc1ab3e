"""Rows the program itself relies on: built-in roles, dictionaries. Every function runs after each migrate and may run again."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from .models import Term

_seeds: dict[str, Callable[[], None]] = {}


def seeds(function: Callable[[], None]) -> Callable[[], None]:
    """Register a function that brings such rows up to date; repeatable."""
    _seeds[f"{function.__module__}.{function.__qualname__}"] = function
    return function


def run_all() -> None:
    """Bring every such row up to date."""
    for function in _seeds.values():
        function()


class Shipped(NamedTuple):
    """A term that ships with the program."""

    code: str
    zh: str
    en: str
    tone: str = ""
    parent: str = ""


def dictionary(key: str, terms: Iterable[Shipped]) -> None:
    """Add the shipped terms that are not there yet; what an administrator changed stays as it is."""
    found = dict(Term.objects.filter(dictionary=key).values_list("code", "id"))
    wanted = list(terms)
    missing = [t for t in wanted if t.code not in found]
    for _level in range(4):  # parents first
        ready = [t for t in missing if t.code not in found and (not t.parent or t.parent in found)]
        if not ready:
            break
        places = {t.code: n for n, t in enumerate(wanted)}
        made = Term.objects.bulk_create(
            [
                Term(
                    dictionary=key,
                    code=t.code,
                    label={"zh-hans": t.zh, "en": t.en},
                    tone=t.tone,
                    position=places[t.code],
                    parent_id=found.get(t.parent),
                )
                for t in ready
            ],
            batch_size=1000,
        )
        found |= {t.code: t.pk for t in made}


def shipped_csv(path: Path) -> list[Shipped]:
    """Terms of a data file with the columns code, name, english and parent."""
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            Shipped(row["code"], row["name"], row.get("english") or row["name"], "", row.get("parent") or "")
            for row in csv.DictReader(lines)
        ]
