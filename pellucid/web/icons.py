"""Addresses of the built files, and icons from the one sprite among them."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings
from markupsafe import Markup

MANIFEST = Path(__file__).parent / "static" / "dist" / "manifest.json"


@cache
def built_names() -> dict[str, str]:
    """Plain name -> name with a hash of the content (`pellucid.css` -> `pellucid.1f2e3d4c.css`)."""
    names: dict[str, str] = json.loads(MANIFEST.read_text())
    return names


def static(name: str) -> str:
    """The address of a built file, or of any other static file by its path."""
    built = built_names().get(name)
    return f"{settings.STATIC_URL}dist/{built}" if built else f"{settings.STATIC_URL}{name}"


@lru_cache(maxsize=1024)
def ic(name: str, cls: str = "") -> Markup:
    """A decorative icon; the words beside it, or an aria-label around it, say what it means."""
    classes = f"i {cls}" if cls else "i"
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(classes, static("icons.svg"), name)
