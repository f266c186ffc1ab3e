"""Pellucid: an enterprise CRM through which the business can be seen."""

from __future__ import annotations

__version__ = "0.1.0"
