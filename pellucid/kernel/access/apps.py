from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "pellucid.kernel.access"
    label = "access"

    def ready(self) -> None:
        from . import kinds, past  # noqa: F401  register the kinds, and what is kept of the past
