"""Dictionaries as every process knows them: one read per change, then from memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .models import Term
from .translated import say
from .versions import versioned
from .words import folded


class Known(NamedTuple):
    id: int
    dictionary: str
    code: str
    label: dict[str, str]
    tone: str
    position: int
    parent: int | None
    retired: bool
    merged_into: int | None
    aliases: list[str]


@versioned("terms")
def known() -> dict[int, Known]:
    """Every term by id."""
    rows = Term.objects.order_by("dictionary", "position", "id").values_list(
        "id", "dictionary", "code", "label", "tone", "position", "parent_id", "retired_at", "merged_into_id", "aliases"
    )
    return {r[0]: Known(*r[:7], r[7] is not None, r[8], r[9]) for r in rows}


@versioned("terms")
def dictionaries() -> dict[str, list[Known]]:
    """The terms of each dictionary in order."""
    out: dict[str, list[Known]] = {}
    for term in known().values():
        out.setdefault(term.dictionary, []).append(term)
    return out


@versioned("terms")
def _by_word(dictionary: str) -> dict[str, int]:
    """What a term is called now comes before what another was called once, or one that was merged."""
    words: dict[str, int] = {}
    there = sorted(dictionaries().get(dictionary, ()), key=lambda term: term.merged_into is not None)
    for named in (lambda term: (term.code, *term.label.values()), lambda term: term.aliases):
        for term in there:
            for word in named(term):
                words.setdefault(folded(word), term.merged_into or term.id)
    return words | {str(term.id): term.merged_into or term.id for term in there}


def find(dictionary: str, word: Any) -> int | None:
    """The id of the term with this id, code, label in any language or alias; None if there is none."""
    return _by_word(dictionary).get(folded(word))


def by_code(dictionary: str, code: str) -> int:
    """The id of a term that the program itself relies on. KeyError if it is missing."""
    for term in dictionaries().get(dictionary, ()):
        if term.code == code:
            return term.id
    raise KeyError(f"{dictionary}.{code}")


def label(term_id: int, language: str) -> str:
    """The label of a term; "" for an unknown id."""
    term = known().get(term_id)
    return say(term.label, language) if term else ""


@versioned("terms")
def _children(dictionary: str) -> dict[int, list[int]]:
    """Parent -> the terms right under it; empty for a flat dictionary."""
    out: dict[int, list[int]] = {}
    for term in dictionaries().get(dictionary, ()):
        if term.parent is not None:
            out.setdefault(term.parent, []).append(term.id)
    return out


def layered(dictionary: str) -> bool:
    """Whether terms of a dictionary stand under others, as cities do under provinces."""
    return bool(_children(dictionary))


def within(dictionary: str, ids: Iterable[int]) -> set[int]:
    """These terms and everything under them."""
    under, todo, out = _children(dictionary), list(ids), set()
    while todo:
        at = todo.pop()
        if at not in out:
            out.add(at)
            todo += under.get(at, ())
    return out


@versioned("terms")
def options(dictionary: str, language: str) -> Sequence[tuple[int, str, str]]:
    """(id, label, tone) of the values one may choose today, children after their parents and named with them."""
    found = [t for t in dictionaries().get(dictionary, ()) if not t.retired and t.merged_into is None]
    children: dict[int | None, list[Known]] = {}
    ids = {t.id for t in found}
    for term in found:
        children.setdefault(term.parent if term.parent in ids else None, []).append(term)
    out: list[tuple[int, str, str]] = []

    def walk(parent: int | None, path: str) -> None:
        for term in children.get(parent, ()):
            shown = say(term.label, language)
            out.append((term.id, f"{path} / {shown}" if path else shown, term.tone))
            walk(term.id, f"{path} / {shown}" if path else shown)

    walk(None, "")
    return out
