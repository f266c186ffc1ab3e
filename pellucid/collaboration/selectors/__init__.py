"""Questions about tasks, plans and documents."""

from __future__ import annotations

from .tasks import about, done_about, done_by_others, due, given, late_counts, late_with, tasks_of, to_check, work_on

__all__ = ["about", "done_about", "done_by_others", "due", "given", "late_counts", "late_with", "tasks_of", "to_check", "work_on"]
