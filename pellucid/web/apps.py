from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig

from .links import part


class WebConfig(AppConfig):
    name = "pellucid.web"
    label = "web"

    def ready(self) -> None:
        if part("pellucid.kernel.jobs.bulk"):
            import_module("pellucid.kernel.jobs.bulk")
