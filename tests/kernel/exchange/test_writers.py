"""Tables we hand out: typed, safe from formulas, any length."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from pellucid.kernel.exchange import readers, writers
from pellucid.kernel.exchange.writers import Column, CsvFile, Workbook

COLUMNS = [
    Column("名称"), Column("金额", "money"), Column("数量", "integer"), Column("比例", "percent"), Column("日期", "date"),
    Column("时间", "datetime"), Column("有效", "bool"), Column("编号"),
]  # fmt: skip
NIGHT = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
ROW = ["苏州 <恒砺> & Co", Decimal("-1286.40"), 7, Decimal("0.125"), date(2026, 11, 23), NIGHT, True, "=1+1"]
HOSTILE = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1", "＋1", "－1", "＠x", "=cmd|' /C calc'!A0"]


def written(kind, columns, rows, **options) -> bytes:
    buffer = io.BytesIO()
    with writers.open_table(kind, buffer, columns, zone=ZoneInfo("Asia/Shanghai"), **options) as table:
        for row in rows:
            table.row(row)
        assert table.rows == len(rows)
    return buffer.getvalue()


def test_a_workbook_has_typed_cells():
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx", COLUMNS, [ROW, [None] * 8, ROW], title="客户/名单"))).active
    assert sheet.title == "客户名单" and sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == [column.label for column in COLUMNS]
    given = sheet[2]
    assert [cell.value for cell in given] == [
        "苏州 <恒砺> & Co", -1286.4, 7, 0.125, datetime(2026, 11, 23), datetime(2026, 11, 24, 1, 30), "是", "=1+1",
    ]  # fmt: skip
    assert [cell.number_format for cell in given[1:6]] == ["#,##0.00", "#,##0", "0.0#%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
    assert given[7].data_type == "s" and given[7].quotePrefix
    assert all(cell.value is None for cell in sheet[3])


def test_a_csv_is_what_excel_opens():
    text = written("csv", COLUMNS, [ROW, [None] * 8]).decode("utf-8-sig")
    assert text.splitlines() == [
        "名称,金额,数量,比例,日期,时间,有效,编号",
        "苏州 <恒砺> & Co,-1286.40,7,0.125,2026-11-23,2026-11-24 01:30,是,'=1+1",
        ",,,,,,,",
    ]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_text_that_looks_like_a_formula_stays_text_and_comes_back(kind):
    contents = written(kind, [Column("=head"), Column("b")], [[value, "x"] for value in HOSTILE])
    assert b"<f>" not in (zipfile.ZipFile(io.BytesIO(contents)).read("xl/worksheets/sheet1.xml") if kind == "xlsx" else contents)
    if kind == "csv":
        assert not any(
            line.lstrip('"').startswith(tuple("=+-@\t\r＝＋－＠")) for line in contents.decode("utf-8-sig").split("\n")
        )
    book = readers.inspect(io.BytesIO(contents), header_row=1)
    assert book.columns[0].name == "=head"
    assert [row.cells[0] for row in book.preview] == [value.strip() for value in HOSTILE]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_hostile_text_cannot_break_the_file(kind):
    texts = [
        "<r>&bad</r>",
        "</t></is></c>",
        "]]>",
        "\x00\x01\x1f",
        "\ud800",
        "a\nb",
        "长" * 40_000,
        "_x0041_",
        "￾",
        '"',
        ",",
        "🏭",
    ]
    contents = written(kind, [Column("a"), Column("b")], [[text, "x"] for text in texts])
    rows = list(readers.rows(io.BytesIO(contents), readers.inspect(io.BytesIO(contents), header_row=1).reading))
    assert [row.cells[1] for row in rows] == ["x"] * len(texts)
    assert rows[0].cells[0] == "<r>&bad</r>" and rows[2].cells[0] == "]]>" and rows[11].cells[0] == "🏭"
    assert rows[7].cells[0] == "_x0041_"
    assert rows[5].cells[0] == "a\nb" and rows[6].cells[0].startswith("长长")


def test_numbers_too_long_for_excel_go_as_text():
    rows = [[10**15, Decimal("123456789012345678.90")], [1.5, Decimal("0.10")]]
    sheet = openpyxl.load_workbook(io.BytesIO(written("xlsx", [Column("a", "integer"), Column("b", "money")], rows))).active
    assert [cell.value for cell in sheet[2]] == ["1000000000000000", "123456789012345678.90"]
    assert [cell.value for cell in sheet[3]] == [1.5, 0.1]


def test_days_before_excel_go_as_text():
    contents = written("xlsx", [Column("日期", "date"), Column("b")], [[date(1899, 1, 1), "x"], [date(1900, 3, 1), "y"]])
    sheet = openpyxl.load_workbook(io.BytesIO(contents)).active
    assert [sheet["A2"].value, sheet["A3"].value] == ["1899-01-01", datetime(1900, 3, 1)]


def test_the_next_sheet_follows_when_one_is_full(monkeypatch):
    monkeypatch.setattr(writers, "ROWS_PER_SHEET", 3)
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", [Column("a")], [[str(n)] for n in range(7)], title="客户")))
    assert [[row[0].value for row in sheet.rows] for sheet in book] == [["a", "0", "1", "2"], ["a", "3", "4", "5"], ["a", "6"]]
    assert book.sheetnames == ["客户", "客户 2", "客户 3"]


def test_a_row_of_another_length_is_an_error(tmp_path):
    for table in (Workbook(str(tmp_path / "a.xlsx"), COLUMNS), CsvFile(str(tmp_path / "a.csv"), COLUMNS)):
        with table, pytest.raises(ValueError):
            table.row(["x"])


def test_five_thousand_rows_take_well_under_a_second():
    row = ["苏州恒砺精密制造有限公司", Decimal("128600.50"), 12, Decimal("0.1"), date(2026, 11, 23), NIGHT, True, "备注文字"]
    began = time.process_time()
    written("xlsx", COLUMNS, [row] * 5000)
    assert time.process_time() - began < 2  # 0.2 on a quiet machine
