"""What an area above adds to a named analysis of an area below."""

from __future__ import annotations

from dataclasses import replace

from .declare import Part, analyses


def more(code: str, *parts: Part, figures: tuple[str, ...] = (), after: int = 1) -> None:
    """Cards behind the first `after` ones, and figures behind those on top. KeyError where nobody below has declared the analysis."""
    one = analyses[code]
    analyses[code] = replace(one, parts=(*one.parts[:after], *parts, *one.parts[after:]), figures=(*one.figures, *figures))
