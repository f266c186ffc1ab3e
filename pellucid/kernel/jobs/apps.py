from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "pellucid.kernel.jobs"
    label = "jobs"

    def ready(self) -> None:
        from . import actions, bulk, chores, derived  # noqa: F401  register themselves
