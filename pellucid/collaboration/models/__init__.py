"""Working together: tasks about any record, and documents that are used again."""

from __future__ import annotations

from .document import Document, DocumentLink, DocumentVersion
from .task import Task

__all__ = ["Document", "DocumentLink", "DocumentVersion", "Task"]
