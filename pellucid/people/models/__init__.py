"""Employees, their absences and who stands in, and what goes to others for good."""

from __future__ import annotations

from .absence import Absence, AbsenceCover
from .staff import Staff
from .transfer import Handover, Moved, Transfer, TransferLine

__all__ = ["Absence", "AbsenceCover", "Handover", "Moved", "Staff", "Transfer", "TransferLine"]
