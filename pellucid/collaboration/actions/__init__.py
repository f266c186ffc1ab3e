"""Everything that changes tasks, next steps and documents; importing the package declares it."""

from __future__ import annotations

from . import about, documents, erasing, lateness, learning, linking, next_steps, opinions, plans, promises, reminding, tasks

__all__ = ["about", "documents", "erasing", "lateness", "learning", "linking", "next_steps", "opinions", "plans", "promises", "reminding", "tasks"]
