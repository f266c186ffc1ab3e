from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "pellucid.kernel.access"
    label = "access"

    def ready(self) -> None:
        from . import kinds  # noqa: F401  registers the kinds
