"""Working together: tasks about any record, plans whose steps become tasks, and documents that are used again."""

from __future__ import annotations

from .document import Document, DocumentLink, DocumentVersion
from .learning import DocumentRead, LearningItem, LearningPath
from .opinion import Opinion, OpinionSupport
from .plan import Plan, PlanRun, PlanStep
from .task import Lateness, Task

__all__ = ["Document", "DocumentLink", "DocumentRead", "DocumentVersion", "Lateness", "LearningItem", "LearningPath", "Opinion", "OpinionSupport",
           "Plan", "PlanRun", "PlanStep", "Task"]  # fmt: skip
