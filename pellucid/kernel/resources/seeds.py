"""Built-in roles and the rights the resources grant them."""

from __future__ import annotations

from pellucid.kernel.access.roles import seed
from pellucid.kernel.records.seeds import seeds

from .declare import registry


@seeds
def roles() -> None:
    """The roles of roles.py with every resource's presets."""
    seed({key: dict(resource.grants) for key, resource in registry.items()})
