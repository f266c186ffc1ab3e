"""Rules with their versions and runs; endpoints with their secrets and messages."""

from __future__ import annotations

from .hooks import Endpoint, EndpointSecret, Message
from .rules import KEY, Rule, RuleRun, RuleVersion

__all__ = ["KEY", "Endpoint", "EndpointSecret", "Message", "Rule", "RuleRun", "RuleVersion"]
