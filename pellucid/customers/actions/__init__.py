"""Everything that changes customers, contacts and follow-ups; importing the package declares it."""

from __future__ import annotations

from . import (
           allocating,
           apart,
           classes,
           clocks,
           erasing,
           follow_ups,
           leads,
           merging,
           pools,
           preparing,
           ranking,
           schemes,
           scores,
           sharing,
           web_forms,
)

__all__ = ["allocating", "apart", "classes", "clocks", "erasing", "follow_ups", "leads", "merging", "pools", "preparing", "ranking", "schemes",
           "scores", "sharing", "web_forms"]
