from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "pellucid.people"
    label = "people"
    verbose_name = _("People")
    fixed = True

    def ready(self) -> None:
        for part in (
            "settings", "resources", "lifecycles", "actions", "subscribers", "notices", "pages", "calendar_pages",
            "standing_in", "acting", "handing_pages", "approving", "tracks", "jobs", "measures", "importing",
        ):  # fmt: skip
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
