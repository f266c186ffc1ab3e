"""Tables of users: encodings, delimiters, headers, numbers, dates, and the choices a user may override."""

from __future__ import annotations

import io
import random
from datetime import date, datetime

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from pellucid.kernel.exchange import readers
from pellucid.kernel.exchange.readers import Unreadable, cells
from tests import counts

from .badfiles import SMALL_XLS, sheet_rows, workbook

SIMPLIFIED = '客户名称,联系电话,地址\n苏州恒砺精密制造有限公司,13800138000,"江苏省, 苏州市"\n'
TRADITIONAL = "客戶名稱,聯絡電話,地址\n蘇州恆礪精密製造,13800138000,江蘇省\n"


def table(contents: bytes | str, name: str = "a.csv", **choices):
    """The header, the rows and the book of a file in memory."""
    file = io.BytesIO(contents.encode() if isinstance(contents, str) else contents)
    book = readers.inspect(file, name, **choices)
    return [column.name for column in book.columns], [row.cells for row in readers.rows(file, book.reading)], book


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_found(encoding, found):
    header, rows, book = table(SIMPLIFIED.encode(encoding))
    assert book.encoding == found == book.encodings[0].name
    assert header == ["客户名称", "联系电话", "地址"]
    assert rows == [["苏州恒砺精密制造有限公司", "13800138000", "江苏省, 苏州市"]]
    assert not book.warnings


def test_big5_and_latin_are_found_and_alternatives_offered():
    header, _, book = table(TRADITIONAL.encode("big5"))
    assert (header[0], book.encoding) == ("客戶名稱", "big5")
    assert "gb18030" in {encoding.name for encoding in book.encodings[1:]} or len(book.encodings) > 1
    header, rows, book = table("Name;Ort\nMüller;Zürich\n".encode("latin-1"))
    assert (rows, book.encoding) == ([["Müller", "Zürich"]], "cp1252")
    assert {"gb18030", "cp1252"} <= {encoding.name for encoding in book.encodings}


def test_the_user_may_overrule_every_guess():
    contents = SIMPLIFIED.encode("gbk")
    header, _, book = table(contents, encoding="big5")
    assert book.encoding == "big5" and header[0] != "客户名称"
    assert table(contents, encoding="GBK")[0][0] == "客户名称"
    header, rows, _ = table("a;b,c\n1;2,3\n", delimiter=";")
    assert (header, rows) == (["a", "b,c"], [["1", "2,3"]])
    header, rows, book = table("x,y\n名称,电话\n苏州,1\n", header_row=2)
    assert (header, rows) == (["名称", "电话"], [["苏州", "1"]])
    header, rows, book = table("苏州,1\n上海,2\n", header_row=0)
    assert (header, len(rows)) == (["A", "B"], 2)
    with pytest.raises(Unreadable) as refused:
        table(contents, encoding="rot13")
    assert refused.value.code == "unknown_encoding"


def test_guesses_hold_for_random_tables():
    pick = random.Random(7)
    words = ["苏州", "恒砺", "精密", "机械", "有限公司", "科技", "王晓明", "经理", "13800138000", "江苏省", "下周联系", "报价"]
    for _ in range(counts.count(150, 3000)):
        encoding, delimiter = pick.choice(["utf-8", "gbk", "gb18030", "utf-16-le", "utf-16-be"]), pick.choice(",;\t|")
        lines = [[pick.choice(words) for _ in range(4)] for _ in range(pick.randint(3, 12))]
        text = "名称x" + "\r\n".join(delimiter.join(line) for line in lines)
        _, rows, book = table(text.encode(encoding), header_row=0)
        assert (book.encoding, book.delimiter) == ("gb18030" if encoding == "gbk" else encoding, delimiter)
        assert [row[1:] for row in rows] == [line[1:] for line in lines]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    lines = [
        ["名称", "金额", "备注"],
        ["苏州", "1,286.4" if delimiter != "," else "1286.4", "a"],
        ["上海", "5", "b|c" if delimiter != "|" else "b"],
    ]
    assert table("\n".join(delimiter.join(line) for line in lines))[2].delimiter == delimiter


def test_a_line_that_names_the_delimiter_is_believed():
    header, rows, _ = table("sep=;\n名称;a,b,c\n苏州;1,2,3\n")
    assert (header, rows) == (["名称", "a,b,c"], [["苏州", "1,2,3"]])


def test_titles_blank_lines_and_doubled_headers():
    header, rows, book = table("客户资料表,,\n\n名称,电话,电话,,名称\n苏州,1,2,,3\n\n,,\n上海,4\n")
    assert header == ["名称", "电话", "电话 (2)", "D", "名称 (2)"]
    assert book.header_row == 3
    assert rows == [["苏州", "1", "2", None, "3"], ["上海", "4", None, None, None]]
    assert {(warned.code, warned.column) for warned in book.warnings} == {
        ("duplicate_header", "电话"),
        ("duplicate_header", "名称"),
    }


