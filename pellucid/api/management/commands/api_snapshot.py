"""`api_snapshot`: write the description of the API to docs/openapi.json, where a change of the contract shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from pellucid.api.schema import document

SNAPSHOT = Path(__file__).resolve().parents[4] / "docs" / "openapi.json"


def text() -> str:
    """The document as it is committed."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"


class Command(BaseCommand):
    """Write the snapshot."""

    help = "Write the description of the API to docs/openapi.json"

    def handle(self, *args: Any, **options: Any) -> None:
        SNAPSHOT.write_text(text(), encoding="utf-8")
        self.stdout.write(f"wrote {SNAPSHOT.name}")
