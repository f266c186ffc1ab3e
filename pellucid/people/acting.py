"""On a record whose owner does not act on it himself: who does, and why, in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.processes.models import ProcessInstance
from pellucid.kernel.records import days
from pellucid.kernel.resources.declare import EVERY, Panel, place
from pellucid.kernel.resources.fields import clear

from .responsible import Acting, acting


def of_record(record: models.Model, actor: Actor) -> dict[str, Any] | None:
    """Who acts on it now; nothing to say where its owner does."""
    found: Any = record
    if found.deleted_at is not None or not clear(record._meta.model_name or "", actor, "owner"):
        return None
    now = acting(found)
    if now.user == found.owner_id:
        return None
    name = directory.user_name(now.user)
    return {"rows": [{"person": name, "tint": now.user, "label": name, "sub": why(now, found.owner_id)}]}


def why(now: Acting, owner: int) -> str:
    """For what reason it is not the owner."""
    owned = {"owner": directory.user_name(owner)}
    if now.why == "proxy":
        end = proxies.until(owner, now.user)
        day = days.day_of(end - dt.timedelta(seconds=1)) if end else None
        return _("stands in for %(owner)s until %(day)s") % (owned | {"day": f"{day:%m-%d}"}) if day else _("stands in for %(owner)s") % owned
    here = directory.users().get(owner)
    left = _("%(owner)s may not work on it any more") if here and here.active else _("%(owner)s no longer works here")
    duty = _("keeps the pool it waits in") if now.why == "keeper" else _("catches for %(unit)s") % {"unit": directory.unit_name(now.unit)}
    return f"{left % owned} · {duty}"


def _worked_on(key: str) -> bool:
    """Kinds somebody works on for their owners. A request is not worked on: its way says whom it asks."""
    return key in proxies.kinds() and key != ProcessInstance._meta.model_name


place(Panel(EVERY, "acting", t("Who acts now"), "people/rows.html", of_record, position=1, wanted=_worked_on))
