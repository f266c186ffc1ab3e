"""The word lists of the demo company, read once."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any

DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The lines of a data file."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def _sections(name: str) -> dict[str, tuple[str, ...]]:
    text = re.sub(r"(?m)^#.*\n", "", (DATA / name).read_text(encoding="utf-8"))
    parts = re.split(r"(?m)^\[([^\]]+)\]\n", text)[1:]
    return {title: tuple(line for line in body.splitlines() if line) for title, body in zip(parts[::2], parts[1::2], strict=True)}


def phrases(section: str) -> tuple[str, ...]:
    """The lines of one section of notes.txt; nothing for a section that does not exist."""
    return _sections("notes.txt").get(section, ())


@cache
def words(section: str) -> tuple[str, ...]:
    """The words of one section of words.txt; lines of production are written with blanks in them, so they are split after 线."""
    text = " ".join(_sections("words.txt")[section])
    return tuple(re.findall(r"\S.*?线(?= |$)", text)) if section == "lines" else tuple(text.split())


@cache
def _names(text: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(text) if name)


def filled(text: str, given: dict[str, Any], numbers: dict[str, Any]) -> str:
    """A phrase with its places taken; what is not given is drawn from `numbers` (functions without arguments)."""
    return text.format(**{name: given[name] if name in given else numbers[name]() for name in _names(text)})


class Bag:
    """Draws from a list without repeating until it is empty; `near` (0 to 1) asks for what stands about there in the list."""

    def __init__(self, chance: Random, items: Sequence[str]) -> None:
        self.chance, self.items = chance, items
        self.left: list[int] = []

    def draw(self, near: float | None = None) -> str:
        if not self.left:
            self.left = list(range(len(self.items)))
        at = self.chance.choice(self.left)
        if near is not None:
            wanted = near * (len(self.items) - 1) + self.chance.uniform(-1.5, 1.5)
            at = min(self.left, key=lambda n: abs(n - wanted))
        self.left.remove(at)
        return self.items[at]
