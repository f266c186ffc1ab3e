"""One catalogue per language. Django means to merge those of its apps but keeps them one behind the other, because it compares a function
with its code; a text would be looked up in twenty dictionaries, two hundred times a page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation.trans_real import translation


def join() -> None:
    """Merge the catalogues of every language as far as they count alike; what came first still wins."""
    for language, _name in settings.LANGUAGES:
        found: Any = translation(language)._catalog  # type: ignore[attr-defined]
        catalogues: list[dict[Any, str]] = []
        plurals: list[Any] = []
        for catalogue, plural in zip(found._catalogs, found._plurals, strict=True):
            if plurals and plurals[-1].__code__ == plural.__code__:
                catalogues[-1] = catalogue | catalogues[-1]
            else:
                catalogues.append(catalogue)
                plurals.append(plural)
        found._catalogs, found._plurals = catalogues, plurals
