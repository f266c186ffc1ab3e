"""What a person typed into a search, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from .pinyin import DATA
from .text import bigrams, forms, phone_digits, plain, words

MOST_WORDS = 6
SHORTEST_PHONE = 4


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a query, in each way it may be meant."""

    texts: tuple[str, ...]  # plain, in both scripts
    initials: str = ""  # latin letters that may be initials
    syllables: tuple[str, ...] = ()  # latin letters that may be pinyin: whole syllables within
    digits: str = ""  # the end of a phone number
    code: str = ""  # a number or code

    @property
    def grams(self) -> tuple[tuple[str, ...], ...]:
        """Grams of each text."""
        return tuple(tuple(bigrams(t)) for t in self.texts)


@cache
def known_syllables() -> frozenset[str]:
    """Every syllable of Mandarin."""
    lines = (DATA / "pinyin_characters.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.split(" ")[0] for line in lines if line and not line.startswith("#"))


def split_syllables(letters: str) -> tuple[str, ...]:
    """The longest way to read letters as whole syllables from the start; what is left over may be the beginning of one."""
    known = known_syllables()
    best: list[tuple[str, ...]] = [()]
    reach: dict[int, tuple[str, ...]] = {0: ()}
    for at in range(len(letters)):
        if at not in reach:
            continue
        for size in range(1, 7):
            part = letters[at : at + size]
            if len(part) == size and part in known:
                reach.setdefault(at + size, (*reach[at], part))
    end = max(reach)
    best.append(reach[end])
    rest = letters[end:]
    return best[-1] if not rest or any(s.startswith(rest) for s in known) else ()


def read(query: str) -> tuple[Word, ...]:
    """The words of a query; all of them must be found."""
    typed = query.strip()
    digits = phone_digits(typed)
    if digits and all(c in "0123456789 +-()" for c in typed) and len(digits) >= SHORTEST_PHONE:
        return (Word((), digits=digits, code=plain(typed)),)
    if any(c.isdigit() for c in typed) and " " not in typed and plain(typed).isascii():
        return (Word((plain(typed),), code=plain(typed)),)
    out = []
    for part in words(typed)[:MOST_WORDS]:
        texts = tuple(dict.fromkeys(plain(f) for f in forms(part)))
        latin = part.isascii() and part.isalpha()
        out.append(
            Word(
                texts,
                initials=part if latin and len(part) >= 2 else "",
                syllables=split_syllables(part) if latin else (),
                digits=part if part.isdigit() and len(part) >= SHORTEST_PHONE else "",
                code=part if part.isascii() else "",
            )
        )
    return tuple(out)
