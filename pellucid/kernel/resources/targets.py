"""Links must point at records the actor can see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.scopes import root_of, where_q
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.errors import Invalid
from pellucid.kernel.records.spec import Spec

from .declare import registry


def check_targets(asked: Sequence[Spec], values: dict[str, Any], actor: Actor) -> None:
    """Raise Invalid for a link to a record that is not there for this actor."""
    errors = {}
    for spec in asked:
        value = values.get(spec.name)
        if spec.kind.key != "link" or value is None or spec.target not in registry:
            continue
        if not scoped(registry[spec.target].model, actor).filter(pk=value).exists():
            errors[spec.name] = [_("This record does not exist, or it is not yours to see.")]
    if errors:
        raise Invalid(errors)


def roots_within(model: type[models.Model], records: Sequence[Any], actor: Actor, verb: str = "create") -> set[int]:
    """Ids of the roots these children name on which the actor's verb for children reaches: where he may hang one."""
    via = model.scope_via  # type: ignore[attr-defined]
    root, column = root_of(model, via), model._meta.get_field(via).attname
    roots = root._base_manager.filter(pk__in={getattr(r, column) for r in records} - {None})
    if actor.rights is not None:
        roots = roots.filter(where_q(actor.rights.scope(model._meta.model_name or "", verb), root))
    return set(roots.values_list("pk", flat=True))
