"""Pipelines with their stages; opportunities with what is sold and who decides."""

from __future__ import annotations

from .opportunity import Opportunity, OpportunityContact, OpportunityLine
from .pipeline import Pipeline, Stage

__all__ = ["Opportunity", "OpportunityContact", "OpportunityLine", "Pipeline", "Stage"]
