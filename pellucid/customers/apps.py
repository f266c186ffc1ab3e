from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "pellucid.customers"
    label = "customers"

    def ready(self) -> None:
        for part in ("resources", "lifecycles", "actions", "subscribers", "pages", "jobs", "measures", "seeds"):
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
