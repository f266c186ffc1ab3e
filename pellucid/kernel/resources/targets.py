"""Links must point at records the actor can see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from pellucid.kernel.access.actor import Actor
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
