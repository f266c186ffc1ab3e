from __future__ import annotations

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "pellucid.kernel.notices"
    label = "notices"

    def ready(self) -> None:
        from . import kinds, mail, subscribers  # noqa: F401  register themselves
