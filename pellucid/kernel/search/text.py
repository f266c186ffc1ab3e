"""Normal forms of text for search: fold, plain, grams, phone digits, masks.

Stored text is folded and cut into grams in the database (`grams_sql`, which equals this module to the character) and keeps
its script. Simplified and traditional meet on the other side: a query is asked in every form `forms` gives. Keys that
must be equal for both scripts (duplicates) are made here with `normalise`, which simplifies.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

from pellucid.kernel.records.whole import is_whole

# Letters outside ASCII that have one lower-case letter each: a fixed table, because lower() depends on the database's locale.
_CASED = "".join(
    c
    for start, end in ((0xC0, 0x250), (0x370, 0x530), (0x1E00, 0x2000))
    for c in map(chr, range(start, end))
    if len(c.lower()) == 1 and c.lower() != c and unicodedata.normalize("NFKC", c) == c
)
UPPER = _CASED
LOWER = "".join(c.lower() for c in _CASED)
_FOLD = str.maketrans({chr(n): chr(n + 32) for n in range(65, 91)} | dict(zip(UPPER, LOWER, strict=True)))

# What neither begins nor ends a word and is left out of grams; written so that Python and PostgreSQL read it alike.
SEPARATORS = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f"
    r"\u2e00-\u2e5d\u3000-\u3004\u3008-\u301f\u3030\u30fb\ufe0f\ufeff]+"
)
_SEPARATORS = re.compile(SEPARATORS)
GRAM_LIMIT = 4000


def fold(text: str) -> str:
    """Full width to half, compatibility forms resolved, lower case; the script stays as it is."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", text).translate(_FOLD)


def plain(text: str) -> str:
    """Folded, without blanks and punctuation: what grams are made of and LIKE is asked against."""
    return _SEPARATORS.sub("", fold(text))


def words(text: str) -> list[str]:
    """The words of a query, each in plain form; all of them must be found."""
    return [word for word in _SEPARATORS.split(fold(text)) if word]


def bigrams(text: str) -> list[str]:
    """The distinct neighbouring pairs of the plain text in its order; a single character stands for itself."""
    letters = plain(text)[:GRAM_LIMIT]
    if len(letters) < 2:
        return [letters] if letters else []
    return list(dict.fromkeys(letters[i : i + 2] for i in range(len(letters) - 1)))


@cache
def _script(direction: str) -> tuple[frozenset[str], object]:
    from opencc import OpenCC

    source = {"t2s": "TSCharacters.txt", "s2t": "STCharacters.txt"}[direction]
    lines = (files("opencc") / "dictionary" / source).read_text(encoding="utf-8").splitlines()
    changing = (line.split("\t") for line in lines if "\t" in line)
    return frozenset(key for key, others in changing if key not in others.split()[:1]), OpenCC(direction)


def _convert(text: str, direction: str) -> str:
    if text.isascii():
        return text
    changing, converter = _script(direction)
    return text if changing.isdisjoint(text) else converter.convert(text)  # type: ignore[attr-defined]


def simplify(text: str) -> str:
    """Traditional characters to simplified ones."""
    return _convert(text, "t2s")


def normalise(text: str) -> str:
    """Folded, simplified, blanks collapsed: the form in which two spellings of one text are equal."""
    return " ".join(simplify(fold(text)).split())


def forms(query: str) -> tuple[str, ...]:
    """The folded query as typed, simplified and traditional, without repeats: ask for each of them."""
    typed = fold(query).strip()
    return tuple(dict.fromkeys((typed, simplify(typed), _convert(simplify(typed), "s2t"))))


_EXTENSION = re.compile(r"(?:转|轉|分机|ext\.?|extension|x|#|,|;)\s*\d{1,6}\s*$", re.IGNORECASE)


def phone_digits(text: str) -> str:
    """The digits of a phone number without country code 86, blanks and extension; a landline keeps its leading 0."""
    number = _EXTENSION.sub("", unicodedata.normalize("NFKC", text).strip())
    digits = "".join(c for c in number if is_whole(c))
    if number.lstrip("( ").startswith("+86"):
        return _domestic(digits[2:])
    if digits.startswith("0086"):
        return _domestic(digits[4:])
    if len(digits) == 13 and digits.startswith("861"):
        return digits[2:]
    return digits


def _domestic(digits: str) -> str:
    """A number behind +86: there the 0 of an area code is left out."""
    if re.fullmatch(r"10\d{8}|2\d{9}|[3-9]\d{9,10}", digits) and not digits.startswith(("400", "800")):
        return "0" + digits
    return digits


def masked_phone(text: str) -> str:
    """138****8000; other numbers keep their first and last digits as far as at least four are hidden."""
    digits = phone_digits(text)
    if len(digits) < 5:
        return "*" * len(digits)
    kept = min(7, len(digits) - 4)
    head = kept * 3 // 7
    return f"{digits[:head]}{'*' * (len(digits) - kept)}{digits[len(digits) - kept + head :]}"


def masked_email(text: str) -> str:
    """z****@example.com: one letter of the name and the whole domain."""
    name, at, domain = text.strip().rpartition("@")
    return f"{name[:1]}****@{domain}" if at and name else "****"


def masked(text: str) -> str:
    """First and last quarter (at most three and four characters) of any other private text."""
    head, tail = min(3, len(text) // 4), min(4, len(text) // 4)
    return f"{text[:head]}****{text[len(text) - tail :]}"
