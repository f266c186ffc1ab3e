"""What the database refuses is said in words, in both languages: Django fills messages in, so that a bare % would be an error of the server."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.utils import translation


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_each_message_can_be_said(language):
    wrong = []
    with translation.override(language):
        for model in apps.get_models():
            for constraint in model._meta.constraints:
                try:
                    constraint.get_violation_error_message()
                except (ValueError, TypeError, KeyError) as error:
                    wrong.append(f"{model.__name__}.{constraint.name}: {error}")
    assert not wrong, wrong
