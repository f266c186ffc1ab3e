"""A login is worth what its owner may do: nobody opens, moves, widens or closes one that is worth more than his own, nobody gives what he lacks."""

from __future__ import annotations

import pytest

from pellucid.kernel.access.models import FieldRight, Grant, Role, RoleRight, Unit, User
from pellucid.kernel.access.rights import VERBS, duty
from pellucid.kernel.actions.run import run, scoped
from pellucid.kernel.records import versions
from pellucid.kernel.records.errors import Refused
from pellucid.people.models import Staff
from tests.people.test_staff import staff_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(world):
    """Sam, a sales manager of the east who looks after employees and roles, too."""
    role = Role.objects.create(code="clerk", label={"zh-hans": "人事", "en": "Personnel"})
    for key in ("staff", "role", "user"):
        RoleRight.objects.bulk_create(RoleRight(role=role, resource=key, verb=verb, scope="all") for verb in VERBS)
    Grant.objects.create(user=world.users["sam"], role=role, unit=world.units["hq"])
    versions.forget()
    return world.actor("sam")


def do(what, staff, actor, inputs=None, **more):
    return run(what, staff.pk, actor, inputs or {}, **more)


def version(staff):
    return Staff.objects.get(pk=staff.pk).version


ACTS = {
    "staff_invite": lambda w: ({}, {}),
    "staff_reset": lambda w: ({}, {}),
    "staff_grant": lambda w: ({"role": Role.objects.get(code="sales").pk, "unit": w.units["east_team"].pk}, {}),
    "staff_deactivate": lambda w: ({"receiver": w.users["carol"].pk}, {}),
    "staff_update": lambda w: ({}, {"values": {"email": "mine@example.com"}}),
    "staff_delete": lambda w: ({}, {}),
}


@pytest.mark.parametrize("who", ["admin", "mona", "erin", "audrey", "bob"])
@pytest.mark.parametrize("what", ACTS)
def test_who_may_more_is_out_of_reach(world, clerk, what, who):
    """An administrator, the manager of the branch, the executive, the auditor, and a seller of another branch, whose unit is not his."""
    if who == "bob":
        Grant.objects.create(user=world.users["bob"], role=Role.objects.get(code="sales_manager"), unit=world.units["west_sales"])
        versions.forget()
    staff = staff_for(world, who)
    inputs, more = ACTS[what](world)
    more |= {"version": version(staff)} if what == "staff_update" else {}
    before = (Grant.objects.count(), User.objects.get(pk=staff.user_id).email, User.objects.filter(is_active=True).count())
    with pytest.raises(Refused) as refused:
        do(what, staff, clerk, inputs, **more)
    assert refused.value.message.startswith(f"{world.users[who].name} 的权限超出您的权限（")
    assert before == (Grant.objects.count(), User.objects.get(pk=staff.user_id).email, User.objects.filter(is_active=True).count())


@pytest.mark.parametrize("what", ACTS)
def test_who_may_as_much_or_less_is_within_reach(world, clerk, what):
    staff = staff_for(world, "alice")
    inputs, more = ACTS[what](world)
    more |= {"version": version(staff)} if what == "staff_update" else {}
    do(what, staff, clerk, inputs, **more)


def test_nobody_gives_more_than_he_holds(world, clerk):
    alice, role = staff_for(world, "alice"), {r.code: r.pk for r in Role.objects.all()}
    east, west = world.units["east_sales"].pk, world.units["west_sales"].pk
    for code, unit in (("admin", east), ("executive", east), ("branch_manager", east), ("sales_manager", west), ("auditor", east)):
        for name, pk, inputs in (("staff_grant", alice.pk, {}), ("grant_give", None, {"user": alice.user_id})):
            with pytest.raises(Refused):
                run(name, pk, clerk, {"role": role[code], "unit": unit, **inputs})
        with pytest.raises(Refused):
            run("staff_hire", None, clerk, {"name": "顾维民", "unit": unit, "role": role[code]})
    assert set(Grant.objects.filter(user=alice.user_id).values_list("role__code", flat=True)) == {"sales"}
    run("grant_give", None, clerk, {"user": alice.user_id, "role": role["sales_manager"], "unit": world.units["east_team"].pk})
    run("staff_hire", None, clerk, {"name": "顾维民", "unit": east, "role": role["sales"]})


