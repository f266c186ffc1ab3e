"""Reads one sheet in a process of its own and sends its rows through the pipe.

A hostile workbook can make the parser ask for any amount of memory (two cells at opposite corners suffice), and such a failure
ends the process. So it ends this one, under its limits, and not the server. Runs as a script, without the product:
it starts in a few milliseconds. Frames are a length and msgpack: first what the workbook has, then chunks of rows.
"""

from __future__ import annotations

import contextlib
import importlib.util
import resource
import struct
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import python_calamine

MEMORY, SECONDS, CHUNK, FIRST_CHUNK = 1 << 30, 120, 2000, 200
_encoder = msgspec.msgpack.Encoder()


def _cells() -> Any:
    """The module beside this script, loaded without its package."""
    spec = importlib.util.spec_from_file_location("cells", Path(__file__).with_name("cells.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def send(frame: Any) -> None:
    body = _encoder.encode(frame)
    sys.stdout.buffer.write(struct.pack("<I", len(body)))
    sys.stdout.buffer.write(body)


def main(path: str, wanted: str) -> None:
    stored = _cells().stored
    book = python_calamine.CalamineWorkbook.from_path(path)
    sheets = [
        (sheet.name, sheet.visible == python_calamine.SheetVisibleEnum.Visible)
        for sheet in book.sheets_metadata
        if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    names = [name for name, _ in sheets]
    if wanted and wanted not in names:
        return send({"error": "no_sheet"})
    # Without a wish: the first visible sheet that has something in it.
    sheet = None
    for name in [wanted] if wanted else [*(name for name, visible in sheets if visible), *names]:
        sheet = book.get_sheet_by_name(name)
        if sheet.height:
            break
    if sheet is None:
        return send({"error": "no_rows"})
    left = [None] * (sheet.start or (0, 0))[1]
    send({"sheets": sheets, "sheet": sheet.name, "height": sheet.height})

    rows: list[list[Any]] = []
    limit = FIRST_CHUNK
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [
            msgspec.msgpack.Ext(1, cell.isoformat().encode()) if isinstance(cell, date) else cell for cell in map(stored, values)
        ]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            rows.append([number, left + cells])
            if len(rows) == limit:
                send(rows)
                rows, limit = [], CHUNK
    send(rows)
    return send([])


if __name__ == "__main__":
    for limited, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(limited, (most, most))
    try:
        main(sys.argv[1], sys.argv[2])
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        sys.stderr.close()
    except python_calamine.PasswordError:
        send({"error": "encrypted"})
    except MemoryError:
        send({"error": "too_big"})
    except Exception:
        # Whatever else the parser trips over is a damaged file.
        send({"error": "damaged"})
