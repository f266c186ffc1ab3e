"""Who is told what of a request: whoever is asked, copied, reminded or urged, and the requester how it ended."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.notices.declare import NoticeKind, declare
from pellucid.kernel.notices.tell import notify

from .machine.rows import Instance
from .models import ProcessInstance

declare(
    NoticeKind("process_asked", _("I am asked to approve or do something"), _("{record} waits for you"), icon="checkbox", tone="acc", fold=""),
    NoticeKind("process_copied", _("I am sent a copy"), _("You were sent a copy of {record}"), icon="copy", fold=""),
    NoticeKind("process_due", _("A step of a process is late"), _("{record} is late"), icon="alarm", tone="warn", fold=""),
    NoticeKind("process_remind", _("A step of a process is soon due"), _("{record} is due soon"), icon="alarm", fold=""),
    NoticeKind("process_urged", _("I am urged"), _("{record}: you are urged to decide"), icon="bell-ringing", tone="warn", fold=""),
    NoticeKind("process_held", _("A process stopped and needs me"), _("{record} stopped; you decide how it goes on"), icon="alert-triangle",
               tone="bad", fold=""),
    NoticeKind("process_ended", _("A request of mine is decided"), _("{record}: it is decided"), icon="flag", tone="ok", fold="", to_self=True),
)  # fmt: skip
KEY = "processinstance"


def told(row: ProcessInstance, before: Instance, after: Instance, actor: int | None) -> None:
    """Tell those who are newly asked, and the requester when it has ended."""
    asked: dict[str, set[int]] = {"process_asked": set(), "process_held": set()}
    for no, a in after.asked.items():
        old = before.asked.get(no)
        if a.state == "pending" and (old is None or old.state != "pending"):
            asked["process_held" if a.origin == "held" else "process_asked"].add(a.person)
    for kind, people in asked.items():
        notify(sorted(people), kind, resource=KEY, record_id=row.pk, actor_id=actor)
    if before.running and not after.running and (after.outcome != "withdrawn" or actor != row.requester_id):
        notify([row.requester_id], "process_ended", resource=KEY, record_id=row.pk, actor_id=actor)
