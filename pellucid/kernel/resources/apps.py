from __future__ import annotations

from django.apps import AppConfig


class ResourcesConfig(AppConfig):
    name = "pellucid.kernel.resources"
    label = "resources"

    def ready(self) -> None:
        from pellucid.kernel.access import proxies
        from pellucid.kernel.history.tracked import track

        from . import checks, derived, held, seeds, switches  # noqa: F401  register themselves
        from .admin import areas, audit, custom, identity, logins, own, roles, terms  # noqa: F401  declare their actions and events
        from .declare import entrusted
        from .models import CustomField, Layout

        proxies.kinds_from(entrusted)
        switches.declare_switches()
        track(CustomField)
        track(Layout)
