"""The place in a file's text where the words of a query stand, cut out and marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.resources.declare import Resource
from pellucid.kernel.resources.fields import masked, readable

from ..asked import read
from ..text import SEPARATORS, plain

BEFORE, LENGTH = 24, 130
MOST_SEARCHED = 60_000  # characters looked at letter by letter when the quick way finds nothing


def file_field(resource: type[Resource], actor: Actor) -> str:
    """The field whose file is searched, if the actor may read it in full."""
    may = readable(resource.key(), actor)
    return next((n for n, how in resource.search.items() if how == "file" and n in may and not masked(resource.key(), n, actor)), "")


def snippets(resource: type[Resource], ids: Sequence[int], query: str, actor: Actor) -> dict[int, Markup]:
    """By record, the marked passage of its file; `ids` are within the actor's scope. Records whose file has none of the words are left out."""
    field = file_field(resource, actor)
    words = [text for word in read(query) for text in word.texts if text]
    if not field or not words or not ids:
        return {}
    rows = resource.model._base_manager.filter(pk__in=ids, **{f"{field}__text__isnull": False}).values_list("pk", f"{field}__text__text")
    return {pk: passage for pk, text in rows if (passage := cut(text, words)) is not None}


def pattern(words: Sequence[str]) -> re.Pattern[str]:
    """The words, whatever blanks and marks stand between their letters."""
    gap = f"(?:{SEPARATORS[:-1]}{{0,3}})"
    return re.compile("|".join(gap.join(map(re.escape, word)) for word in sorted(set(words), key=len, reverse=True)), re.IGNORECASE)


def cut(text: str, words: Sequence[str], length: int = LENGTH) -> Markup | None:
    """The passage around the first of the words, each of them marked; None where none is found."""
    wanted = pattern(words)
    first = wanted.search(text)
    at = first.start() if first else folded(text, words)
    if at is None:
        return None
    start = max(0, at - BEFORE)
    end = min(len(text), start + length)
    piece = " ".join(text[start:end].split())
    out, last = escape("…" if start else ""), 0
    for found in wanted.finditer(piece):
        out += escape(piece[last : found.start()]) + Markup("<mark>{}</mark>").format(found[0])
        last = found.end()
    return out + escape(piece[last:] + ("…" if end < len(text) else ""))


def folded(text: str, words: Sequence[str]) -> int | None:
    """Where a word stands once widths and forms are folded; letter by letter, hence only near the beginning."""
    plain_text: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text[:MOST_SEARCHED]):
        for one in plain(letter):
            plain_text.append(one)
            places.append(at)
    whole = "".join(plain_text)
    found = [at for word in words if (at := whole.find(word)) >= 0]
    return places[min(found)] if found else None
