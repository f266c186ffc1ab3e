"""What somebody does besides looking after records, and what a unit is there for: it goes along when he leaves, or the unit closes.

A model names the fields that say so as its `duties`: the keeper of a pool, the colleague a rule gives to, the unit a pool is open for."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Unit, User
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.verbs import write


def hand_on(of: type[User] | type[Unit], gone: int, receiver: int, *, actor: Actor) -> Counter[str]:
    """Every duty of a person, or of a unit, is the receiver's from now on; how many of each kind were."""
    moved: Counter[str] = Counter()
    for key, resource in registry.items():
        for name in resource.model.duties:
            field: Any = resource.model._meta.get_field(name)
            if field.related_model is not of:
                continue
            rows = resource.model._base_manager.select_for_update(of=("self",), no_key=True).filter(**{name: gone}, deleted_at=None)
            for record in rows.order_by("pk"):
                setattr(record, field.attname, receiver)
                write(resource, record, {name}, actor=actor)
                moved[key] += 1
    return moved


def any_of(user: int) -> bool:
    """Whether somebody has such a duty."""
    return any(resource.model._base_manager.filter(**{name: user}, deleted_at=None).exists()
               for resource in registry.values() for name in resource.model.duties
               if resource.model._meta.get_field(name).related_model is User)  # fmt: skip
