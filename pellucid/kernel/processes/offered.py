"""Processes to start from: JSON files that areas keep beside what they are about, `<area>/processes/<key>.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps

from pellucid.kernel.records.translated import say
from pellucid.kernel.resources.declare import registry


@dataclass(frozen=True, slots=True)
class Template:
    """A definition to start from."""

    key: str
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return say(self.body["name"])


@cache
def templates() -> dict[str, Template]:
    """Every template whose record the product has, by its key, in the order of the areas."""
    folders = [Path(app.path) / "processes" for app in apps.get_app_configs() if app.name.startswith("pellucid.")]
    found = [json.loads(file.read_text(encoding="utf-8")) for folder in folders if folder.is_dir() for file in sorted(folder.glob("*.json"))]
    return {body["key"]: Template(body["key"], body) for body in found if body["subject"] in registry}
