"""What is done to people and units."""

from __future__ import annotations

from . import calendars, leaving, staff, units  # noqa: F401  declare themselves
