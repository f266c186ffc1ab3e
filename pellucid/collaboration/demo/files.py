"""Small office files from plain text, the same bytes every time: what the demo company has written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

WHEN = (2024, 1, 1, 0, 0, 0)
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def packed(parts: Iterable[tuple[str, str]]) -> bytes:
    """Parts of an office file, packed without the hour of the day."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts:
            archive.writestr(zipfile.ZipInfo(name, WHEN), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def frame(main: str, kind: str, more: str = "") -> list[tuple[str, str]]:
    """What every office file begins with."""
    types = (f'{HEAD}<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             f'<Default Extension="xml" ContentType="application/xml"/>'
             f'<Override PartName="/{main}" ContentType="{KIND}.{kind}.main+xml"/>{more}</Types>')  # fmt: skip
    links = f'{HEAD}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>'
    return [("[Content_Types].xml", types), ("_rels/.rels", links)]


def docx(title: str, paragraphs: Sequence[str]) -> bytes:
    """A text document; a paragraph that begins with # is a heading."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def one(text: str, size: int, bold: bool) -> str:
        look = f'<w:rPr>{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/></w:rPr>'
        return f'<w:p><w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'

    body = one(title, 36, True) + "".join(one(p.lstrip("# "), 26 if p.startswith("#") else 22, p.startswith("#")) for p in paragraphs)
    text = f"{HEAD}<w:document {space}><w:body>{body}<w:sectPr/></w:body></w:document>"
    return packed([*frame("word/document.xml", "wordprocessingml.document"), ("word/document.xml", text)])


def xlsx(sheet: str, rows: Sequence[Sequence[str | int | float]]) -> bytes:
    """A workbook with one sheet."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    part = f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.spreadsheetml.worksheet+xml"/>'

    def cell(at: int, row: int, value: str | float) -> str:
        place = f"{chr(65 + at)}{row}"
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    lines = "".join(f'<row r="{n}">{"".join(cell(at, n, v) for at, v in enumerate(row))}</row>' for n, row in enumerate(rows, 1))
    book = (f'{HEAD}<workbook xmlns="{space}" xmlns:r="{OFFICE}"><sheets><sheet name="{escape(sheet)}" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>")  # fmt: skip
    links = (f'{HEAD}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
             "</Relationships>")  # fmt: skip
    return packed([*frame("xl/workbook.xml", "spreadsheetml.sheet", part), ("xl/workbook.xml", book), ("xl/_rels/workbook.xml.rels", links),
                   ("xl/worksheets/sheet1.xml", f'{HEAD}<worksheet xmlns="{space}"><sheetData>{lines}</sheetData></worksheet>')])  # fmt: skip


LINE, MARGIN, TOP, LETTERS, LINES = 20, 56, 780, 40, 34


def pdf(title: str, paragraphs: Sequence[str]) -> bytes:
    """A PDF in the Chinese font every reader brings along."""
    lines = [(title, 18)]
    for paragraph in paragraphs:
        text, size = paragraph.lstrip("# "), 14 if paragraph.startswith("#") else 11
        lines += [(text[at : at + LETTERS], size) for at in range(0, max(len(text), 1), LETTERS)]
    pages = [lines[at : at + LINES] for at in range(0, len(lines), LINES)]
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"",
                            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [4 0 R] >>",
                            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /CIDSystemInfo"
                            b" << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> /FontDescriptor 5 0 R >>",
                            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880"
                            b" /Descent -120 /CapHeight 880 /StemV 93 >>"]  # fmt: skip
    kids = []
    for page in pages:
        drawn = "".join(f"BT /F1 {size} Tf {MARGIN} {TOP - LINE * at} Td <{text.encode('utf-16-be').hex().upper()}> Tj ET\n"
                        for at, (text, size) in enumerate(page))  # fmt: skip
        kids.append(len(objects) + 1)
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
                       f" /Contents {len(objects) + 2} 0 R >>".encode())  # fmt: skip
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream".encode())
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{k} 0 R' for k in kids)}] >>".encode()
    out, places = bytearray(b"%PDF-1.4\n"), []
    for at, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{at} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())
