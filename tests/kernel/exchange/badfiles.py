"""Files as people and attackers make them: `bad_file(seed)` gives one, always the same for a seed."""

from __future__ import annotations

import codecs
import io
import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SMALL_XLS = (Path(__file__).parent / "small.xls").read_bytes()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
QUOTING = '<worksheet><sheetData><row><c t="inlineStr"><is><t>&{};</t></is></c></row></sheetData></worksheet>'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADERS = ["客户名称", "电话", "电话", "地址", "金额", "成立日期", "备注", "Name", "E-Mail", ""]
VALUES = [
    "苏州恒砺精密制造有限公司", "13800138000", "1.3E+10", "2024-02-30", "=1+1", "@SUM(A1)", "＝cmd|' /C calc'!A0", "1,286.40", "", " ",
    "王晓明", "O'Brien", '5" 管', "a\nb", "2026-11-23", "45000", "110101199003070000", "null", "-5", "\t缩进", "<script>", "x" * 300,
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5", "latin-1"]


class BadFile(NamedTuple):
    """`codes` are the refusals that are right for it; empty when it must be read, None when either outcome is right."""

    name: str
    contents: bytes
    codes: frozenset[str] | None


def bad_file(seed: int) -> BadFile:
    pick = random.Random(seed)
    make = pick.choices([text_file, xlsx_file, xls_file, foreign_file, card_file], weights=[42, 37, 7, 7, 7])[0]
    return make(pick)


# Text


def text_file(pick: random.Random) -> BadFile:
    encoding, delimiter = pick.choice(ENCODINGS), pick.choice([",", ";", "\t", "|"])
    width = pick.choice([1, 2, 5, 8, 12, 200, 500, 501, 16384] if pick.random() < 0.2 else [2, 5, 8])
    headers = [pick.choice(HEADERS) for _ in range(width)]
    lines = [headers] + [[pick.choice(VALUES) for _ in range(width)] for _ in range(pick.randint(0, 30 if width < 100 else 3))]
    ending = pick.choice(["\n", "\r\n", "\r"])
    text = ending.join(delimiter.join(_quoted(value, delimiter) for value in line) for line in lines)
    codes: frozenset[str] | None = frozenset()
    quirk = pick.choice(["", "", "", "nul", "quote", "huge", "cut", "flip", "blank", "title", "ragged", "surrogate"])
    if quirk == "nul":
        text = text[: len(text) // 2] + "\0" * pick.randint(1, 3) + text[len(text) // 2 :]
    elif quirk == "quote":
        text += f'{ending}x{delimiter}"open{ending}y{delimiter}z'
    elif quirk == "huge":
        text += f"{ending}{'长' * pick.choice([100_000, 140_000, 600_000])}{delimiter}z"
    elif quirk == "blank":
        text = ending * 5 + text + ending * 50
    elif quirk == "title":
        text = f"客户资料表{ending}{text}"
    elif quirk == "ragged":
        text += ending + delimiter.join(["多"] * (width + 3))
    contents = text.encode(encoding, "replace")
    if quirk == "surrogate" and encoding.startswith("utf-16"):
        contents += b"\x00\xd8\x00\xd8"
    elif quirk == "cut":
        contents = contents[: -pick.randint(1, 7)] + b"\x81"
    elif quirk == "flip":
        contents = _flipped(pick, contents)
    if quirk or width >= 500 or not text.strip():
        codes = None
    if width == 16384 and quirk not in ("flip", "cut", "nul"):
        codes = frozenset({"too_many_columns", "no_rows", "cell_too_long", "open_quote", "not_text"})
    return BadFile(
        f"{pick.choice(['客户', 'leads', 'a b'])}.{pick.choice(['csv', 'txt', 'tsv' if delimiter == chr(9) else 'csv'])}",
        contents,
        codes,
    )


def _quoted(value: str, delimiter: str) -> str:
    if any(c in value for c in f'{delimiter}"\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


def _flipped(pick: random.Random, contents: bytes) -> bytes:
    changed = bytearray(contents)
    for _ in range(pick.randint(1, 20)):
        if changed:
            changed[pick.randrange(len(changed))] = pick.randrange(256)
    return bytes(changed)


# Workbooks


def workbook(sheets: dict[str, str] | None = None, *, namespace: str = MAIN, **parts: bytes | str | None) -> bytes:
    """A minimal .xlsx; `sheets` maps names to the inside of <sheetData>; keyword parts replace or (None) remove parts."""
    sheets = sheets or {"客户": sheet_rows([["名称", "电话"], ["苏州恒砺", 13800138000]])}
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
    targets = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    files: dict[str, bytes | str | None] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{namespace}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{targets}</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{namespace}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{namespace}"><si><t>共享</t></si><si><r><t>富</t></r><r><t>文本</t></r><rPh><t>fu</t></rPh></si></sst>',
    }
    for n, data in enumerate(sheets.values(), 1):
        files[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{namespace}"><sheetData>{data}</sheetData></worksheet>'
    files |= {name.replace("__", "/"): content for name, content in parts.items()}
    return zipped({name: content for name, content in files.items() if content is not None})


def zipped(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet_rows(rows: list[list[object]]) -> str:
    return "".join(
        f'<row r="{n}">' + "".join(_cell(value, f"{_letter(at)}{n}") for at, value in enumerate(row)) + "</row>"
        for n, row in enumerate(rows, 1)
    )


def _letter(at: int) -> str:
    return (_letter(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)


def _cell(value: object, place: str) -> str:
    if isinstance(value, (int, float)):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    text = str(value).replace("&", "&amp;").replace("<", "&lt;").replace("\t", "&#9;")
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


HOSTILE_CELLS = [
    '<c r="XFD1048576"><v>1</v></c>', '<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>', '<c r="ZZZZ1"><v>1</v></c>', '<c r="1"><v>1</v></c>',
    '<c t="s"><v>99999999</v></c>', '<c t="s"><v>-1</v></c>', '<c t="s"><v>x</v></c>', '<c s="999"><v>45000</v></c>', '<c s="x"><v>1</v></c>',
    '<c s="1"><v>60</v></c><c s="1"><v>59.5</v></c><c s="1"><v>-3</v></c><c s="2"><v>1e300</v></c>', '<c><v>NaN</v></c>', '<c><v>1e400</v></c>',
    '<c t="d"><v>2024-02-30</v></c>', '<c t="d"><v>2024-02-29T10:00:00Z</v></c>', '<c t="b"><v>maybe</v></c>', '<c t="e"><v>#REF!</v></c>',
    '<c t="str"><f>HYPERLINK("http://x")</f><v>x</v></c>', '<c><f>[1]Sheet1!A1</f></c>', "<c/><c></c><c><v/></c>", "<!-- <c><v>1</v></c> -->",
    '<c t="inlineStr"><is><r><t>富</t></r><r><t xml:space="preserve"> 文</t></r></is></c>', "<c t='n' r='B3'><v>1</v></c>",
    "<c><v><![CDATA[1]]></v></c>",
    '<c t="inlineStr"><is><t>&#x41;&amp;&lt;</t></is></c>', '<c t="inlineStr"><is><t>&xxe;</t></is></c>', "<c><v>1</v>", "<c><c><v>1</v></c></c>",
    '<c t="inlineStr"><is><t>_x0000__x000D_é</t></is></c>', '<c t="zz"><v>?</v></c>', '<c t="inlineStr"><is><t>' + "长" * 40_000 + "</t></is></c>",
]  # fmt: skip


def xlsx_file(pick: random.Random) -> BadFile:
    kind = pick.choice([*XLSX_KINDS, "cells", "cells", "cells", "flip", "flip", "cut"])
    name = pick.choice(["客户.xlsx", "a.xls", "宏.xlsm", "无后缀", "a.csv"])
    if kind == "cells":
        hostile = "".join(pick.choice(HOSTILE_CELLS) for _ in range(pick.randint(1, 3)))
        number = pick.choice(["3", "3", "1048576", "1048577", "0", "-1", "x", ""])
        data = sheet_rows([["名称", "电话"], ["苏州", 1]]) + f'<row r="{number}">{hostile}</row>'
        return BadFile(name, workbook({"客户": data, "二": ""}), None)
    if kind == "flip":
        return BadFile(name, _flipped(pick, _ordinary(pick)), None)
    if kind == "cut":
        contents = _ordinary(pick)
        return BadFile(name, contents[: pick.randrange(5, len(contents))], frozenset({"damaged", "encrypted", "not_a_workbook"}))
    contents, codes = XLSX_KINDS[kind](pick)
    return BadFile(name, contents, frozenset(codes.split()) if codes is not None else None)


def _ordinary(pick: random.Random) -> bytes:
    rows = [
        ["名称", "电话", "备注"],
        *([pick.choice(VALUES), pick.randint(0, 10**11), pick.random() * 1e6] for _ in range(pick.randint(0, 40))),
    ]
    return workbook({"客户": sheet_rows(rows)})


def _encrypted(pick: random.Random) -> bytes:
    contents = bytearray(_ordinary(pick))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = contents.find(signature)
        while at >= 0:
            contents[at + offset] |= 1
            at = contents.find(signature, at + 4)
    return bytes(contents)


def _laughs(pick: random.Random) -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    document = f'<!DOCTYPE worksheet [<!ENTITY l0 "ha">{entities}]>{QUOTING.format("l9")}'
    part = pick.choice(["xl__worksheets__sheet1.xml", "xl__sharedStrings.xml", "xl__workbook.xml", "xl__styles.xml"])
    return workbook(**{part: document})


def _xxe(pick: random.Random) -> bytes:
    document = f'<!DOCTYPE x [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>{QUOTING.format("xxe")}'
    return workbook(**{"xl__worksheets__sheet1.xml": document})


def _bomb(pick: random.Random) -> bytes:
    return workbook(**{pick.choice(["xl__worksheets__sheet1.xml", "xl__media__a.png"]): b"\0" * (24 << 20)})


def _prefixed(pick: random.Random) -> bytes:
    data = re.sub(r"<(/?)", r"<\1x:", sheet_rows([["名称", "电话"], ["苏州", 1]]))
    part = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{data}</x:sheetData></x:worksheet>'
    return workbook(**{"xl__worksheets__sheet1.xml": part})


def _utf16_part(pick: random.Random) -> bytes:
    data = sheet_rows([["名称"], ["苏州"]])
    document = f'<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'
    return workbook(**{"xl__worksheets__sheet1.xml": codecs.BOM_UTF16_LE + document.encode("utf-16-le")})


def _wide(pick: random.Random) -> bytes:
    return workbook({"客户": sheet_rows([[f"列{n}" for n in range(pick.choice([501, 16384]))], ["x"]])})


def _lying_size(pick: random.Random) -> bytes:
    contents = bytearray(workbook({"客户": sheet_rows([["名称"]] * 5000)}))
    at = contents.find(b"PK\x01\x02", contents.find(b"sheet1.xml", len(contents) // 2) - 60)
    contents[at + 24 : at + 28] = (100).to_bytes(4, "little")
    return bytes(contents)


XLSX_KINDS: dict[str, Callable[[random.Random], tuple[bytes, str | None]]] = {
    "encrypted": lambda pick: (_encrypted(pick), "encrypted"),
    "laughs": lambda pick: (_laughs(pick), "damaged"),
    "xxe": lambda pick: (_xxe(pick), "damaged"),
    "bomb": lambda pick: (_bomb(pick), "bomb"),
    "prefixed": lambda pick: (_prefixed(pick), ""),
    "utf16": lambda pick: (_utf16_part(pick), ""),
    "wide": lambda pick: (_wide(pick), "too_many_columns"),
    "lying": lambda pick: (_lying_size(pick), None),
    "strict": lambda pick: (workbook(namespace=STRICT), "strict_ooxml"),
    "no_rows": lambda pick: (workbook({"空": ""}), "no_rows"),
    "no_sheet_part": lambda pick: (workbook(**{"xl__worksheets__sheet1.xml": None}), "no_rows damaged"),
    "no_relations": lambda pick: (workbook(**{"xl___rels__workbook.xml.rels": None}), "damaged"),
    "no_styles": lambda pick: (workbook(**{"xl__styles.xml": None}), ""),
    "broken_xml": lambda pick: (workbook(**{"xl__worksheets__sheet1.xml": "<worksheet><sheetData><row><c>"}), "damaged"),
    "bad_encoding": lambda pick: (
        workbook(**{"xl__worksheets__sheet1.xml": b'<?xml version="1.0" encoding="zlib"?><worksheet/>'}),
        "damaged",
    ),
    "slip": lambda pick: (workbook(**{"..__..__etc__passwd": "x", "__abs": "y"}), ""),
    "macro": lambda pick: (workbook(**{"xl__vbaProject.bin": b"\0" * 100, "xl__externalLinks__externalLink1.xml": "<x/>"}), ""),
    "many_parts": lambda pick: (zipped({f"p{n}": b"" for n in range(10_050)}), "too_many_parts"),
    "word": lambda pick: (zipped({"[Content_Types].xml": "<x/>", "word/document.xml": "<x/>"}), "not_a_workbook"),
    "zip": lambda pick: (zipped({"a.txt": "hello"}), "not_a_workbook"),
    "xlsb": lambda pick: (zipped({"[Content_Types].xml": "<x/>", "xl/workbook.bin": b"\0"}), "unsupported"),
    "ods": lambda pick: (zipped({"mimetype": "x", "content.xml": "<x/>"}), "unsupported"),
    "empty_zip": lambda pick: (zipped({}), "damaged"),
}


# Others


def xls_file(pick: random.Random) -> BadFile:
    kind = pick.choice(["whole", "flip", "flip", "cut", "garbage", "encrypted", "word"])
    name = pick.choice(["a.xls", "a.xlsx"])
    if kind == "whole":
        return BadFile(name, SMALL_XLS, frozenset())
    if kind == "flip":
        return BadFile(name, OLE + _flipped(pick, SMALL_XLS[8:]), None)
    if kind == "cut":
        return BadFile(name, SMALL_XLS[: pick.randrange(9, len(SMALL_XLS))], None)
    if kind == "garbage":
        return BadFile(
            name,
            OLE + pick.randbytes(500) + "Workbook".encode("utf-16-le") + pick.randbytes(3000),
            frozenset({"damaged", "too_big"}),
        )
    inside = "EncryptedPackage" if kind == "encrypted" else "WordDocument"
    code = "encrypted" if kind == "encrypted" else "not_a_workbook"
    return BadFile(name, OLE + b"\0" * 504 + inside.encode("utf-16-le") + b"\0" * 512, frozenset({code}))


def foreign_file(pick: random.Random) -> BadFile:
    html = "<html><table><tr><td>名称</td></tr></table></html>"
    contents, codes = pick.choice(
        [
            (b"", "empty"),
            (b" \n\r\n ", "no_rows"),
            (codecs.BOM_UTF8, "no_rows"),
            (codecs.BOM_UTF16_LE, "no_rows"),
            (b"%PDF-1.7 " + pick.randbytes(500), "unsupported"),
            (b"\x89PNG\r\n\x1a\n" + pick.randbytes(500), "unsupported"),
            (html.encode("gbk"), "web_page"),
            (b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook/>', "web_page"),
            (b"\x09\x08\x10\x00" + pick.randbytes(100), "unsupported"),
            (b"\0" * pick.randint(1, 5000), "not_text no_rows"),
            (pick.randbytes(pick.randint(1, 5000)), None),
            (b"PK\x03\x04" + pick.randbytes(500), "damaged"),
        ]
    )
    return BadFile(pick.choice(["a.xlsx", "a.xls", "a.csv"]), contents, None if codes is None else frozenset(codes.split()))


# Address books


def card_file(pick: random.Random) -> BadFile:
    lines = ["BEGIN:VCARD", "VERSION:3.0", "N:李;四;;;", "FN:李四", "TEL;TYPE=CELL:13900139000", "ORG:甲;乙", "BDAY:2023-02-31", "garbage", " folded",
             "NOTE;ENCODING=QUOTED-PRINTABLE:=E5=BC=A", "PHOTO;ENCODING=b:####", "ADR:;;;;;;", "TEL;=;:1", 'EMAIL;TYPE="a:b', "END:VCARD", "END:X"]
    made = ["BEGIN:VCARD"] + [pick.choice(lines) for _ in range(pick.randint(0, 60))]
    contents = pick.choice(["\n", "\r\n", "\r"]).join(made).encode(pick.choice(["utf-8", "gb18030"]))
    return BadFile("a.vcf", _flipped(pick, contents) if pick.random() < 0.4 else contents, None)
