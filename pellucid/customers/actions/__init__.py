"""Everything that changes customers, contacts and follow-ups; importing the package declares it."""

from __future__ import annotations

from . import classes, follow_ups, merging, preparing

__all__ = ["classes", "follow_ups", "merging", "preparing"]
