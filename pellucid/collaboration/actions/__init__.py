"""Everything that changes tasks and next steps; importing the package declares it."""

from __future__ import annotations

from . import about, next_steps, tasks

__all__ = ["about", "next_steps", "tasks"]
