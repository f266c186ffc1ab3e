"""Makes the configuration's checks and management commands known to Django."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "pellucid.config"
    label = "config"
