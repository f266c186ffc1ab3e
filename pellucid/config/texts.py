"""What the terminal says, in the terminal's language: Chinese where the locale is Chinese, else English.

Django's translations follow a user; here nobody is signed in, and Django may not even be loaded.
"""

from __future__ import annotations

import gettext
import os
import unicodedata
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"


def chinese() -> bool:
    """Does PELLUCID_LANGUAGE, else the locale, ask for Chinese?"""
    names = ("PELLUCID_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    return next((os.environ[name] for name in names if os.environ.get(name)), "").lower().startswith("zh")


@cache
def _translations() -> gettext.NullTranslations:
    try:
        with open(CATALOGUE, "rb") as file:
            return gettext.GNUTranslations(file)
    except OSError:
        return gettext.NullTranslations()


def _(text: str, **values: object) -> str:
    """The text in the terminal's language, its {holes} filled with the values."""
    found = _translations().gettext(text) if chinese() else text
    return found.format(**values) if values else found


def wide(text: str, width: int) -> str:
    """The text padded to this many columns; a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(width - taken, 0)
