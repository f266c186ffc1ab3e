"""Labels of rows: {"zh-hans": ..., "en": ...} in one JSON column."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import get_language

LANGUAGES = ("zh-hans", "en")


def say(label: Mapping[str, str] | str | None, language: str | None = None) -> str:
    """The label in the reader's language, else in the first language that has one."""
    if not label:
        return ""
    if isinstance(label, str):
        return label
    return label.get(language or get_language() or LANGUAGES[0]) or next((label[k] for k in LANGUAGES if label.get(k)), "")


class TranslatedText(models.JSONField):
    """A label in each language of the product."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)
