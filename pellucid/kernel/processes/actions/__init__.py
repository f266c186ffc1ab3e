"""What people do with processes: decide, hand on, withdraw, settle what stopped; and publish, switch on and off."""

from __future__ import annotations

from . import asking, deciding, drafting, publishing, requesting

__all__ = ["asking", "deciding", "drafting", "publishing", "requesting"]
