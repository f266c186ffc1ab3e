from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollaborationConfig(AppConfig):
    name = "pellucid.collaboration"
    label = "collaboration"
    verbose_name = _("Collaboration")
    needs = ("people",)

    def ready(self) -> None:
        shown = ("pages", "plan_pages", "document_panels", "knowledge", "learning", "opinions")
        for part in ("resources", "lifecycles", "settings", "actions", "subscribers", "telling", *shown, "jobs", "copies", "measures", "seeds"):
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
