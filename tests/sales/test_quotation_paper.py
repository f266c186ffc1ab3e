"""The paper of a quotation: in both languages, every common character with a glyph, what was typed never markup, kept once it is sent."""

from __future__ import annotations

import io
import re

import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from pellucid.kernel.actions.run import run
from pellucid.kernel.exchange.papers import FONTS, picture
from pellucid.kernel.records.models import Attachment
from pellucid.kernel.resources.attachments import keep, opened
from pellucid.sales import quotation_paper, selectors
from pellucid.sales.models import Letterhead
from tests.sales.test_quotations import line, quotation


def text_of(pdf: bytes) -> str:
    """What a reader of the file finds, without white space."""
    return re.sub(r"\s+", "", "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)))


def level_one() -> str:
    """The 3,755 common characters of GB 2312, level 1: more than the 3,500 that are taught."""
    return "".join(bytes((hi, lo)).decode("gb2312") for hi in range(0xB0, 0xD8) for lo in range(0xA1, 0xFF) if (hi, lo) < (0xD7, 0xFA))


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_every_common_character_has_a_glyph(weight):
    known = TTFont(FONTS / f"NotoSansCJKsc-{weight}.otf", lazy=True).getBestCmap()
    wanted = level_one() + "".join(chr(c) for c in range(0x20, 0x7F)) + "，。；：？！（）《》“”‘’、—…·￥€°²³×±㎡№℃○〇"
    assert len(level_one()) == 3755
    assert [c for c in wanted if ord(c) not in known] == []
    assert sum(file.stat().st_size for file in FONTS.iterdir()) <= 6_000_000


@pytest.mark.django_db
def test_a_paper_says_what_is_offered_in_both_languages(world):
    logo = io.BytesIO()
    Image.new("RGB", (600, 200), "teal").save(logo, "PNG")
    blob = keep(io.BytesIO(logo.getvalue()), "logo.png")
    Letterhead._base_manager.create(name="澄泰智能装备", name_en="Chengtai Intelligent Equipment", tax_number="91320594MA1X", bank="中国银行苏州分行",
                                    account="4563 5100", logo=blob)
    one = quotation(world, terms="#set text(99pt)\n*不是标记* $x$ #image(\"/etc/passwd\")")
    line(world, one, "1234.5", name="伺服压装机 #panic() *重点* <b>", quantity="2", discount="10")
    one.refresh_from_db()
    chinese, english = (text_of(quotation_paper.made(one, language)) for language in ("zh-hans", "en"))
    for said in ("报价", "草稿", "澄泰智能装备", "91320594MA1X", "中国银行苏州分行", "45635100", "2,222.10", "288.87", "2,510.97",
                 one.number):  # fmt: skip
        assert said in chinese, said
    assert "伺服压装机#panic()*重点*<b>" in chinese and "#settext(99pt)*不是标记*$x$#image(\"/etc/passwd\")" in chinese
    for said in ("Quotation", "Draft", "ChengtaiIntelligentEquipment", "Amountwithtax", "2,510.97", "Version1"):
        assert said in english, said


@pytest.mark.django_db
def test_products_have_their_english_names_on_papers_in_english(world):
    one = quotation(world)
    press = run("product_create", None, world.actor("admin"), values={"name": "伺服压装机", "name_en": "Servo press", "list_price": "100"}).record
    bare = run("product_create", None, world.actor("admin"), values={"name": "气密检测台", "list_price": "100"}).record
    for more in ({"product": press.pk}, {"product": press.pk, "name": "压装机（加高）"}, {"product": bare.pk}):
        run("quotationline_create", None, world.actor("alice"), values={"quotation": one.pk, **more})
    one.refresh_from_db()
    said = {language: [row["name"] for row in quotation_paper.content(one, None, language)["lines"]] for language in quotation_paper.LANGUAGES}
    assert said == {"zh-hans": ["伺服压装机", "压装机（加高）", "气密检测台"], "en": ["Servo press", "压装机（加高）", "气密检测台"]}


@pytest.mark.django_db
def test_what_was_sent_is_kept_as_it_was(world):
    one = quotation(world)
    line(world, one)
    run("quotation_send", one.pk, world.actor("alice"))
    kept = {a.name: a for a in Attachment.objects.filter(resource="quotation", record_id=one.pk).select_related("blob")}
    assert set(kept) == {f"{one.number}-v1.zh.pdf", f"{one.number}-v1.en.pdf"}
    with opened(kept[f"{one.number}-v1.en.pdf"].blob) as file:
        said = text_of(file.read())
    assert "1,130.00" in said and "Draft" not in said


@pytest.mark.django_db
def test_the_nearest_letterhead_holds(world):
    whole = Letterhead._base_manager.create(name="集团")
    east = Letterhead._base_manager.create(name="华东", unit=world.units["east"])
    assert selectors.letterhead_of(world.units["east_sales"].pk) == east and selectors.letterhead_of(world.units["west_sales"].pk) == whole
    assert selectors.letterhead_of(world.units["hq"].pk) == whole


def test_a_broken_picture_is_left_out():
    assert picture(b"\x89PNG\r\n\x1a\nbroken") is None and picture(b"") is None
