"""Pipelines with their stages; opportunities with what is sold and who decides; competitors and what they do in them."""

from __future__ import annotations

from .competitor import Competitor, CompetitorPrice, CompetitorProduct, CompetitorQuote, OpportunityCompetitor
from .opportunity import Opportunity, OpportunityContact, OpportunityLine
from .pipeline import Pipeline, Stage

__all__ = ["Competitor", "CompetitorPrice", "CompetitorProduct", "CompetitorQuote", "Opportunity", "OpportunityCompetitor", "OpportunityContact",
           "OpportunityLine", "Pipeline", "Stage"]
