"""What a cell means."""

from __future__ import annotations

import pytest
from django.utils import translation

from pellucid.kernel.actions.run import show_for
from pellucid.kernel.exchange.mapping import Rule
from pellucid.kernel.exchange.parsing import Reader, order_of_dates
from pellucid.kernel.records import terms
from pellucid.kernel.records.words import folded
from pellucid.kernel.resources.fields import specs


def test_the_order_of_a_date_is_found_in_its_column_or_left_open():
    assert order_of_dates(["1/26/2013", None, "12/3/2012", "x"]) == "mdy"
    assert order_of_dates(["26/1/2013", "3/12/2012"]) == "dmy"
    assert order_of_dates(["1/2/2013", "3/4/2013"]) == "", "both are possible: nobody guesses"
    assert order_of_dates(["26/27/2013"]) == "" == order_of_dates([])


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["trade fair", "  Trade  Fair ", "ＴＲＡＤＥ　ＦＡＩＲ", "展会", "\u3000展会\u200b", "fair", "ＦＡＩＲ"])
def test_a_word_of_a_list_is_known_however_it_is_typed(world, word):
    spec, show = specs("lead")["origin"], show_for(world.actor("mark"))
    assert spec.kind.parse(spec, word, show) == terms.find("origin", "fair")
    assert Reader(spec, Rule("来源", "origin"), show)(word) == terms.find("origin", "fair")


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "word", "value"), [
    ("channel", " Ｗｅｂ　Form ", "web"), ("channel", "Ｅ－mail", "email"), ("channel", "　微信 ", "wechat"), ("channel", "WEB", "web"),
    ("consent", "ＧＩＶＥＮ", "given"), ("owner", " ＡＬＩＣＥ ", "alice")])
def test_choices_and_people_too(world, name, word, value):
    spec, show = specs("lead")[name], show_for(world.actor("mark"))
    with translation.override("zh-hans"):
        found = spec.kind.parse(spec, word, show)
    assert found == (world.users[value].pk if name == "owner" else value)


def test_words_of_a_mapping_are_compared_in_the_same_way():
    assert folded(" Ａ\u3000ｂ  C\u200b") == "a b c" and folded("Ａ类 · 战略客户") == folded("a类 · 战略客户")
