from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    name = "pellucid.sales"
    label = "sales"
    verbose_name = _("Sales")
    needs = ("people", "collaboration", "products", "customers")

    def ready(self) -> None:
        for part in ("resources", "competing_resources", "playbook_resources", "quotation_resources", "lifecycles", "actions", "subscribers",
                     "settings", "pages", "record_pages", "competing_pages", "lead_pages", "playbook_pages", "documents", "given", "outcome_pages",
                     "quotation_pages", "asked_pages", "handing", "jobs", "copies", "measures", "competing_measures", "analyses", "allocation",
                     "seeds", "importing"):  # fmt: skip
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
