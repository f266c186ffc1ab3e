"""The kinds of notices the kernel itself gives, and the company's quiet hours."""
from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pellucid.kernel.records import settings
from pellucid.kernel.records.errors import Invalid

from .declare import APP, NoticeKind, declare
from .wishes import clock

declare(
    NoticeKind("mention", _("Somebody mentions me"), _("{actor} mentioned you on {record}"), quotes="text", icon="at", fold="",
               channels=(APP, "mail")),
    NoticeKind("reassigned", _("A record is given to me"), _("{actor} gave you {record}"), _("{actor} gave you {n} records, {record} among them"),
               icon="user-share", tone="acc", channels=(APP, "mail")),
    NoticeKind("shared", _("I am added to a team"), _("{actor} added you to the team of {record}"),
               _("{actor} added you to {n} teams, that of {record} among them"), icon="users-plus"),
    NoticeKind("commented", _("Somebody comments on a record of mine"), _("{actor} commented on {record}"),
               _("{n} new comments on {record}, the latest by {actor}"), quotes="text", icon="message-circle", fold="record"),
    NoticeKind("watched", _("A record I watch changes"), _("{actor}: {what} · {record}"), _("{n} changes of {record}, the latest by {actor}"),
               icon="eye", fold="record"),
    NoticeKind("job_done", _("A background job of mine is done"), _("{title}: done"), icon="check", tone="ok", fold="", to_self=True),
    NoticeKind("job_failed", _("A background job of mine fails"), _("{title}: failed. {error}"), icon="alert-triangle", tone="bad", fold="",
               to_self=True),
    NoticeKind("check", _("The nightly check finds something"), _("The nightly check found {n} things to look at"), icon="alert-triangle",
               tone="bad", fold="", channels=(APP, "mail"), roles=("admin",)),
)


def _is_clock(value: Any, unit: int | None) -> None:
    if value:
        try:
            clock(value)
        except ValueError:
            raise Invalid(gettext("A time of day looks like 22:00.")) from None


settings.section("notices", _("Notices"), 35)
settings.declare(
    settings.Setting("notices.quiet_from", _("Quiet from"), "text", "21:30", section="notices", required=False, max_length=5, check=_is_clock,
                     position=1, help=_("Nothing is sent in quiet hours; everybody may set hours of his own.")),
    settings.Setting("notices.quiet_to", _("Quiet until"), "text", "07:30", section="notices", required=False, max_length=5, check=_is_clock,
                     position=2),
)
