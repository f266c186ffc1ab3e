"""For whom a document is: one unit and everything below it, or nobody but its owner and team."""

from __future__ import annotations

from pellucid.kernel.access.rights import tree

from .models import Document


def meant_for(document: Document) -> int | None:
    """The unit from which downwards a document is read."""
    if document.audience == Document.Audience.NAMED:
        return None
    if document.audience == Document.Audience.UNIT:
        return document.audience_unit_id or document.unit_id
    now, at = tree(), document.unit_id
    return (at, *now.ancestors(at))[-1]
