"""What is done to people and units."""

from __future__ import annotations

from . import absences, calendars, leaving, own, staff, transfers, units  # noqa: F401  declare themselves
