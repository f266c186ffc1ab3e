"""Where an actor may hang a child: on roots that his verb for children reaches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.scopes import root_of, where_q


def roots_within(model: type[models.Model], records: Sequence[Any], actor: Actor, verb: str = "create") -> set[int]:
    """Ids of the roots these children name on which the actor's verb for children reaches: where he may hang one."""
    via = model.scope_via  # type: ignore[attr-defined]
    root, column = root_of(model, via), model._meta.get_field(via).attname
    roots = root._base_manager.filter(pk__in={getattr(r, column) for r in records} - {None})
    if actor.rights is not None:
        roots = roots.filter(where_q(actor.rights.scope(model._meta.model_name or "", verb), root))
    return set(roots.values_list("pk", flat=True))