def test_row_numbers_are_those_of_excel():
    file = io.BytesIO('名称,备注\n"a\nb",1\n\n苏州,2\n'.encode())
    assert [row.number for row in readers.rows(file, readers.inspect(file).reading)] == [2, 4]


def test_a_table_without_header_keeps_its_first_row():
    header, rows, book = table("1,2026-11-23,5\n2,2026-11-24,6\n")
    assert (header, book.header_row, len(rows)) == (["A", "B", "C"], 0, 2)


def test_nul_quotes_and_long_cells():
    assert table("名称,电话\n苏\0州,1\n")[1] == [["苏州", "1"]]
    for text, code in (
        ('a,b\n1,2\n3,"4\n5,6\n', "open_quote"),
        (f"a,b\n1,{'长' * 140_000}\n", "cell_too_long"),
        ("a" + ",b" * 500, "too_many_columns"),
    ):
        with pytest.raises(Unreadable) as refused:
            table(text)
        assert refused.value.code == code
    assert len(table("a" + ",b" * 499)[0]) == 500


def test_bytes_that_do_not_fit_are_shown_and_warned_of():
    _, rows, book = table("名称,电话\n苏州恒砺,1\n".encode() + b"\xff\xfe,2\n", encoding="utf-8")
    assert "�" in rows[1][0] and book.warnings[0].code == "unreadable_bytes"


def test_numbers_that_excel_has_cut_are_warned_of():
    _, rows, book = table("名称,电话,证号\n苏州,1.38E+10,110101199003070000\n")
    assert rows == [["苏州", "1.38E+10", "110101199003070000"]]
    assert [(warned.code, warned.column) for warned in book.warnings] == [("scientific", "电话"), ("lost_digits", "证号")]


def test_guarded_formulas_come_back_as_they_were():
    assert table("a,b\n'=1+1,'abc\n")[1] == [["=1+1", "'abc"]]


def excel(fill, **options) -> io.BytesIO:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, options)
    fill(book)
    book.close()
    return buffer


@pytest.mark.parametrize("date_1904", [False, True])
def test_cells_of_a_workbook(date_1904):
    def fill(book):
        sheet = book.add_worksheet("客户")
        sheet.write_row(0, 0, ["名称", "电话", "比例", "成立", "时间", "钟点", "时长", "公式", "是否", "证号"])
        formats = ["", "", "0.0%", "yyyy-mm-dd", "yyyy/m/d h:mm", "h:mm", "[h]:mm", "", "", ""]
        at = datetime(2026, 11, 23, 14, 30)
        values = ["苏州 & <恒砺>", 1.3e10, 0.1 + 0.2, datetime(2026, 11, 23), at, 0.5, 1.5, None, True, 110101199003071234]
        for column, (value, form) in enumerate(zip(values, formats, strict=True)):
            style = book.add_format({"num_format": form}) if form else None
            if isinstance(value, datetime):
                sheet.write_datetime(1, column, value, style)
            elif value is not None:
                sheet.write(1, column, value, style)
        sheet.write_formula(1, 7, "=A1&B1", None, "结果")
        book.add_worksheet("空")

    _, rows, book = table(excel(fill, date_1904=date_1904).getvalue(), "a.xlsx")
    assert rows == [
        [
            "苏州 & <恒砺>",
            "13000000000",
            "0.3",
            date(2026, 11, 23),
            datetime(2026, 11, 23, 14, 30),
            "12:00",
            "36:00:00",
            "结果",
            True,
            "110101199003071000",
        ]
    ]
    assert [sheet.name for sheet in book.sheets] == ["客户", "空"]


def test_our_reader_agrees_with_another_on_random_workbooks():
    pick = random.Random(11)
    values = [
        "苏州",
        "a&b<c>",
        "  x ",
        "行\n二",
        1,
        -7,
        0,
        13800138000,
        1e20,
        0.1,
        1 / 3,
        123456.789,
        True,
        False,
        None,
        datetime(2024, 2, 29),
        "_x0041_",
        "=1",
    ]
    for _ in range(counts.count(25, 500)):
        grid = [[pick.choice(values) for _ in range(pick.randint(1, 9))] for _ in range(pick.randint(1, 12))]

        def fill(book, grid=grid, pick=pick):
            sheet, day = book.add_worksheet("s"), book.add_format({"num_format": "yyyy-mm-dd"})
            for row, line in enumerate(grid, start=pick.randint(0, 3)):
                for column, value in enumerate(line):
                    if isinstance(value, datetime):
                        sheet.write_datetime(row, column, value, day)
                    elif isinstance(value, str):
                        sheet.write_string(row, column, value)
                    elif value is not None:
                        sheet.write(row, column, value)

        buffer = excel(fill, constant_memory=pick.random() < 0.5)
        theirs = []
        for line in (
            python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(buffer.getvalue())).get_sheet_by_index(0).iter_rows()
        ):
            row = [cells.stored(value) for value in line]
            if any(value is not None for value in row):
                theirs.append(row)
        if not theirs:
            continue
        _, ours, _ = table(buffer.getvalue(), "a.xlsx", header_row=0)
        width = max(map(len, theirs))
        assert [row + [None] * (width - len(row)) for row in ours] == [row + [None] * (width - len(row)) for row in theirs]


