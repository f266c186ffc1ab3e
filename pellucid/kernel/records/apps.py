from __future__ import annotations

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "pellucid.kernel.records"
    label = "records"

    def ready(self) -> None:
        from . import company, derived_versions  # noqa: F401  register settings and counters
