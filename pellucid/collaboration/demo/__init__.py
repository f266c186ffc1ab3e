"""The demo company works together: tasks, and a knowledge base that has grown for years."""

from __future__ import annotations

from . import tasks

__all__ = ["tasks"]
