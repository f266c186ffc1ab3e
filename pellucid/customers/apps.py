from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "pellucid.customers"
    label = "customers"
    verbose_name = _("Customers")
    needs = ("people", "collaboration")

    def ready(self) -> None:
        for part in ("resources", "lifecycles", "actions", "subscribers", "notices", "pages", "lead_pages", "pool_pages", "allocation_pages",
                     "web_forms", "scheme_pages", "handing", "jobs", "copies", "measures",
                     "lead_measures", "lead_home", "analyses", "seeds", "importing"):  # fmt: skip
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
