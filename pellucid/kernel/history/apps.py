from __future__ import annotations

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "pellucid.kernel.history"
    label = "history"

    def ready(self) -> None:
        from pellucid.kernel.records.models import Setting, Term

        from . import install  # noqa: F401  registers what follows from the models
        from .tracked import track

        track(Setting)
        track(Term)
