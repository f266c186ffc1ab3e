"""Names with a slip of the finger: candidates by signatures, then a score."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from rapidfuzz import fuzz

from .text import plain, simplify

SHORTEST = 3
LONGEST = 32


def signatures(text: str) -> list[str]:
    """The plain text and each form with one character left out: two texts one slip apart share a signature.

    Texts under three characters give only themselves; of long ones the first 32 characters count.
    """
    letters = plain(simplify(text))[:LONGEST]
    if not letters:
        return []
    if len(letters) < SHORTEST:
        return [letters]
    return sorted({letters} | {letters[:i] + letters[i + 1 :] for i in range(len(letters))})


def score(query: str, candidate: str) -> float:
    """0 to 100: how likely the candidate is what was meant, also when the query is only a part of it."""
    asked, given = plain(simplify(query)), plain(simplify(candidate))
    if not asked or not given:
        return 0.0
    whole = fuzz.ratio(asked, given)
    return max(whole, 0.95 * fuzz.partial_ratio(asked, given)) if len(asked) < len(given) else whole


def best(query: str, candidates: Iterable[str], limit: int = 8, at_least: float = 60.0) -> list[tuple[int, float]]:
    """Positions and scores of the candidates that come closest, best first."""
    scored = ((position, score(query, candidate)) for position, candidate in enumerate(candidates))
    near = (found for found in scored if found[1] >= at_least)
    return heapq.nsmallest(limit, near, key=lambda found: (-found[1], found[0]))
