"""Makes the configuration's checks and management commands known to Django."""

from __future__ import annotations

from django.apps import AppConfig

from . import indexes  # noqa: F401  hears of every model: the first of them is made later


class ConfigConfig(AppConfig):
    name = "pellucid.config"
    label = "config"
