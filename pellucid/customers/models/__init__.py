"""The company record, its people, and what was said."""
from __future__ import annotations

from .contact import Contact
from .customer import Customer, CustomerClass
from .follow_up import FollowUp

__all__ = ["Contact", "Customer", "CustomerClass", "FollowUp"]
