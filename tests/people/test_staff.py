"""People: a login for everybody, moving, leaving with one receiver, somebody who can always act."""

from __future__ import annotations

import pytest

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Grant, Membership, OneTimeLink, Role, Token, Unit, User
from pellucid.kernel.access.sessions import issue_token, open_session, redeem_link
from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import EventItem
from pellucid.kernel.records.errors import Forbidden, Invalid, Missing, Refused
from pellucid.people.models import Staff

pytestmark = pytest.mark.django_db


def hire(world, name="顾维民", unit="east_sales", by="admin", **more):
    return run("staff_hire", None, world.actor(by), {"name": name, "unit": world.units[unit].pk, **more}).record


def staff_for(world, who):
    return Staff.objects.create(user=world.users[who], name=world.users[who].name, unit_id=directory.home_of(world.users[who].pk))


def test_new_employee_has_a_login_a_unit_and_a_role(world):
    sales = Role.objects.get(code="sales")
    staff = hire(world, role=sales.pk, entry_on="2026-01-05")
    user = staff.user
    assert (user.username, user.name) == ("guweimin", "顾维民") and not user.has_usable_password()
    assert Membership.objects.get(user=user).unit == world.units["east_sales"]
    assert Grant.objects.get(user=user).role == sales
    assert hire(world).user.username == "guweimin2"
    with pytest.raises(Invalid):
        hire(world, username="GUWEIMIN")


def test_only_administrators_take_people_on(world):
    with pytest.raises(Forbidden):
        hire(world, by="sam")


def test_moving_and_renaming_follow_into_the_login(world):
    staff = hire(world)
    run("staff_update", staff.pk, world.actor("admin"), values={"unit": world.units["west"].pk, "name": "顾伟民"}, version=1)
    assert directory.home_of(staff.user_id) == world.units["west"].pk
    assert User.objects.get(pk=staff.user_id).name == "顾伟民"


def test_nobody_is_his_own_manager(world):
    first = hire(world)
    second = hire(world, name="林深", manager=first.user_id)
    with pytest.raises(Invalid):
        run("staff_update", first.pk, world.actor("admin"), values={"manager": second.user_id}, version=1)


def test_invitation_and_reset_links_work_once(world):
    staff = hire(world)
    shown = run("staff_invite", staff.pk, world.actor("admin")).value
    assert shown.path.startswith("/link/invite/")
    assert redeem_link("invite", shown.secret).user == staff.user
    assert redeem_link("invite", shown.secret) is None
    again = run("staff_reset", staff.pk, world.actor("admin")).value
    assert redeem_link("invite", again.secret) is None and redeem_link("reset", again.secret)


def test_leaving_hands_everything_to_one_receiver(world):
    carol, alice = staff_for(world, "carol"), world.users["alice"]
    first, second = world.customer("甲公司", by="carol"), world.customer("乙公司", by="carol")
    Unit.objects.filter(pk=world.units["east_team"].pk).update(head=world.users["carol"])
    open_session(world.users["carol"])
    issue_token(world.users["carol"], "x", [], None)
    with pytest.raises(Invalid):
        run("staff_deactivate", carol.pk, world.actor("admin"), {})
    run("staff_deactivate", carol.pk, world.actor("admin"), {"receiver": alice.pk, "reason": "离职"})
    for customer in (first, second):
        customer.refresh_from_db()
        assert customer.owner_id == alice.pk
    assert EventItem.objects.filter(resource="customer").count() == 2
    gone = User.objects.get(pk=carol.user_id)
    assert not gone.is_active and not Grant.objects.filter(user=gone).exists()
    assert Token.objects.get(user=gone).revoked_at and not Membership.objects.filter(user=gone, ends_on=None).exists()
    assert Unit.objects.get(pk=world.units["east_team"].pk).head == alice
    assert not OneTimeLink.objects.filter(user=gone, used_at=None).exists()


def test_somebody_can_always_act(world):
    admin, erin = staff_for(world, "admin"), staff_for(world, "erin")
    with pytest.raises(Refused):  # the last administrator
        run("staff_deactivate", admin.pk, world.actor("admin"), {"receiver": world.users["erin"].pk})
    with pytest.raises(Refused):  # the root's catcher
        run("staff_deactivate", erin.pk, world.actor("admin"), {"receiver": world.users["alice"].pk})
    grant = Grant.objects.get(user=world.users["admin"])
    with pytest.raises(Refused):
        run("grant_take", None, world.actor("admin"), {"grant": grant.pk})


def test_returning_needs_a_unit_and_brings_no_rights(world):
    staff = hire(world, role=Role.objects.get(code="sales").pk)
    run("staff_deactivate", staff.pk, world.actor("admin"), {"receiver": world.users["alice"].pk})
    run("staff_return", staff.pk, world.actor("admin"), {"unit": world.units["west_sales"].pk})
    assert User.objects.get(pk=staff.user_id).is_active and not Grant.objects.filter(user=staff.user_id).exists()
    assert directory.home_of(staff.user_id) == world.units["west_sales"].pk


def test_sales_may_see_colleagues_but_make_no_links(world):
    staff = hire(world)
    with pytest.raises((Forbidden, Missing)):
        run("staff_invite", staff.pk, world.actor("alice"))
