"""Whatever is given, the outcome is rows or a refusal in words."""

from __future__ import annotations

import io
import os
import time
import tracemalloc
from datetime import date
from pathlib import Path

import psutil
import pytest
from django.utils import translation

from pellucid.kernel.exchange import readers
from pellucid.kernel.exchange.readers import Unreadable
from pellucid.kernel.exchange.readers.sheetbook import REFUSALS
from tests import counts

from .badfiles import XLSX_KINDS, bad_file, workbook, zipped


def outcome(path: Path, name: str) -> str:
    """The code of the refusal, or "rows" after all of them were read and found in order."""
    try:
        book = readers.inspect(path, name)
        last = book.reading.header_row
        for row in readers.rows(path, readers.Reading.from_json(book.reading.as_json())):
            assert row.number > last, "rows come in order, once"
            last = row.number
            assert len(book.columns) <= len(row.cells) <= readers.MAX_COLUMNS or len(row.cells) == len(book.columns)
            for cell in row.cells:
                assert cell is None or isinstance(cell, (str, bool, date))
                if isinstance(cell, str):
                    assert cell.strip() and "\0" not in cell
                    cell.encode()
        assert len({column.name.casefold() for column in book.columns}) == len(book.columns) <= readers.MAX_COLUMNS
        assert all(warned.message for warned in book.warnings)
    except Unreadable as refusal:
        with translation.override("zh-hans"):
            assert "%(" not in refusal.message and any("一" <= c <= "龥" for c in refusal.message), refusal.message
        return refusal.code
    return "rows"


def test_every_file_ends_in_rows_or_a_reason(tmp_path):
    count = counts.count(300, 10_000)
    seen: dict[str, int] = {}
    slowest = 0.0
    before = psutil.Process().memory_info().rss
    for seed in range(count):
        given = bad_file(seed)
        path = tmp_path / "given"
        path.write_bytes(given.contents)
        began = time.monotonic()
        try:
            ended = outcome(path, given.name)
        except BaseException as error:
            raise AssertionError(f"seed {seed} ({given.name}): {error!r}") from error
        slowest = max(slowest, time.monotonic() - began)
        seen[ended] = seen.get(ended, 0) + 1
        if given.codes is not None:
            assert ended in (given.codes or {"rows"}), f"seed {seed} ({given.name}): {ended}, not {set(given.codes) or 'rows'}"
    assert seen["rows"] > count / 4 and len(seen) > 8, seen
    assert slowest < 30
    assert psutil.Process().memory_info().rss - before < 300 * 2**20


@pytest.mark.parametrize("kind", ["bomb", "many_parts", "laughs", "xxe", "encrypted", "strict", "wide", "cells"])
def test_dangerous_workbooks_are_refused_at_once(kind, tmp_path):
    import random

    path = tmp_path / "given.xlsx"
    if kind == "cells":
        path.write_bytes(
            workbook({"a": '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'})
        )
    else:
        path.write_bytes(XLSX_KINDS[kind](random.Random(1))[0])
    quickest = 1.0
    for _ in range(5):
        began = time.perf_counter()
        with pytest.raises(Unreadable):
            readers.inspect(path)
        quickest = min(quickest, time.perf_counter() - began)
    assert quickest < 0.05


def test_a_bomb_of_many_megabytes_is_refused_without_unpacking(tmp_path):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(
        zipped({"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>", "xl/worksheets/sheet1.xml": b"\0" * (200 << 20)})
    )
    tracemalloc.start()
    with pytest.raises(Unreadable) as refused:
        readers.inspect(path)
    assert refused.value.code == "bomb" and refused.value.details == {"size": 200}
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


def test_a_row_that_never_ends_is_refused(tmp_path):
    noise = os.urandom(1 << 20).hex()
    inside = '<row r="1"><c t="inlineStr"><is><t>' + noise * 20 + "</t></is></c></row>"
    with pytest.raises(Unreadable) as refused:
        readers.inspect(io.BytesIO(workbook({"a": inside})), "a.xlsx")
    assert refused.value.code == "damaged"


def test_every_refusal_is_said_in_both_languages():
    details = {"limit": 1, "size": 1, "kind": "x", "sheet": "x", "count": 1, "row": 1, "encoding": "x"}
    for code in REFUSALS:
        refusal = Unreadable(code, **details)
        with translation.override("en"):
            english = refusal.message
        with translation.override("zh-hans"):
            chinese = str(refusal)
        assert english.rstrip("?.”").isascii() or "“" in english
        assert chinese != english and "%" not in chinese
