"""What keeps rules that set each other off from going on for ever. Pure: it is asked with what the rows say."""

from __future__ import annotations

from collections.abc import Collection

DEPTH = 5  # rules that may follow from each other
SPENT = 50  # runs from one first event


def link(rule: int, resource: str, record: int) -> str:
    """What a run adds to the chain of the events it leads to."""
    return f"{rule}:{resource}:{record}"


def why_not(own: str, chain: Collection[str], *, acted: bool, spent: int) -> str:
    """Why a rule must not act on a record: it has `acted` there already because of the same first event, too many rules led here, or too
    much was `spent` on that event; "" if it may."""
    if acted or own in chain:
        return "loop"
    if len(chain) >= DEPTH:
        return "deep"
    return "spent" if spent >= SPENT else ""
