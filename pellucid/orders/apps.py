from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "pellucid.orders"
    label = "orders"
    verbose_name = _("Contracts and orders")
    needs = ("people", "collaboration", "products", "customers", "sales")

    def ready(self) -> None:
        for part in ("resources", "credit_resources", "plan_resources", "invoice_resources", "dunning_resources", "value_resources", "lifecycles",
                     "obligations", "derived", "actions", "subscribers", "settings", "pages", "agreed", "credit_pages", "invoice_pages",
                     "invoice_part_pages", "step_home",
                     "dunning_pages", "value_pages", "jobs", "measures", "step_measures", "cohort_measures", "value_measures", "analyses",
                     "drafting", "handing", "seeds", "importing"):  # fmt: skip
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
