"""Company names, credit codes and phones."""
from __future__ import annotations

import csv

import pytest
from django.utils import translation

from pellucid.customers import credit_code, phones
from pellucid.customers.likeness import Likeness, Party, likeness
from pellucid.customers.names import REGIONS, company_key, short_name, take_apart


@pytest.mark.parametrize(
    "name",
    [
        "苏州恒砺精密制造有限公司",
        "蘇州恆礪精密製造有限公司",
        "江苏省苏州市恒砺精密制造（集团）股份有限公司",
        "恒砺精密制造（苏州）有限公司",
        "苏州工业园区恒砺精密制造厂",
        "苏州市姑苏区恒砺精密制造公司",
        "苏州恒砺精密制造有限公司上海分公司",
        "恒砺精密制造 ",
        "苏州 恒砺 精密制造（原明远机械）",
        "恒砺精密制造（中国）有限责任公司",
    ],
)
def test_spellings_of_one_company_have_one_key(name):
    assert company_key(name) == "恒砺精密制造"


@pytest.mark.parametrize(
    ("name", "key", "short"),
    [
        ("Siemens (China) Co., Ltd.", "siemens", "Siemens"),
        ("SIEMENS AG", "siemens", "SIEMENS"),
        ("The Coca-Cola Company", "cocacola", "Coca-Cola"),
        ("Genco Pura Olive Oil Company", "gencopuraoliveoil", "Genco Pura Olive Oil"),
        ("ＡＢＣ（苏州）", "abc", "ABC"),
        ("上海电气集团股份有限公司", "上海电气", "上海电气"),
        ("苏州银行股份有限公司", "苏州银行", "苏州银行"),
        ("东方希望集团有限公司", "东方希望", "东方希望"),
        ("广西柳工机械股份有限公司", "柳工机械", "柳工机械"),
        ("上海恒砺智能装备科技发展有限公司", "恒砺智能装备科技发展", "恒砺智能装备"),
        ("蘇州恆礪精密製造有限公司", "恒砺精密制造", "恆礪精密製造"),
        ("有限公司", "有限公司", "有限公司"),
        ("杭州", "杭州", "杭州"),
        ("", "", ""),
    ],
)
def test_keys_and_short_names(name, key, short):
    assert (company_key(name), short_name(name)) == (key, short)


def test_the_parts_of_a_name():
    parts = take_apart("江苏省苏州市恒砺精密制造（集团）股份有限公司南京办事处")
    assert parts == ("恒砺精密制造", frozenset({"江苏", "苏州"}), "股份有限公司", "南京办事处")


@pytest.mark.parametrize(
    "hostile", ["(" * 5000, "有限公司" * 3000, "苏州" * 5000, "\x00", "公司" + "上海" * 50 + "分公司", ")(", "a,b" * 4000]
)
def test_hostile_names_are_taken_apart_too(hostile):
    assert len(company_key(hostile)) <= 200
    assert len(short_name(hostile)) <= 60


HENGLI = Party("苏州恒砺精密制造有限公司", "91350100M000100Y43", ("0512-6688 1234",), "苏州工业园区星塘街 218 号")


@pytest.mark.parametrize(
    ("other", "reasons", "at_least", "at_most"),
    [
        (Party("蘇州恆礪精密製造有限公司"), ("name",), 95, 95),
        (Party("恒砺精密制造（苏州）有限公司"), ("core",), 85, 85),
        (Party("上海恒砺精密制造有限公司"), ("core",), 60, 65),
        (Party("苏州恒励精密制造有限公司"), ("sound",), 75, 75),
        (Party("恒砺"), ("part",), 55, 55),
        (Party("恒砺精密机械"), (), 0, 0),
        (Party("恒砺精工制造"), ("near",), 60, 65),
        (Party("明远机械", phones=("66881234",)), ("phone",), 60, 60),
        (Party("明远机械", address="星塘街218号"), ("address",), 40, 40),
        (Party("恒砺精密", phones=("+86 512 66881234",)), ("phone", "part"), 80, 85),
        (Party("全新名称", "91350100 m000100y43"), ("credit_code",), 99, 99),
        (Party("苏州恒砺精密制造有限公司", "91320594MA1MXXXX1A"), ("name", "other_credit_code"), 45, 50),
        (Party(""), (), 0, 0),
    ],
)
def test_likeness(other, reasons, at_least, at_most):
    found = likeness(HENGLI, other)
    assert found.reasons == reasons
    assert at_least <= found.score <= at_most
    assert likeness(other, HENGLI) == found


