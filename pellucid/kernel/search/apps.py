from __future__ import annotations

from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "pellucid.kernel.search"
    label = "search"

    def ready(self) -> None:
        from pellucid.kernel.resources.query import text_search

        from . import derived  # noqa: F401  registers the tables
        from .conditions import for_list
        from .texts import reading  # noqa: F401  has files read

        text_search[:] = [for_list]
