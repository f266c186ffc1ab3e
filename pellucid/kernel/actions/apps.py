from __future__ import annotations

from django.apps import AppConfig


class ActionsConfig(AppConfig):
    name = "pellucid.kernel.actions"
    label = "actions"

    def ready(self) -> None:
        from . import settings  # noqa: F401  registers setting_set