def test_workbooks_of_other_programs(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["名称", "电话", "成立"])
    book.active.append(["苏州恒砺", 13800138000, date(2026, 11, 23)])
    book.create_sheet("藏").append(["秘密"])
    book["藏"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    found = readers.inspect(tmp_path / "a.xlsx")
    assert [row.cells for row in found.preview] == [["苏州恒砺", "13800138000", date(2026, 11, 23)]]
    assert [(sheet.name, sheet.visible) for sheet in found.sheets] == [("Sheet", True), ("藏", False)]
    hidden = readers.inspect(tmp_path / "a.xlsx", sheet="藏")
    assert [warned.code for warned in hidden.warnings] == ["hidden_sheet"]
    with pytest.raises(Unreadable) as refused:
        readers.inspect(tmp_path / "a.xlsx", sheet="没有")
    assert refused.value.code == "no_sheet" and "没有" in str(refused.value)


def test_the_first_sheet_with_something_in_it_is_taken():
    contents = workbook({"空": "", "客户": sheet_rows([["名称"], ["苏州"]])})
    assert readers.inspect(io.BytesIO(contents)).reading.sheet == "客户"


def test_many_shared_texts_go_through_a_file(monkeypatch):
    from pellucid.kernel.exchange.readers import xlsx

    monkeypatch.setattr(xlsx, "STRINGS_IN_MEMORY", 2000)

    def fill(book):
        sheet = book.add_worksheet("s")
        for row in range(300):
            sheet.write_row(row, 0, [f"客户 {row}", "同一个", " "])

    _, rows, _ = table(excel(fill).getvalue(), "a.xlsx", header_row=0)
    assert rows[0] == ["客户 0", "同一个"] and rows[299] == ["客户 299", "同一个"]


def test_old_workbooks_are_read_by_a_child(tmp_path):
    header, rows, book = table(SMALL_XLS, "客户.xls")
    assert (book.kind, book.reading.sheet) == ("xls", "客户")
    assert header == ["A", "名称", "电话", "成立日期", "金额"]
    assert rows[0] == [None, "苏州恒砺精密制造有限公司", "13800138000", date(2026, 11, 23), "1286.4"]
    assert [row.number for row in book.preview] == [2, 4]
    with pytest.raises(Unreadable) as refused:
        table(SMALL_XLS, sheet="没有")
    assert refused.value.code == "no_sheet"


def test_contents_decide_and_not_the_name():
    assert table(SMALL_XLS, "客户.xlsx")[2].kind == "xls"
    assert table(SIMPLIFIED, "客户.xlsx")[2].kind == "csv"
    assert table(workbook(), "客户.csv")[2].kind == "xlsx"


def test_uploads_are_read_as_they_come():
    upload = SimpleUploadedFile("客户.csv", SIMPLIFIED.encode("gbk"))
    book = readers.inspect(upload, upload.name)
    assert [row.cells[0] for row in readers.rows(upload, book.reading)] == ["苏州恒砺精密制造有限公司"]


def test_a_file_that_changed_its_kind_is_refused():
    book = readers.inspect(io.BytesIO(workbook()))
    with pytest.raises(Unreadable):
        list(readers.rows(io.BytesIO(SIMPLIFIED.encode()), book.reading))


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        (1.3e10, "13000000000"),
        (13800138000.0, "13800138000"),
        (1e20, "100000000000000000000"),
        (0.1 + 0.2, "0.3"),
        (-2.50, "-2.5"),
        (1e-7, "0.0000001"),
        (7, "7"),
    ],
)
def test_numbers_keep_their_digits(number, digits):
    assert cells.number(number) == digits


@pytest.mark.parametrize(
    ("serial", "since_1904", "day"),
    [
        ("45000", False, date(2023, 3, 15)),
        ("1", False, date(1900, 1, 1)),
        ("59", False, date(1900, 2, 28)),
        ("60", False, None),
        ("61", False, date(1900, 3, 1)),
        ("43538", True, date(2023, 3, 15)),
        ("45000.5", False, datetime(2023, 3, 15, 12)),
        ("0", False, None),
        ("9999999", False, None),
        ("x", False, None),
    ],
)
def test_serial_days(serial, since_1904, day):
    assert cells.serial_day(serial, since_1904=since_1904) == day
