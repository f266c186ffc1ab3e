from __future__ import annotations

from django.apps import AppConfig


class ResourcesConfig(AppConfig):
    name = "pellucid.kernel.resources"
    label = "resources"

    def ready(self) -> None:
        from . import checks, derived, seeds  # noqa: F401  register themselves
