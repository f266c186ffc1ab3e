"""How the installation stands, in a few figures; what lies in the bin."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Role, Session, Token
from pellucid.kernel.actions.run import scoped

from ..declare import Resource, registry
from ..models import CustomField


def figures(actor: Actor) -> list[dict[str, Any]]:
    """People, units, roles, fields, tokens and sessions, as facts."""
    people = [u for u in directory.users().values() if u.active and u.kind == "staff"]
    units = [u for u in directory.units().values() if not u.closed]
    rows: list[tuple[str, str, int]] = [
        ("unit", pgettext("figure", "People"), len(people)),
        ("unit", _("Units"), len(units)),
        ("role", _("Roles"), Role.objects.count()),
        ("customfield", _("Custom fields"), CustomField.objects.filter(retired_at=None).count()),
        ("token", _("API tokens"), Token.objects.filter(revoked_at=None).count()),
        ("user", pgettext("figure", "Signed in"), Session.objects.values("user_id").distinct().count()),
    ]
    return [{"label": label, "value": f"{n:,}"} for key, label, n in rows if actor.may(key, "view")]


def in_the_bin(actor: Actor) -> list[tuple[type[Resource], int, Any]]:
    """(resource, how many deleted records the reader may see, when the last one went in)."""
    out = []
    for key, resource in registry.items():
        if actor.may(key, "delete"):
            rows = scoped(resource.model, actor, "delete", gone=True)
            last = rows.order_by("-deleted_at").values_list("deleted_at", flat=True).first()
            if last is not None:
                out.append((resource, rows.count(), last))
    return out
