"""Normal forms, grams, pinyin, phones, masks and slips of the finger."""
from __future__ import annotations

import random
import time

import pytest

from pellucid.kernel.search import text, typos
from pellucid.kernel.search.pinyin import pinyin, sort_key, syllables


def test_one_text_in_two_spellings_is_one_text():
    assert text.normalise("蘇州恆礪（中國）　Ｃｏ．") == "苏州恒砺(中国) co."
    assert text.fold("ÄÖÜ Σς Дом ﬁ №") == "äöü σς дом fi no"
    assert text.plain("Co., Ltd. · 中国—（苏州）") == "coltd中国苏州"
    assert text.words("苏州 明远,ABC") == ["苏州", "明远", "abc"]


def test_grams():
    assert text.bigrams("苏州ＡＢ（苏州）") == ["苏州", "州a", "ab", "b苏"]
    assert text.bigrams("王") == ["王"]
    assert text.bigrams(" ，。") == text.bigrams("") == []
    assert len(text.bigrams("".join(map(chr, range(0x4E00, 0x4E00 + 9000))))) == text.GRAM_LIMIT - 1


def test_a_query_is_asked_in_both_scripts():
    assert text.forms("騰訊") == ("騰訊", "腾讯")
    assert text.forms("苏州恒砺") == ("苏州恒砺", "蘇州恆礪")
    assert text.forms(" Pellucid ") == ("pellucid",)


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("苏州恒砺精密", "suzhouhenglijingmi", "szhljm"),
        ("重庆长安汽车", "chongqingchanganqiche", "cqcaqc"),
        ("厦门国际银行", "xiamenguojiyinhang", "xmgjyh"),
        ("澄泰智能 CT-9（中国）", "chengtaizhinengct9zhongguo", "ctznct9zg"),
        ("绿地", "lvdi", "ld"),
        ("蘇州", "suzhou", "sz"),
        ("Acme, Inc.", "acmeinc", "acmeinc"),
        ("", "", ""),
    ],
)
def test_pinyin_of_companies(name, full, initials):
    assert pinyin(name)[:2] == (full, initials)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("单晓明", "shanxiaoming"),
        ("仇和平", "qiuheping"),
        ("解学龙", "xiexuelong"),
        ("查良镛", "zhaliangyong"),
        ("曾国藩", "zengguofan"),
        ("尉迟恭", "yuchigong"),
        ("欧阳锋", "ouyangfeng"),
        ("任长霞", "renchangxia"),
        ("朴志勇", "piaozhiyong"),
    ],
)
def test_surnames_have_their_own_reading(name, full):
    assert pinyin(name, person=True).full == full


def test_names_sort_by_syllable():
    names = ["先锋", "西安仪表", "阿里", "ABC", "张三", "章三", "3M", "徐州", "苏州"]
    assert sorted(names, key=sort_key) == ["3M", "阿里", "ABC", "苏州", "西安仪表", "先锋", "徐州", "张三", "章三"]


def test_readings_agree_with_the_dictionary():
    from pypinyin import lazy_pinyin

    for name in ("上海电气集团", "中国石油化工", "长江存储科技", "成都银行", "传感器研究所", "音乐学院", "会计师事务所"):
        assert syllables(name) == lazy_pinyin(name)


def test_fifty_thousand_names_a_second():
    pick = random.Random(1)
    parts = ["苏州", "恒砺", "精密", "制造", "有限公司", "上海", "科技", "股份", "重庆", "长江", "银行", "集团"]
    names = ["".join(pick.choices(parts, k=5)) for _ in range(5000)]
    pinyin("苏州")
    began = time.process_time()
    for name in names:
        pinyin(name)
    assert len(names) / (time.process_time() - began) > 20_000  # 110,000 on a quiet machine


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+86 138-0013-8000", "13800138000"),
        ("(+86) 0512 6688 1234", "051266881234"),
        ("86 13800138000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("0512-66881234 转 801", "051266881234"),
        ("400-820-8820", "4008208820"),
        ("8613", "8613"),
        ("", ""),
    ],
)
def test_phone_digits(written, digits):
    assert text.phone_digits(written) == digits


def test_masks():
    assert text.masked_phone("+86 138 0013 8000") == "138****8000"
    assert text.masked_phone("0512-6688 1234") == "051*****1234"
    assert text.masked_phone("123") == "***"
    assert text.masked_email("zhang.san@example.com") == "z****@example.com"
    assert text.masked_email("nonsense") == "****"
    assert text.masked("91320594MA1MXXXX1A") == "913****XX1A"
    assert text.masked("ab") == "****"


def test_a_slip_shares_a_signature():
    right = set(typos.signatures("恒砺精密"))
    for slip in ("恒励精密", "恒砺精", "恒砺精密机", "砺恒精密"):
        assert right & set(typos.signatures(slip)), slip
    assert not right & set(typos.signatures("明远机械"))
    assert typos.signatures("王") == ["王"] and typos.signatures("") == []


def test_the_nearest_name_comes_first():
    names = ["苏州明远机械有限公司", "苏州恒砺精密制造有限公司", "上海恒利精密仪器"]
    assert [position for position, _ in typos.best("恒励精密", names)] == [1, 2]
    assert typos.score("恒砺", "恒砺") == 100.0
    assert typos.score("", "恒砺") == 0.0
