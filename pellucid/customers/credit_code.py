"""The unified social credit code of a Chinese organisation (GB 32100-2015): 18 characters, the last a check character."""

from __future__ import annotations

import unicodedata

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = [pow(3, place, 31) for place in range(17)]


def normal(text: str) -> str:
    """Upper case, half width, without blanks and hyphens."""
    return "".join(unicodedata.normalize("NFKC", text).upper().replace("-", "").split())


def check_character(first_seventeen: str) -> str:
    """The eighteenth character for the seventeen before it; KeyError when one of them does not belong to the alphabet."""
    total = sum(_VALUES[character] * weight for character, weight in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def problem(text: str) -> str | Promise | None:
    """What is wrong with a code, in words, or None when it is right."""
    code = normal(text)
    if len(code) != 18:
        return _("A unified social credit code has 18 characters.")
    if not all(character in _VALUES for character in code):
        return _("A unified social credit code has digits and capital letters only, without I, O, S, V and Z.")
    if not code[2:8].isdigit():
        return _("Characters 3 to 8 of a unified social credit code are the digits of a region.")
    if check_character(code[:17]) != code[17]:
        return _("The check character does not fit: one of the characters is mistyped.")
    return None


def is_right(text: str) -> bool:
    return problem(text) is None
