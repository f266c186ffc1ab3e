"""Papers: a PDF out of an area's template and data. The data goes in as JSON, so that what somebody typed is text and never markup."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from PIL import Image, UnidentifiedImageError

FONTS = Path(__file__).parent / "data" / "fonts"
LOGO = (1200, 400)  # pixels a picture is made to fit


@cache
def fonts() -> typst.Fonts:
    """The fonts of the package, and no others: a paper looks the same on every machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


def paper(template: Path, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The PDF. The template reads data.json beside it, and pictures by their names; it reaches no other file."""
    with tempfile.TemporaryDirectory(prefix="pellucid-paper-") as folder:
        place = Path(folder)
        (place / "main.typ").write_bytes(template.read_bytes())
        (place / "data.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        for name, content in (pictures or {}).items():
            (place / name).write_bytes(content)
        made = typst.compile(str(place / "main.typ"), root=folder, font_paths=fonts(), format="pdf")
    return bytes(made)  # type: ignore[arg-type]


def picture(content: bytes) -> bytes | None:
    """A picture as a small PNG without hidden facts; None when it cannot be read."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.thumbnail(LOGO)
            out = io.BytesIO()
            image.convert("RGBA").save(out, "PNG")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    return out.getvalue()
