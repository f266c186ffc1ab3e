"""Everything that changes pipelines and opportunities; importing the package declares it."""

from __future__ import annotations

from . import closing, competing, converting, following, lines, moving, pipelines, preparing

__all__ = ["closing", "competing", "converting", "following", "lines", "moving", "pipelines", "preparing"]
