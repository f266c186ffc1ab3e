"""Everything that changes customers, contacts and follow-ups; importing the package declares it."""

from __future__ import annotations

from . import allocating, apart, classes, follow_ups, leads, merging, pools, preparing, schemes, scores, sharing, web_forms

__all__ = ["allocating", "apart", "classes", "follow_ups", "leads", "merging", "pools", "preparing", "schemes", "scores", "sharing",
           "web_forms"]
