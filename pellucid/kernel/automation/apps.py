from __future__ import annotations

from django.apps import AppConfig


class AutomationConfig(AppConfig):
    name = "pellucid.kernel.automation"
    label = "automation"

    def ready(self) -> None:
        from . import actions, clock, derived, hearing, pages, resources, running, telling  # noqa: F401  register themselves
        from .webhooks import actions as hooks  # noqa: F401
        from .webhooks import sending, shown  # noqa: F401
