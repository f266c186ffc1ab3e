"""The file a successor gets: areas say what records it is made for, and fill its slots; this area knows the words only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.records import days

from .models import Handover


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the file: ``rows(record, actor)`` as a card's rows; nothing is drawn where there are none."""

    resource: str
    key: str
    label: Any
    rows: Callable[[Any, Actor], list[dict[str, Any]]]
    needs: str = ""
    position: int = 100


slots: list[Slot] = []
_filed: list[str] = []


def hands_over(key: str) -> None:
    """For every record of this kind that goes to somebody else in a transfer there is a file."""
    if key not in _filed:
        _filed.append(key)


def filed() -> tuple[str, ...]:
    """The kinds of records there is a file for."""
    return tuple(_filed)


def fill(*found: Slot) -> None:
    """Fill slots of the file."""
    slots.extend(found)


def slots_of(key: str, actor: Actor) -> list[Slot]:
    """What the file of a kind of record holds for this reader."""
    return sorted((s for s in slots if s.resource == key and (not s.needs or actor.may(*_right(s.needs)))), key=lambda s: s.position)


def _right(needs: str) -> tuple[str, str]:
    key, _dot, verb = needs.partition(".")
    return key, verb or "view"


def living() -> QuerySet[Handover]:
    """Handovers that are not in the bin."""
    return Handover._base_manager.filter(deleted_at=None, merged_into=None)


def of_record(key: str, pk: int) -> list[Handover]:
    """The handovers of a record, the latest first."""
    return list(living().filter(about_resource=key, about_id=pk).order_by("-created_at", "-id")[:5])


def overdue() -> list[Handover]:
    """Files whose first contact should have been by now, and nobody has been named as late yet."""
    return list(living().filter(contacted_at=None, late_by=None, due_at__lt=days.now()).order_by("due_at", "id")[:500])


