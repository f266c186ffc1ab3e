"""The company record, its people, what was said; leads, and the pools they wait in."""
from __future__ import annotations

from .apart import KeptApart
from .contact import Contact
from .customer import Customer, CustomerClass
from .follow_up import FollowUp
from .lead import AllocationRule, Lead, LeadFollowUp, ScoreRule
from .pool import CustomerRecall, LeadRecall, Pool, PoolMove, PoolQuota
from .scheme import ClassFall, ClassRise, Scheme
from .web_form import ConsentText, WebForm

__all__ = [
    "AllocationRule", "ClassFall", "ClassRise", "ConsentText", "Contact", "Customer", "CustomerClass", "CustomerRecall", "FollowUp",
    "KeptApart", "Lead", "LeadFollowUp", "LeadRecall", "Pool", "PoolMove", "PoolQuota", "Scheme", "ScoreRule", "WebForm",
]
