from __future__ import annotations

from django.apps import AppConfig


class ProcessesConfig(AppConfig):
    name = "pellucid.kernel.processes"
    label = "processes"

    def ready(self) -> None:
        from . import actions, automated, derived, design_pages, gate, jobs, pages, resources, together  # noqa: F401  register themselves
