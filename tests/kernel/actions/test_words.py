"""What is said of an action once it is done."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.actions.declare import actions

AREAS = sorted(name for name, a in actions.items() if a.on == "record")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_action_says_what_was_done_to_what(language):
    with translation.override(language):
        for name in AREAS:
            one, many = actions[name].past("海宁宏胜"), actions[name].past("3 家", several=True)
            assert "{" not in one + many and "“3 家”" not in many, name
            assert "海宁宏胜" in one or name.endswith("_erase"), f"{name}: {one}"  # whose data is erased is not said again


def test_what_it_says_is_in_the_past():
    with translation.override("zh-hans"):
        assert actions["customer_take"].past("海宁宏胜") == "已领取“海宁宏胜”"
        assert actions["customer_take"].past("3 个客户", several=True) == "已领取3 个客户"
        assert actions["customer_watch"].past("海宁宏胜") == "已完成关注：“海宁宏胜”"  # says nothing of its own
