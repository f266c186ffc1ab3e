"""Whom processes ask, as far as people know it: managers, line upward, and who took over from somebody who left."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from pellucid.kernel.access import directory
from pellucid.kernel.events.bus import subscribe
from pellucid.kernel.events.models import Event
from pellucid.kernel.processes import approvers, jobs
from pellucid.kernel.processes.approvers import Case, names_people
from pellucid.kernel.processes.definition import Who

from .models import Staff
from .selectors import manager_of, receiver_of

approvers.line_from(manager_of, receiver_of)


def line(person: int | None, levels: int) -> list[int]:
    """The managers above somebody, nearest first, nobody twice."""
    out: list[int] = []
    at = person
    while at is not None and len(out) < levels:
        at = approvers.manager(at)
        if at is None or at in out or at == person:
            break
        out.append(at)
    return out


@names_people("manager", _("Manager"))
def _manager(who: Who, case: Case) -> list[int]:
    """The n-th manager above; the topmost where there are fewer."""
    return line(case.person(who.of), who.level)[-1:]


@names_people("managers", _("Managers, one after another upward"))
def _line(who: Who, case: Case) -> list[int]:
    return line(case.person(who.of), who.level)


@subscribe("staff.staff_deactivate", "staff.deleted")
def hand_over_what_was_asked(event: Event) -> None:
    """What somebody who left was asked to decide goes to who took over, else upward."""
    user = Staff._base_manager.filter(pk=event.record_id).values_list("user_id", flat=True).first()
    known = directory.users().get(user) if user else None
    if known is not None and not known.active:
        jobs.left(known.id)
