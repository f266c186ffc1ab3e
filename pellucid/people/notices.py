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
    NoticeKind(
        "people.standing_in",
        _("You stand in for somebody"),
        _("{actor} asks you to stand in for {name} from {first} to {last}."),
        icon="user-share",
        tone="info",
        fold="",
    ),
    NoticeKind(
        "people.away",
        _("Somebody of your team is away"),
        _("{name} is away from {first} to {last}; {proxy} stands in."),
        icon="calendar-off",
    ),
    NoticeKind(
        "people.back",
        _("An absence is over"),
        _("{name} is back; {proxy} no longer stands in."),
        icon="user-check",
        fold="",
    ),
)
