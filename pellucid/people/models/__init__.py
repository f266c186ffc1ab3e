"""Employees, their absences, and who stands in for them."""

from __future__ import annotations

from .absence import Absence, AbsenceCover
from .staff import Staff

__all__ = ["Absence", "AbsenceCover", "Staff"]
