"""Everything that changes products; importing the package declares it."""

from __future__ import annotations

from . import preparing

__all__ = ["preparing"]
