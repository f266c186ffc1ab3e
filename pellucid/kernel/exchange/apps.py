from __future__ import annotations

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "pellucid.kernel.exchange"
    label = "exchange"

    def ready(self) -> None:
        from . import derived, exporting, housekeeping, running, undoing  # noqa: F401  register themselves
