"""Rules with their versions and runs; endpoints with their secrets and messages."""

from __future__ import annotations

from .hooks import Endpoint, EndpointSecret, Message
from .rules import KEY, MOMENT, Rule, RuleRun, RuleVersion

__all__ = ["KEY", "MOMENT", "Endpoint", "EndpointSecret", "Message", "Rule", "RuleRun", "RuleVersion"]
