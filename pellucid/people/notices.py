"""What people are told of their organisation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.notices.declare import NoticeKind, declare

declare(
    NoticeKind(
        "people.calendar_year",
        _("A year without public holidays"),
        _("The public holidays of {year} are not known yet to the calendar {name}."),
        icon="calendar",
        tone="warn",
        roles=("admin",),
    ),
)
