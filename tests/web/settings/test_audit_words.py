"""The filters of the audit log: in words, each once."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from pellucid.kernel.resources.admin import audit

pytestmark = pytest.mark.django_db


def test_filters_are_in_words_and_each_stands_once():
    with translation.override("zh-hans"):
        objects, done = [label for _t, label in audit.tables()], [label for _n, label in audit.actions()]
    assert not [label for label in objects if re.search("[a-z]", label)]
    assert not [label for label in done if "{" in label or re.search("[a-z]", label)]
    assert len(set(done)) == len(done) and done.count("关注") == 1


def test_an_action_is_found_on_every_object_it_is_called_so_on():
    with translation.override("zh-hans"):
        first = next(name for name, label in audit.actions() if label == "关注")
        assert {"customer.watched", "lead.watched"} <= set(audit._alike(first))
