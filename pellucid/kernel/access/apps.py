from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "pellucid.kernel.access"
    label = "access"

    def ready(self) -> None:
        from pellucid.kernel.records.settings import read_units_from

        from . import addressed, among, derived, kinds, past  # noqa: F401  register scopes, the lookup, the kinds, what is kept of the past
        from .rights import tree

        read_units_from(lambda unit: (unit, *tree().ancestors(unit)))
