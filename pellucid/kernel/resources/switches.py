"""Modules switched on and off, for the company or unit by unit: what is off is not in menus, pages or the API."""
from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings as django
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.rights import hide
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Refused
from pellucid.kernel.records.versions import versioned

from .declare import Resource, registry

PREFIX = "modules."


@cache
def areas() -> dict[str, AppConfig]:
    """The installed areas by label. An area's AppConfig may say `needs = (labels of areas it cannot do without)` and `fixed = True`
    (it is always on)."""
    return {config.label: config for config in apps.get_app_configs() if config.name in django.AREAS}


def needs(area: str) -> tuple[str, ...]:
    """The areas that this one cannot do without."""
    return tuple(getattr(areas()[area], "needs", ()))


def fixed(area: str) -> bool:
    """Whether it cannot be switched off."""
    return bool(getattr(areas()[area], "fixed", False))


def area_of(what: Any) -> str:
    """The area of a resource (class or key), an area's label, or anything an area has placed (page, panel, card, menu, function); ""
    for what belongs to the kernel or a door."""
    if isinstance(what, str):
        if what in registry:
            return _label(registry[what])
        return what if what in areas() else ""
    if isinstance(what, type) and issubclass(what, Resource):
        return _label(what)
    if resource := getattr(what, "child", "") or getattr(what, "resource", ""):
        found = area_of(resource)
        module = getattr(getattr(what, "select", None), "__module__", "")
        return _area_of_module(module) or found
    if needed := getattr(what, "needs", ""):
        return area_of(needed.partition(".")[0])
    return _area_of_module(getattr(what, "__module__", "") if callable(what) else getattr(getattr(what, "select", None), "__module__", ""))


def _label(resource: type[Resource]) -> str:
    """The area a resource's model is of; the kernel's own have none."""
    label = resource.model._meta.app_label
    return label if label in areas() else ""


def _area_of_module(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "pellucid" and parts[1] in areas() else ""


def enabled(what: Any, unit: int | None = None) -> bool:
    """Whether the area that something belongs to is on, with everything it needs; for a unit, or for the company."""
    area = area_of(what)
    return not area or _on(area, unit)


@versioned("settings", "access")
def _on(area: str, unit: int | None) -> bool:
    if fixed(area):
        return True
    return bool(settings.get(PREFIX + area, unit)) and all(_on(other, unit) for other in needs(area))


def off_for(user_id: int) -> frozenset[str]:
    """Keys of the resources that are switched off where this user works."""
    unit = directory.home_of(user_id)
    return frozenset(key for key in registry if not enabled(key, unit))


def _check(area: str):
    def check(on: Any, unit: int | None) -> None:
        if not on and fixed(area):
            raise Refused(_("This module is always on."))
        names = areas()
        if on and (off := [a for a in needs(area) if not _on(a, unit)]):
            raise Refused(_("Switch on first: %(names)s.") % {"names": "、".join(str(names[a].verbose_name) for a in off)})
        if not on and (users := [a for a in names if area in needs(a) and _on(a, unit)]):
            raise Refused(_("Switch off first what needs it: %(names)s.") % {"names": "、".join(str(names[a].verbose_name) for a in users)})
    return check


def declare_switches() -> None:
    """A setting for each installed area; what is off is out of everybody's rights, so that no door can show it."""
    hide(off_for)
    settings.section("modules", gettext_lazy("Modules"), 40)
    for position, (label, config) in enumerate(areas().items()):
        settings.declare(settings.Setting(PREFIX + label, config.verbose_name, "bool", True, scope="unit", section="modules",
                                          position=position, check=_check(label)))
