"""Employees: each has a login; where he works and what he is called follows into it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import pgettext_lazy

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import Grant, Membership, User
from pellucid.kernel.access.sessions import Shown, issue_link
from pellucid.kernel.actions.declare import Ask, action, follows, prepares
from pellucid.kernel.records import days, versions
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.kernel.resources.admin.above import holds, not_above
from pellucid.kernel.resources.verbs import insert, write
from pellucid.kernel.search.pinyin import pinyin, sort_key, syllables

from ..models import Staff
from ..resources import StaffResource

INVITE_HOURS, RESET_HOURS = 72, 2
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,78}", re.I)


@prepares(Staff)
def complete(records: list[Staff], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """Pinyin follows the name; the unit is open, nobody is his own manager; a new employee gets a login."""
    if any(changed is None or "unit" in changed or ("manager" in changed and staff.manager_id) for staff in records):
        versions.alone("access")  # nobody closes that unit, or becomes the manager of his manager, at the same moment
    units = directory.units()
    for staff in records:
        if changed is not None and "email" in changed:
            not_above(staff.user_id, actor)  # who reads the mail of a login can have a new password sent to it
        if changed is None or "name" in changed:
            staff.pinyin = sort_key(staff.name)[:200]
        if changed is None or "unit" in changed:
            place = units.get(staff.unit_id)
            if place is None or place.closed:
                raise Invalid({"unit": [_("Please choose a unit that is open.")]})
        if staff.manager_id and (changed is None or "manager" in changed):
            _check_manager(staff)
        if changed is None and staff.user_id is None:
            staff.user = _login(staff)


def _check_manager(staff: Staff) -> None:
    """The line of managers ends somewhere."""
    above = dict(Staff.objects.filter(deleted_at=None).values_list("user_id", "manager_id"))
    at, seen = staff.manager_id, {staff.user_id}
    while at is not None:
        if at in seen:
            raise Invalid({"manager": [_("This would make somebody his own manager.")]})
        seen.add(at)
        at = above.get(at)


def _login(staff: Staff) -> User:
    """A login of one's own, without a password until the invitation is taken."""
    wanted = (getattr(staff, "login", "") or "").strip()
    if wanted and not LOGIN.fullmatch(wanted):
        raise Invalid({"username": [_("A login is made of letters, digits and . _ @ + -")]})
    if wanted and User.objects.filter(username__iexact=wanted).exists():
        raise Invalid({"username": [_("This login is taken.")]})
    user = User(username=wanted or free_login(staff.name), name=staff.name, pinyin=spoken(staff.name), email=staff.email)
    user.set_unusable_password()
    user.save()
    return user


def spoken(name: str) -> str:
    """A name in pinyin, syllable by syllable."""
    return " ".join(syllables(name, person=True))[:200]


def free_login(name: str) -> str:
    """The name in pinyin, with a number when it is taken: 林晓彤 is linxiaotong."""
    base = re.sub(r"[^a-z0-9]", "", pinyin(name, person=True).full.lower())[:60] or "user"
    taken = set(User.objects.filter(username__istartswith=base).values_list("username", flat=True))
    low = {t.lower() for t in taken}
    return next(n for n in (base, *(f"{base}{i}" for i in range(2, len(low) + 3))) if n not in low)


@follows(Staff)
def keep_login(records: list[Staff], *, actor: Actor, changed: frozenset[str] | None) -> None:
    """The login is called as the employee is, and belongs to his unit."""
    today = days.today()
    for staff in records:
        if changed is None or "unit" in changed:
            Membership.objects.filter(user_id=staff.user_id, primary=True, ends_on=None).exclude(unit_id=staff.unit_id).update(
                ends_on=today
            )
            if not staff.leave_on:
                begins = staff.entry_on if changed is None and staff.entry_on else today
                Membership.objects.get_or_create(
                    user_id=staff.user_id, unit_id=staff.unit_id, primary=True, ends_on=None, defaults={"starts_on": begins}
                )
        if changed is not None and changed & {"name", "email"}:
            User.objects.filter(pk=staff.user_id).update(name=staff.name, pinyin=spoken(staff.name), email=staff.email)


