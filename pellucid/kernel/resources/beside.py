"""What a record one may see names, may be named beside it, though it is out of sight by itself: two links that agree are one statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import scoped
from pellucid.kernel.records.spec import Spec

from .declare import registry
from .fields import masked, readable, value_of


def named_beside(asked: Mapping[str, Spec], values: Mapping[str, Any], actor: Actor) -> Callable[[Spec], bool]:
    """Whether a link holds what another of these values, that the actor may see, names in the field of the same name."""

    def named(spec: Spec) -> bool:
        for other in asked.values():
            pk = values.get(other.name)
            if other.kind.key != "link" or other.name == spec.name or pk is None or other.target not in registry:
                continue
            same = readable(other.target, actor).get(spec.name)
            if same is None or same.kind.key != "link" or same.target != spec.target or masked(other.target, spec.name, actor):
                continue
            record = scoped(registry[other.target].model, actor).filter(pk=pk).first()
            if record is not None and value_of(record, same) == values[spec.name]:
                return True
        return False

    return named
