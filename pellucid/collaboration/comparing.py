"""What changed between two texts, in words."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from markupsafe import Markup, escape

TOKENS = re.compile(r"[A-Za-z0-9_.%-]+|\s+|.", re.DOTALL)
AROUND = 2  # unchanged lines shown beside a changed one
MOST_LINES = 6_000
MOST_WORDS = 1_500  # above this a changed block is shown whole, old over new


def inline(old: str, new: str) -> Markup:
    """The new text with what was put in and what was taken out of the old."""
    a, b = TOKENS.findall(old), TOKENS.findall(new)
    if len(a) > MOST_WORDS or len(b) > MOST_WORDS:
        return _taken(old) + _put(new)
    out = Markup("")
    for how, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if how == "equal":
            out += escape("".join(b[b1:b2]))
        else:
            out += _taken("".join(a[a1:a2])) + _put("".join(b[b1:b2]))
    return out


def _taken(text: str) -> Markup:
    return Markup("<del>{}</del>").format(text) if text else Markup("")


def _put(text: str) -> Markup:
    return Markup("<ins>{}</ins>").format(text) if text else Markup("")


def compare(old: str, new: str) -> list[Markup | None]:
    """The changed paragraphs with a little of what stands around them; None stands for what was left out between."""
    a, b = (
        [line for line in text.split("\n") if line.strip()][:MOST_LINES] for text in (old, new)
    )  # fmt: skip
    out: list[Markup | None] = []
    shown = 0
    for group in SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(AROUND):
        if group[0][3] > shown:
            out.append(None)
        for how, a1, a2, b1, b2 in group:
            if how == "equal":
                out += [escape(line) for line in b[b1:b2]]
            elif how == "replace" and a2 - a1 == b2 - b1:
                out += [inline(x, y) for x, y in zip(a[a1:a2], b[b1:b2], strict=True)]
            else:
                out.append(inline("\n".join(a[a1:a2]), "\n".join(b[b1:b2])))
            shown = b2
    if out and shown < len(b):
        out.append(None)
    return out
