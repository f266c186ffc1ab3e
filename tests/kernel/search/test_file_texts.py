"""The text of files: read whatever they are, and no file takes the product down."""

from __future__ import annotations

import io
import random
import zipfile

import pytest

from pellucid.collaboration.demo import files
from pellucid.kernel.search.text import bigrams, plain
from pellucid.kernel.search.texts import child, reading
from pellucid.kernel.search.texts.snippets import cut
from tests import counts

WORDS = "伺服压装机 节拍 从22秒降到18秒 Pellucid"
SLIDE = '<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>{}</a:t></a:r></a:p></p:sld>'


def archive(**parts: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return out.getvalue()


def slides(*texts: str) -> bytes:
    return archive(**{"ppt/presentation.xml": "<x/>"} | {f"ppt/slides/slide{n}.xml": SLIDE.format(t) for n, t in enumerate(texts, 1)})


def document(xml: str) -> bytes:
    return archive(**{"word/document.xml": xml})


GOOD = {
    "docx": files.docx("方案", ["# 目标", WORDS]),
    "pptx": slides("第一页", WORDS),
    "xlsx": files.xlsx("报价", [["名称", "数量"], [WORDS, 4]]),
    "pdf": files.pdf("方案", ["# 目标", WORDS]),
    "txt": WORDS.encode(),
    "gbk": WORDS.encode("gb18030"),
    "utf-16": WORDS.encode("utf-16"),
}


@pytest.fixture
def extract(tmp_path):
    def of(content: bytes) -> reading.Text:
        path = tmp_path / "file"
        path.write_bytes(content)
        return reading.extract(str(path))

    return of


@pytest.mark.parametrize("kind", sorted(GOOD))
def test_the_words_of_every_kind_come_out(extract, kind):
    found = extract(GOOD[kind])
    assert plain(WORDS) in plain(found.text) and found.reason == ""


def test_slides_come_in_their_order(extract):
    found = extract(slides(*(f"第{n}页" for n in range(1, 13))))
    assert found.text.split("\n\n") == [f"第{n}页" for n in range(1, 13)]


def bomb() -> bytes:
    """A quarter of a gigabyte of blanks, in a file of a quarter of a megabyte."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("word/document.xml", "w") as part:
        part.write(b"<w:document>")
        for _ in range(256):
            part.write(b" " * (1 << 20))
    return out.getvalue()


def locked() -> bytes:
    """An archive whose parts say that they are encrypted."""
    content = bytearray(GOOD["docx"])
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


LAUGHS = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)) + "]><w:p><w:t>&j;</w:t></w:p>"  # fmt: skip
HOSTILE = {
    "bomb": (bomb, {"too_big"}),
    "laughing entities": (lambda: document(LAUGHS), {"damaged"}),
    "outside entity": (lambda: document('<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><w:t>&x;</w:t>'), {"damaged"}),
    "never ending": (lambda: document("<w:d>" + "<w:p><w:t>无尽</w:t></w:p>" * 2_000_000), {"cut"}),
    "deep": (lambda: document("<a>" * 1_000_000), {"damaged", "empty", "too_big"}),
    "not closed": (lambda: document("<w:d><w:t>半"), {"damaged"}),
    "cut zip": (lambda: GOOD["docx"][: len(GOOD["docx"]) // 2], {"damaged"}),
    "locked": (locked, {"encrypted"}),
    "empty pdf": (lambda: b"%PDF-1.7\n", {"damaged"}),
    "pdf in a circle": (lambda: b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 99999999>>endobj\ntrailer<</Root 1 0 R>>",
                        {"damaged", "empty"}),
    "no office file": (lambda: archive(**{"a.txt": "x"}), {"unsupported"}),
    "old word": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, {"unsupported"}),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 64, {"unsupported"}),
    "nothing in it": (lambda: document("<w:d/>"), {"empty"}),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_files_get_a_sentence(extract, name):
    make, reasons = HOSTILE[name]
    found = extract(make())
    assert found.reason in reasons and "passwd" not in found.text and "root:" not in found.text
    assert reading.why(found.reason) and "\x00" not in found.text and len(found.text) <= child.LONGEST


def test_any_damage_is_survived(extract):
    """Good files with bytes changed, cut out or doubled: an answer of the right shape every time."""
    pick = random.Random(20261128)
    for _ in range(counts.count(40, 3_000)):
        content = bytearray(pick.choice(sorted(GOOD.values())))
        for _ in range(pick.choice((1, 1, 3, 20))):
            at = pick.randrange(len(content))
            match pick.randrange(4):
                case 0:
                    content[at] = pick.randrange(256)
                case 1:
                    del content[at : at + pick.randrange(1, 40)]
                case 2:
                    content[at:at] = bytes(pick.randrange(256) for _ in range(pick.randrange(1, 40)))
                case _:
                    content[at:at] = content[at : at + 60]
            content = content or bytearray(b"x")
        found = extract(bytes(content))
        assert found.reason == "" or found.reason in reading.REASONS, found.reason
        assert child.JUNK.search(found.text) is None


def test_a_passage_shows_the_words_marked():
    text = "前言" * 300 + "节拍从 22 秒降到\n18 秒，采用<b>伺服 压装机</b>与视觉。" + "后记" * 300
    passage = cut(text, ["伺服压装机", "节拍"])
    assert passage is not None
    assert "<mark>节拍</mark>" in passage and "<mark>伺服 压装机</mark>" in passage and "&lt;b&gt;" in passage and "<b>" not in passage
    assert len(passage.striptags()) < 160 and cut(text, ["不存在"]) is None
    assert cut("ＰＬＣ　控制", ["plc"]) is not None  # found by its folded form, though not spelt so


def test_long_texts_lose_no_pair(db):
    from django.db import connection

    pick = random.Random(7)
    text = "".join(chr(pick.randint(0x4E00, 0x4F00)) for _ in range(12_345)) + "终点"
    with connection.cursor() as cursor:
        cursor.execute("SELECT search.long_grams(%s), search.long_grams(''), search.long_grams('单')", [text])
        grams, nothing, single = cursor.fetchone()
    letters = plain(text)
    assert set(grams) == {letters[i : i + 2] for i in range(len(letters) - 1)} and nothing == [] and single == ["单"]
    assert set(bigrams(text)) <= set(grams)
