"""Translations: one catalogue per language, with the same answers."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation.trans_real import DjangoTranslation

from pellucid.config import catalogues


def test_joined_catalogues_answer_as_those_of_the_apps_do():
    catalogues.join()
    joined, apart = translation.trans_real.translation("zh-hans"), DjangoTranslation("zh-hans")
    assert len(joined._catalog._catalogs) == 1 < len(apart._catalog._catalogs)
    keys = [key for key, _text in apart._catalog.items()]
    texts = [key for key in keys if isinstance(key, str) and key]
    assert len(texts) > 1000 and all(joined.gettext(text) == apart.gettext(text) for text in texts)
    many = [key[0] for key in keys if isinstance(key, tuple)]
    assert many and all(joined.ngettext(text, text, n) == apart.ngettext(text, text, n) for text in many for n in (1, 2))
