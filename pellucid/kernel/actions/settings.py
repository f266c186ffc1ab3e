"""Settings are changed here, by who may edit them; the old and the new value stand in the audit."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.roles import seed
from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Failure, Invalid
from pellucid.kernel.records.kinds import BadValue
from pellucid.kernel.records.models import Setting as Stored
from pellucid.kernel.records.seeds import seeds

from .declare import Action, keep_action
from .run import noted, show_for


@seeds
def rights() -> None:
    """Administrators set, auditors read."""
    seed({"setting": {"admin": "manage:all", "auditor": "read:all"}})


def setting_set(*, actor: Actor, values: dict[str, Any], unit: int | None = None) -> list[str]:
    """Set values as typed, for the company or for one unit; None takes a value back, so that the one above it counts again. All or
    nothing; returns the keys that really changed."""
    before = settings.stored()
    parsed: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for key, raw in values.items():
        try:
            parsed[key] = None if raw is None else _parsed(key, raw, unit, actor)
        except Invalid as bad:
            errors |= {key: [m for ms in bad.errors.values() for m in ms]}
        except (BadValue, Failure) as bad:
            errors[key] = [str(bad)]
    if errors:
        raise Invalid(errors)
    changed = []
    for key, value in parsed.items():
        kept = settings.kept(settings.registry[key], value)
        if before.get((key, unit)) == kept:
            continue
        changed.append(key)
        if kept is None:
            Stored.objects.filter(key=key, unit_id=unit).delete()
        else:
            Stored.objects.update_or_create(key=key, unit_id=unit, defaults={"value": kept})
    noted(settings=changed, unit=unit)
    settings.forget()
    return changed


def _parsed(key: str, raw: Any, unit: int | None, actor: Actor) -> Any:
    setting = settings.registry.get(key)
    if setting is None:
        raise Invalid(_("There is no setting “%(key)s”.") % {"key": key})
    if unit is not None and setting.scope != "unit":
        raise Invalid(_("This holds for the whole company."))
    value = setting.spec.kind.parse(setting.spec, raw, show_for(actor))
    if value in (None, "") and setting.required:
        raise Invalid(_("Please fill in."))
    low, high = setting.least, setting.most
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        raise Invalid(_("Between %(least)s and %(most)s, please.") % {"least": low, "most": high})
    if setting.check:
        setting.check(value, unit)
    return "" if value is None else value


keep_action(Action(name="setting_set", model=Stored, label=gettext_lazy("Change settings"), verb="edit", function=setting_set, on="new",
                   event="setting.changed", leaves_scope=True, icon="settings"), gettext_lazy("{actor} changed settings"))
