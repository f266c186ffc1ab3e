"""What is read off a model."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from pellucid.kernel.history.tracked import Tracked, models_with_past, tracked_of, versioned_models
from pellucid.kernel.records.models import Record
from tests.kernel.history.sample import THING


def test_a_model_says_what_is_kept() -> None:
    assert THING.table == "thing"
    assert THING.span == "thing_span"
    assert THING.temporal == ("stage", "amount", "owner_id", "phone", "primary")
    assert THING.personal == {"name", "phone"}
    assert THING.unaudited == {"grams", "version", "updated_at"}
    assert THING.alive == ("deleted_at", "merged_into")
    assert THING.extra == "extra"
    assert THING.versioned
    assert THING.type_of("amount") == "numeric(18, 2)"
    assert "extra" not in THING.audit_columns


def test_every_record_is_audited_and_counted() -> None:
    records = {model for model in apps.get_models() if issubclass(model, Record)}
    assert records <= set(versioned_models())
    assert {model for model in records if model.audited} <= set(models_with_past())
    for model in models_with_past():
        assert tracked_of(model).columns


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"table": "Thing"}, "lower case"),
        ({"table": "t" * 49}, "48"),
        ({"pk": "name"}, "whole number"),
        ({"temporal": ("nothing",)}, "no column nothing"),
        ({"temporal": ("name",), "audited": False}, "audited too"),
        ({"temporal": ("actor",)}, "span columns"),
    ],
)
def test_a_wrong_declaration_is_a_sentence(facts: dict[str, object], sentence: str) -> None:
    right = {"table": "t", "columns": (("id", "bigint"), ("name", "text"), ("actor", "bigint"))}
    Tracked(**right)  # type: ignore[arg-type]
    with pytest.raises(ImproperlyConfigured, match=sentence):
        Tracked(**(right | facts))  # type: ignore[arg-type]
