"""Workbooks of the old kind (.xls): their parser builds the whole grid, so it works in a child process that it may take down."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec

from .sheetbook import Row, Sheet, Unreadable

_SCRIPT = Path(__file__).with_name("xls_child.py")
_MAX_FRAME = 1 << 28


class Opened:
    """A running child: what the workbook has, and its rows."""

    def __init__(self, process: subprocess.Popen[bytes], first: dict[str, Any]) -> None:
        self._process = process
        self.sheets = tuple(Sheet(name, visible) for name, visible in first["sheets"])
        self.sheet: str = first["sheet"]
        self.rows_about: int = first["height"]

    def rows(self) -> Iterator[Row]:
        """The rows that hold anything, as the child sends them."""
        while chunk := _frame(self._process):
            for number, cells in chunk:
                yield Row(number, cells)


@contextmanager
def opened(path: str | os.PathLike[str], sheet: str = "") -> Iterator[Opened]:
    """Opens one sheet (the first that holds something); the child ends with the block, read to the end or not."""
    arguments = [sys.executable, "-I", str(_SCRIPT), os.fspath(path), sheet]
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield Opened(process, _frame(process, sheet))
    finally:
        process.kill()
        assert process.stdout is not None
        process.stdout.close()
        process.wait()


def _ext(code: int, data: memoryview) -> date | datetime:
    text = bytes(data).decode()
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


_decoder = msgspec.msgpack.Decoder(ext_hook=_ext)


def _frame(process: subprocess.Popen[bytes], wanted: str = "") -> Any:
    assert process.stdout is not None
    length = process.stdout.read(4)
    size = struct.unpack("<I", length)[0] if len(length) == 4 else _MAX_FRAME + 1
    body = process.stdout.read(size) if size <= _MAX_FRAME else b""
    if len(body) != size:
        raise Unreadable(_why(process.wait()))
    frame = _decoder.decode(body)
    if isinstance(frame, dict) and "error" in frame:
        raise Unreadable(frame["error"], sheet=wanted)
    return frame


def _why(status: int) -> str:
    """What a child that ended without a word died of."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return "too_slow"
    return "too_big" if status == -signal.SIGABRT else "damaged"
