"""What the program shows of customers, their people, leads and pools; importing the package declares it."""

from __future__ import annotations

from .customers import ContactResource, CustomerResource, FollowUpResource
from .leads import LeadResource
from .schemes import SchemeResource

__all__ = ["ContactResource", "CustomerResource", "FollowUpResource", "LeadResource", "SchemeResource"]
