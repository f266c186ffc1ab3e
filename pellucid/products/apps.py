from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProductsConfig(AppConfig):
    name = "pellucid.products"
    label = "products"
    verbose_name = _("Products")
    needs = ("people", "collaboration")

    def ready(self) -> None:
        for part in ("resources", "actions", "derived", "settings", "pages", "seeds", "importing"):
            if find_spec(f"{self.name}.{part}"):
                import_module(f"{self.name}.{part}")