def test_reasons_are_said_in_words():
    with translation.override("en"):
        assert Likeness(90, ("sound", "phone")).words == ["names sound alike", "same phone"]
    with translation.override("zh-hans"):
        assert Likeness(90, ("sound", "phone")).words == ["音同", "同电话"]


def test_websites_of_everybody_are_no_evidence():
    one, other = Party("甲", website="https://www.pellucid.cn/about"), Party("乙", website="pellucid.cn")
    assert likeness(one, other).reasons == ("website",)
    assert likeness(Party("甲", website="shop.1688.com"), Party("乙", website="shop.1688.com")).score == 0


def test_credit_codes():
    assert credit_code.is_right("91350100M000100Y43")
    assert credit_code.is_right(" ９１350100-M000100Y43 ".lower())
    assert credit_code.check_character("91350100M000100Y4") == "3"
    for wrong in ("91350100M000100Y44", "91350100M000100Y4", "91350100M0O0100Y43", "91A50100M000100Y43", ""):
        assert credit_code.problem(wrong)


def test_one_mistyped_character_is_always_noticed():
    right = "91350100M000100Y43"
    for place in range(18):
        for character in credit_code.ALPHABET:
            mistyped = right[:place] + character + right[place + 1 :]
            assert credit_code.is_right(mistyped) == (mistyped == right)


@pytest.mark.parametrize(
    ("written", "kind", "shown"),
    [
        ("+86 138-0013-8000", "mobile", "138 0013 8000"),
        ("0512-66881234转801", "landline", "0512-6688 1234 #801"),
        ("010 6552 9988", "landline", "010-6552 9988"),
        ("4008208820", "service", "400-820-8820"),
        ("+1 (415) 555-2671", "foreign", "+14155552671"),
        ("66881234", "local", "6688 1234"),
    ],
)
def test_phones(written, kind, shown):
    found = phones.read(written)
    assert (found.kind, found.shown) == (kind, shown)


@pytest.mark.parametrize("wrong", ["", "110", "12345678901", "010-12345", "0512-16881234", "+12", "abc", "1380013800"])
def test_what_is_no_phone(wrong):
    assert phones.read(wrong) is None


def test_two_spellings_of_one_phone():
    assert phones.same("0512-66881234", "(+86) 512 6688 1234")
    assert phones.same("0512-66881234", "66881234")
    assert not phones.same("66881234", "021-66881235")
    assert not phones.same("1234", "1234")


def test_regions_are_complete_and_hang_together():
    with REGIONS.open(encoding="utf-8", newline="") as file:
        rows = {row["code"]: row for row in csv.DictReader(file)}
    assert sum(not row["parent"] for row in rows.values()) == 34
    assert len(rows) > 3200
    assert all(row["parent"] in rows for row in rows.values() if row["parent"])
    assert list(rows["320505"].values()) == ["320505", "虎丘区", "320500", "hu qiu", "Huqiu District"]
    assert rows["110105"]["parent"] == "110000"
    assert all(row["pinyin"] and row["english"] for row in rows.values())


def test_industries_are_the_20_sections_and_97_divisions():
    with (REGIONS.parent / "industries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    sections = [row["code"] for row in rows if not row["parent"]]
    assert sections == list("ABCDEFGHIJKLMNOPQRST")
    assert [row["code"] for row in rows if row["parent"]] == [f"{n:02}" for n in range(1, 98)]
    assert all(row["parent"] in ("", *sections) and row["english"] for row in rows)
