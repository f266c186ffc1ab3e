"""Everything that changes products; importing the package declares it."""

from __future__ import annotations

from . import keeping, preparing

__all__ = ["keeping", "preparing"]
