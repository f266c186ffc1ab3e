"""What the kernel itself does by the clock."""
from __future__ import annotations

from . import housekeeping, nightly, purge, retention, scores

__all__ = ["housekeeping", "nightly", "purge", "retention", "scores"]
