"""Processes as they are defined, as they run, and everything an instance is made of."""

from __future__ import annotations

from .defined import Process, ProcessVersion
from .instance import ProcessInstance
from .rows import Assignment, Copy, Effect, LogLine, Step, Timer, Verdict

__all__ = ["Assignment", "Copy", "Effect", "LogLine", "Process", "ProcessInstance", "ProcessVersion", "Step", "Timer", "Verdict"]
