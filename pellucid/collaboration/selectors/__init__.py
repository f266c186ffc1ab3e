"""Questions about tasks and documents."""

from __future__ import annotations

from .tasks import about, due

__all__ = ["about", "due"]
