"""Two gears with one code: quick counts in CI, full counts in `make proof`."""

from __future__ import annotations

import os

PROOF = os.environ.get("PELLUCID_PROOF") == "1"


def count(quick: int, full: int) -> int:
    """How many examples to try in this run."""
    return full if PROOF else quick
