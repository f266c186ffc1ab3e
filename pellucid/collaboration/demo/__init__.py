"""The demo company works together: tasks and what became of them, a knowledge base that has grown for years, what is learnt from it, and what
people think."""

from __future__ import annotations

from . import documents, given, learning, tasks

__all__ = ["documents", "given", "learning", "tasks"]
