from __future__ import annotations

from django.apps import AppConfig


class LifecyclesConfig(AppConfig):
    name = "pellucid.kernel.lifecycles"
    label = "lifecycles"
