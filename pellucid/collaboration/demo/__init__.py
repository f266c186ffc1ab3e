"""The demo company works together: tasks, what became of them, and a knowledge base that has grown for years."""

from __future__ import annotations

from . import given, tasks

__all__ = ["given", "tasks"]