@action(
    Staff,
    label=t("New employee"),
    verb="create",
    on="new",
    icon="user-plus",
    sentence=t("{actor} took on {name}"),
    personal=("name", "phone", "email", "username"),
)
def staff_hire(
    *,
    actor: Actor,
    name: Annotated[str, Ask(pgettext_lazy("person", "Name"), max_length=80)],
    unit: Annotated[int, Ask(t("Unit"), kind="unit")],
    role: Annotated[int | None, Ask(t("Role"), kind="role", help=t("At the unit above; more roles can be given later."))] = None,
    position: Annotated[str, Ask(t("Position"), max_length=80)] = "",
    manager: Annotated[int | None, Ask(t("Manager"), kind="user")] = None,
    phone: Annotated[str, Ask(t("Phone"), kind="phone")] = "",
    email: Annotated[str, Ask(t("E-mail"), kind="email")] = "",
    username: Annotated[str, Ask(t("Login"), max_length=80, help=t("Made from the name when left empty."))] = "",
    number: Annotated[str, Ask(t("Employee number"), max_length=30)] = "",
    entry_on: Annotated[dt.date | None, Ask(t("Joined"))] = None,
) -> Staff:
    """An employee with a login; the invitation link lets him choose his password."""
    if role and not actor.may("role", "edit"):
        raise Forbidden("role.edit", _("Only who administers roles may give one."))
    staff = Staff(
        name=name,
        unit_id=unit,
        position=position or "",
        manager_id=manager,
        phone=phone or "",
        email=email or "",
        number=number or "",
        entry_on=entry_on,
    )
    staff.login = username  # type: ignore[attr-defined]
    made: Staff = insert(StaffResource, staff, actor=actor)  # type: ignore[assignment]
    if role:
        holds(role, [unit], actor)
        Grant.objects.create(user_id=made.user_id, role_id=role, unit_id=unit)
    return made


def _here(staff: Staff) -> bool:
    somebody = directory.users().get(staff.user_id)
    return somebody is not None and somebody.active


def _gone(staff: Staff) -> bool:
    return not _here(staff)


@action(Staff, confirm=t("It makes a link that lets the colleague choose a password, within three days."),
        label=t("Invitation link"), icon="link", shown=_here, sentence=t("{actor} made an invitation link"))
def staff_invite(staff: Staff, *, actor: Actor) -> Shown:
    """A link that lets a new colleague choose his password, within three days."""
    if not _here(staff):
        raise Refused(_("This colleague no longer works here."))
    not_above(staff.user_id, actor)  # a link to somebody's login is as good as the login
    if User.objects.get(pk=staff.user_id).has_usable_password():
        raise Refused(_("This colleague has a password already; make a link for a forgotten password instead."))
    return Shown("invite", issue_link("invite", staff.user, by=actor.user_id, hours=INVITE_HOURS), INVITE_HOURS)


@action(
    Staff,
    confirm=t("It makes a link to choose a new password, within two hours."),
        label=t("Link for a forgotten password"),
    icon="key",
    shown=_here,
    sentence=t("{actor} made a link for a forgotten password"),
)
def staff_reset(staff: Staff, *, actor: Actor) -> Shown:
    """A link to choose a new password, within two hours."""
    if not _here(staff):
        raise Refused(_("This colleague no longer works here."))
    not_above(staff.user_id, actor)
    return Shown("reset", issue_link("reset", staff.user, by=actor.user_id, hours=RESET_HOURS), RESET_HOURS)


@action(Staff, label=t("Take on again"), icon="user-check", shown=_gone, sentence=t("{actor} took this colleague on again"),
        did=t("“{name}” works here again"))
def staff_return(staff: Staff, *, actor: Actor, unit: Annotated[int, Ask(t("Unit"), kind="unit")]) -> None:
    """Somebody who left works here again, without any role until one is given."""
    if _here(staff):
        raise Refused(_("This colleague works here."))
    not_above(staff.user_id, actor)
    User.objects.filter(pk=staff.user_id).update(is_active=True)
    versions.forget()
    staff.leave_on, staff.unit_id = None, unit
    write(StaffResource, staff, {"leave_on", "unit"}, actor=actor)


@action(Staff, label=t("Give a role"), icon="shield", shown=_here, sentence=t("{actor} gave a role at {unit:unit}"),
        did=t("“{name}” has the role"))
def staff_grant(
    staff: Staff,
    *,
    actor: Actor,
    role: Annotated[int, Ask(t("Role"), kind="role")],
    unit: Annotated[int, Ask(t("At"), kind="unit")],
) -> None:
    """Let a colleague hold a role at a unit."""
    if not actor.may("role", "edit"):
        raise Forbidden("role.edit", _("Only who administers roles may give one."))
    not_above(staff.user_id, actor)
    holds(role, [unit], actor)
    made: Any = Grant.objects.get_or_create(user_id=staff.user_id, role_id=role, unit_id=unit)
    if not made[1]:
        raise Refused(_("%(name)s holds this role there already.") % {"name": staff.name})
