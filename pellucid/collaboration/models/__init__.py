"""Working together: tasks about any record, plans whose steps become tasks, and documents that are used again."""

from __future__ import annotations

from .document import Document, DocumentLink, DocumentVersion
from .plan import Plan, PlanRun, PlanStep
from .task import Lateness, Task

__all__ = ["Document", "DocumentLink", "DocumentVersion", "Lateness", "Plan", "PlanRun", "PlanStep", "Task"]
