"""Pipelines with their stages and playbooks; opportunities with what is sold and who decides; competitors and what they do in them;
quotations version by version."""

from __future__ import annotations

from .competitor import Competitor, CompetitorPrice, CompetitorProduct, CompetitorQuote, OpportunityCompetitor
from .given import GivenDocument
from .letterhead import Letterhead
from .opportunity import Opportunity, OpportunityContact, OpportunityLine
from .pipeline import Pipeline, Stage
from .playbook import Finding, Playbook
from .quotation import Quotation, QuotationLine

__all__ = [
    "Competitor", "CompetitorPrice", "CompetitorProduct", "CompetitorQuote", "Finding", "GivenDocument", "Letterhead",
    "Opportunity", "OpportunityCompetitor",
    "OpportunityContact", "OpportunityLine", "Pipeline", "Playbook", "Quotation", "QuotationLine", "Stage",
]
