from __future__ import annotations

from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "pellucid.kernel.events"
    label = "events"

    def ready(self) -> None:
        from . import derived  # noqa: F401  registers the event table
