"""Kinds of values; importing the package makes the kernel's kinds known."""

from __future__ import annotations

from . import chosen, plain
from .base import KINDS, BadValue, Kind, kind, parse_all, register, worded

__all__ = ["KINDS", "BadValue", "Kind", "chosen", "kind", "parse_all", "plain", "register", "worded"]
