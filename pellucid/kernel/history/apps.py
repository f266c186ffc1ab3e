from __future__ import annotations

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "pellucid.kernel.history"
    label = "history"

    def ready(self) -> None:
        from . import install  # noqa: F401  registers what follows from the models
