"""Kinds of records and steps of their lives as they are called: names for the keys under which processes and rules keep them."""

from __future__ import annotations

from pellucid.kernel.actions.declare import actions

from .declare import registry


def nouns(language: str) -> dict[str, str]:
    """Kind of record -> what it is called, in the language that is active."""
    return {key: str(resource.model._meta.verbose_name) for key, resource in registry.items()}


def moves(language: str) -> dict[str, str]:
    """Step of a life -> its names: of several kinds of records that take a step of this key, each name once."""
    out: dict[str, list[str]] = {}
    for one in actions.values():
        if one.move and (label := str(one.label)) not in out.setdefault(one.move, []):
            out[one.move].append(label)
    return {move: " / ".join(labels) for move, labels in out.items()}