def test_nobody_widens_a_role_that_is_held_beyond_his_own(world, clerk):
    own, sales = Role.objects.get(code="clerk"), Role.objects.get(code="sales")
    FieldRight.objects.create(role=Role.objects.get(code="sales_manager"), resource="customer", field="revenue", level="masked")
    FieldRight.objects.create(role=sales, resource="customer", field="revenue", level="none")
    versions.forget()
    clerk = world.actor("sam")
    for role, cells, fields in ((own, {("setting", "edit"): 5}, {}), (own, {("customer", "delete"): 5}, {}),
                                (sales, {}, {("customer", "revenue"): "write"})):  # fmt: skip
        with pytest.raises(Refused):
            run("role_set_rights", role.pk, clerk, cells=cells, fields=fields)
    assert not RoleRight.objects.filter(role=own, resource__in=("setting", "customer")).exists()
    run("role_set_rights", own.pk, clerk, cells={("staff", "export"): 0}, fields={})


def test_an_administrator_may_everything_and_everybody_his_own(world, clerk):
    admin, sam = world.actor("admin"), staff_for(world, "sam")
    do("staff_reset", staff_for(world, "erin"), admin)
    do("staff_update", sam, clerk, values={"email": "sam@example.com"}, version=version(sam))
    assert User.objects.get(pk=sam.user_id).email == "sam@example.com"


def test_who_left_comes_back_without_roles_and_only_by_whom_he_does_not_exceed(world, clerk):
    staff = staff_for(world, "alice")
    do("staff_deactivate", staff, clerk, {"receiver": world.users["carol"].pk})
    do("staff_return", staff, clerk, {"unit": world.units["east_sales"].pk})
    assert not Grant.objects.filter(user=staff.user_id).exists()


@pytest.fixture
def planner(world, clerk):
    """Sam once more, who may change the units, too."""
    role = Role.objects.get(code="clerk")
    RoleRight.objects.bulk_create(RoleRight(role=role, resource="unit", verb=verb, scope="all") for verb in VERBS)
    versions.forget()
    return world.actor("sam")


@pytest.mark.parametrize("who", ["sam", "carol"])
@pytest.mark.parametrize("where", ["hq", "west", "east"])
def test_nobody_becomes_a_catcher_by_hand_of_who_may_less(world, planner, who, where):
    """Catching brings rights below a unit (all of them, at the headquarters): not for himself, nor for a colleague."""
    unit = world.units[where]
    with pytest.raises(Refused) as refused:
        run("unit_change", unit.pk, planner, {"name": unit.name, "catcher": world.users[who].pk})
    assert "不能授予自己没有的权限" in refused.value.message
    assert Unit.objects.get(pk=unit.pk).catcher_id == (world.users["erin"].pk if where == "hq" else None)


def test_a_catcher_is_named_by_who_may_as_much_there(world, planner):
    team = world.units["east_team"]
    role = Role.objects.create(code="heads", label={"zh-hans": "全部", "en": "Everything"})
    RoleRight.objects.bulk_create(
        RoleRight(role=role, resource=key, verb=verb, scope="unit_below") for key, verb in duty([(team.pk, world.units["east_sales"].pk)])
    )
    Grant.objects.create(user=world.users["sam"], role=role, unit=world.units["east_sales"])
    versions.forget()
    run("unit_change", team.pk, world.actor("sam"), {"name": "苏州一组", "catcher": world.users["carol"].pk})
    assert Unit.objects.get(pk=team.pk).catcher_id == world.users["carol"].pk
    run("unit_change", world.units["hq"].pk, world.actor("sam"), {"name": "总部", "catcher": world.users["erin"].pk})  # as it was
    run("unit_change", world.units["west"].pk, world.actor("admin"), {"name": "西部", "catcher": world.users["carol"].pk})


def test_nobody_hangs_a_unit_where_more_is_reached_than_he_reaches(world, planner):
    west, east = world.units["west_sales"], world.units["east_sales"]
    firm = world.customer("西部公司", by="bob")
    with pytest.raises(Refused):  # sam would see the customers of the west
        run("unit_move", west.pk, planner, {"parent": east.pk})
    with pytest.raises(Refused):
        run("unit_close", west.pk, planner, {"receiver": east.pk})
    assert Unit.objects.get(pk=west.pk).parent_id == world.units["west"].pk
    assert not scoped(type(firm), world.actor("sam")).filter(pk=firm.pk).exists()
    run("unit_move", world.units["east_team"].pk, planner, {"parent": world.units["east"].pk})  # who reaches that reached it before
    run("unit_move", west.pk, world.actor("admin"), {"parent": east.pk})
    assert scoped(type(firm), world.actor("sam")).filter(pk=firm.pk).exists()
