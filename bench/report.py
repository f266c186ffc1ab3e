"""Figures as markdown, each in its own section of docs/figures.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures.md"
TITLE = "# Figures\n\nWhat was measured, on what, and how; written by `make bench` and `make proof`.\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def write(heading: str, text: str) -> None:
    """Puts the section into the page, in place of the one with the same heading."""
    before = FIGURES.read_text() if FIGURES.exists() else TITLE
    section = f"## {heading}\n\n{text.rstrip()}\n"
    found = re.search(rf"^## {re.escape(heading)}\n.*?(?=^## |\Z)", before, re.M | re.S)
    after = before[: found.start()] + section + "\n" + before[found.end() :] if found else before.rstrip() + "\n\n" + section
    FIGURES.parent.mkdir(exist_ok=True)
    FIGURES.write_text(after.rstrip() + "\n")
