"""What fields, choices and inputs are called: in the reader's language, wherever people choose from them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.events import bus
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import offered, specs

pytestmark = pytest.mark.django_db
NAMES = {"Webhook", "API", "ID", "PIN", "SMS", "URL", "UTC", "English"}  # the same in every language
CURRENCY = re.compile(r"[A-Z]{3}")


def _declared(key: str) -> list[str]:
    """What the resource names itself."""
    resource, known = registry[key], specs(key)
    return [n for n in (*resource.columns, *resource.more, *resource.filters) if n in known]


def _labels() -> Iterator[tuple[str, str]]:
    for key in sorted(registry):
        model = registry[key].model._meta
        yield key, str(model.verbose_name)
        yield key, str(model.verbose_name_plural)
        told = {n: s for n, s in specs(key).items() if s.editable} | offered(key, Actor.system()) | {n: specs(key)[n] for n in _declared(key)}
        for spec in told.values():
            yield f"{key}.{spec.name}", str(spec.label)
            yield from ((f"{key}.{spec.name}", str(choice[1])) for choice in spec.choices or ())
    for name, kind in sorted(bus.kinds.items()):
        yield name, re.sub(r"{[^}]*}", "", str(kind.sentence))
    for name, action in sorted(actions.items()):
        yield name, str(action.label)
        for spec in action.inputs:
            yield f"{name}({spec.name})", str(spec.label)
            yield from ((f"{name}({spec.name})", str(choice[1])) for choice in spec.choices or ())


def test_a_chinese_page_calls_nothing_by_an_english_word() -> None:
    with translation.override("zh-hans"):
        english = [f"{where}: {label}" for where, label in _labels() if re.search(r"[A-Za-z]{3}", label) and not re.search(r"[\u4e00-\u9fff]", label)
                   and label not in NAMES and not CURRENCY.fullmatch(label)]  # fmt: skip
    assert not english, "\n  " + "\n  ".join(sorted(set(english)))


def test_an_english_page_calls_nothing_by_a_chinese_word() -> None:
    with translation.override("en"):
        chinese = [f"{where}: {label}" for where, label in _labels() if re.search(r"[\u4e00-\u9fff]", label)]
    assert not chinese, "\n  " + "\n  ".join(sorted(set(chinese)))
