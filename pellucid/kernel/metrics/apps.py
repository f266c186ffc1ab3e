from __future__ import annotations

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "pellucid.kernel.metrics"
    label = "metrics"

    def ready(self) -> None:
        from . import checks, derived, menu, reports, resources  # noqa: F401  register themselves
