"""Everything that changes pipelines and opportunities; importing the package declares it."""

from __future__ import annotations

from . import (
           advising,
           closing,
           competing,
           converting,
           following,
           giving,
           lines,
           moving,
           offering,
           pipelines,
           playbooks,
           preparing,
           quoting,
           telling,
)

__all__ = ["advising", "closing", "competing", "converting", "following", "giving", "lines", "moving",
           "offering", "pipelines", "playbooks", "preparing", "quoting", "telling"]  # fmt: skip
