"""What the short commands of `pellucid` do."""

from __future__ import annotations
