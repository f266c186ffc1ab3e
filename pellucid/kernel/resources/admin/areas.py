"""The rights to administer: one key per thing that is set, beside the keys of the resources in the same grid."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access.roles import seed
from pellucid.kernel.records.seeds import seeds

AREAS = {
    "unit": _("Organisation"),
    "workcalendar": _("Working calendars"),
    "role": _("Roles and rights"),
    "user": _("Logins"),
    "customfield": _("Fields and layout"),
    "term": _("Dictionaries"),
    "setting": _("Company settings"),
    "token": _("API tokens"),
    "job": _("Background jobs"),
    "audit": _("Audit"),
}
HERE = ("unit", "workcalendar", "role", "user", "customfield", "term", "token", "audit")


@seeds
def rights() -> None:
    """Administrators manage, auditors read."""
    seed({key: {"admin": "manage:all", "auditor": "read:all"} for key in HERE})
