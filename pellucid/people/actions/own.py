"""What an employee changes about himself in his own profile: phone; name and address follow the login."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records.kinds.base import parse_all
from pellucid.kernel.resources.admin.own import OwnRecord, own_records
from pellucid.kernel.resources.fields import specs
from pellucid.kernel.resources.verbs import write

from ..models import Staff
from ..resources import StaffResource
from ..selectors import employee

FIELDS = (("phone", t("Phone"), "phone"),)


def read(user: int) -> dict[str, str] | None:
    """The employee's own values."""
    staff = employee(user)
    return {name: getattr(staff, name) for name, _label, _kind in FIELDS} if staff else None


def keep(actor: Actor, values: dict[str, str]) -> None:
    """Put them onto the employee's record."""
    staff = Staff.objects.select_for_update().get(user_id=actor.user_id, deleted_at=None)
    known = specs(StaffResource.key())
    parsed = parse_all([known[name] for name in values], values, show_for(actor))
    changed = {name for name, value in parsed.items() if getattr(staff, name) != (value or "")}
    for name in changed:
        setattr(staff, name, parsed[name] or "")
    if changed:
        write(StaffResource, staff, changed, actor=actor)


own_records.append(OwnRecord(FIELDS, read, keep))
