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
    NoticeKind(
        "people.handed_over",
        _("Customers are handed over"),
        _("{receiver} takes over from {giver}: {files} files are to be read and signed."),
        icon="file-check",
        tone="info",
        fold="",
    ),
    NoticeKind(
        "people.signed",
        _("A handover was signed"),
        _("{actor} signed the handover of {record}."),
        many=_("{actor} signed {n} handovers."),
        icon="signature",
    ),
    NoticeKind(
        "people.late",
        _("A first contact is overdue"),
        _("{who} has not yet spoken with {record} after the handover."),
        icon="alert-triangle",
        tone="bad",
    ),
    NoticeKind(
        "people.without_rights",
        _("Somebody's work needs new hands"),
        _("{name} lost a role with a unit that was closed; a transfer is prepared."),
        icon="transfer",
        tone="warn",
    ),
)
