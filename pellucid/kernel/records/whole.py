"""Whole numbers as addresses and forms have them."""

from __future__ import annotations


def is_whole(text: object) -> bool:
    """Whether a text is a whole number that the database can hold: digits of ASCII alone, at most 18. (`"²".isdigit()` is true, and no int.)"""
    return isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19


def whole(text: object, most: int = 10**18 - 1) -> int | None:
    """The number, if the text is one from 0 to `most`."""
    return int(text) if isinstance(text, str) and is_whole(text) and int(text) <= most else None
