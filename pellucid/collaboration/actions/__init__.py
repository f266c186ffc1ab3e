"""Everything that changes tasks, next steps and documents; importing the package declares it."""

from __future__ import annotations

from . import about, documents, linking, next_steps, tasks

__all__ = ["about", "documents", "linking", "next_steps", "tasks"]
