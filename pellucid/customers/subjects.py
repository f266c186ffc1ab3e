"""What a talk with a customer may have been about, as areas above know it: what a follow-up can be written on besides the customer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pellucid.kernel.access.actor import Actor

from .models import Customer


@dataclass(frozen=True, slots=True)
class Subject:
    """Something of a customer's: what it is called, and the action that writes on it."""

    key: str
    record_id: int
    label: str
    run: str


By = Callable[[Customer, Actor], list[Subject]]
_known: list[By] = []


def offers(by: By) -> By:
    """Let an area name what of a customer's one may write on."""
    _known.append(by)
    return by


def of(customer: Customer, actor: Actor) -> list[dict[str, Any]]:
    """The choices of the composer. Where there is one only, it is taken to be about that."""
    found = [subject for by in _known for subject in by(customer, actor)]
    return [{"value": f"{s.key}:{s.record_id}", "label": s.label, "run": s.run, "on": s.record_id, "selected": len(found) == 1} for s in found]
