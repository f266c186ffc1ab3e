"""Somebody leaves: one receiver takes everything over, the login is closed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Membership, OneTimeLink, Token, Unit, User
from pellucid.kernel.access.sessions import close_sessions
from pellucid.kernel.actions.declare import Ask, action, follows
from pellucid.kernel.actions.run import noted
from pellucid.kernel.records import days
from pellucid.kernel.records.errors import Invalid, Refused
from pellucid.kernel.resources.admin.above import not_above
from pellucid.kernel.resources.admin.roles import keep_an_administrator
from pellucid.kernel.resources.verbs import GONE, write

from ..models import Staff
from ..resources import StaffResource
from ..selectors import owned_counts
from . import duties
from .absences import end_absences
from .staff import _here
from .transfers import depart


@action(
    Staff,
    label=t("Deactivate"),
    verb="edit",
    icon="user-off",
    tone="bad",
    shown=_here,
    sentence=t("{actor} closed this login; {receiver:user} took over"),
        did=t("“{name}” has left"),
)
def staff_deactivate(
    staff: Staff,
    *,
    actor: Actor,
    receiver: Annotated[int, Ask(t("Who takes over"), kind="user", help=t("Receives every record, open task and duty."))],
    leave_on: Annotated[dt.date | None, Ask(t("Last day"))] = None,
    reason: Annotated[str, Ask(t("Reason"), max_length=200)] = "",
) -> None:
    """Close a login; one colleague receives everything it owns. The last administrator and the root's catcher stay."""
    somebody = directory.users().get(receiver)
    if somebody is None or not somebody.active:
        raise Invalid({"receiver": [_("This colleague no longer works here.")]})
    if receiver == staff.user_id:
        raise Invalid({"receiver": [_("Please choose somebody else.")]})
    if not _here(staff):
        raise Refused(_("This was done already."))
    not_above(staff.user_id, actor)
    if Unit.objects.filter(parent=None, catcher_id=staff.user_id).exists():
        raise Refused(
            _("%(name)s catches what nobody else receives; name another catcher of the headquarters first.")
            % {"name": staff.name}
        )
    if Grant.objects.filter(user_id=staff.user_id, role__code="admin").exists():
        keep_an_administrator(staff.user_id)
    end_absences(staff.user_id, actor=actor)
    duties.hand_on(User, staff.user_id, receiver, actor=actor)
    moved = depart(staff.user_id, receiver, actor=actor, note=reason or "")
    Unit.objects.filter(head_id=staff.user_id).update(head_id=receiver)
    Unit.objects.filter(catcher_id=staff.user_id).update(catcher_id=receiver)
    for below in Staff.objects.select_for_update().filter(manager_id=staff.user_id, deleted_at=None):
        below.manager_id = receiver if below.user_id != receiver else staff.manager_id
        below.save(update_fields=("manager",))
    close(staff.user_id)
    staff.leave_on = leave_on or days.today()
    write(StaffResource, staff, {"leave_on"}, actor=actor)
    noted(moved=dict(moved))


@follows(Staff)
def into_the_bin(records: list[Staff], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Who goes into the bin cannot sign in any more; somebody who owns records or leads people is deactivated instead, with a receiver."""
    if changed != GONE:
        return
    gone = {staff.user_id: staff for staff in records if staff.deleted_at is not None}
    leads = set(Staff.objects.filter(manager_id__in=gone, deleted_at=None).values_list("manager_id", flat=True))
    for duty in ("head_id", "catcher_id"):
        leads |= set(Unit.objects.filter(closed_at=None, **{f"{duty}__in": gone}).values_list(duty, flat=True))
    owns = {user for users in owned_counts(gone).values() for user in users}
    for user, staff in gone.items():
        not_above(user, actor)
        if user in leads or user in owns or duties.any_of(user):
            raise Refused(_("%(name)s owns records or leads people; deactivate instead and say who takes over.") % {"name": staff.name})
        if Grant.objects.filter(user_id=user, role__code="admin").exists():
            keep_an_administrator(user)
        close(user)


def close(user: int) -> None:
    """Nobody gets in by this login any more: sessions, tokens, links, roles and membership end."""
    now = timezone.now()
    User.objects.filter(pk=user).update(is_active=False)
    close_sessions(user)
    Token.objects.filter(user_id=user, revoked_at=None).update(revoked_at=now)
    OneTimeLink.objects.filter(user_id=user, used_at=None).update(used_at=now)
    Grant.objects.filter(user_id=user).delete()
    Membership.objects.filter(user_id=user, ends_on=None).update(ends_on=days.today())
