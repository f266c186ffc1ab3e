"""Units: made, moved, closed; rights follow the tree, the stored branch is rewritten."""

from __future__ import annotations

import pytest

from pellucid.kernel.access import directory
from pellucid.kernel.access.models import Grant, Unit
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import run, scoped
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused
from pellucid.people.models import Staff

pytestmark = pytest.mark.django_db


def test_made_below_another_and_named_once(world):
    given = {"parent": world.units["east"].pk, "name": "华东售前组", "kind": "team"}
    unit = run("unit_create", None, world.actor("admin"), given).record
    assert tree().branch(unit.pk) == world.units["east"].pk
    with pytest.raises(Invalid):
        run("unit_create", None, world.actor("admin"), given)
    with pytest.raises(Forbidden):
        run("unit_create", None, world.actor("mona"), given | {"name": "x"})


def test_moving_across_branches_rewrites_the_branch_and_the_reach(world):
    customer = world.customer("甲公司", by="alice")
    assert customer.branch_id == world.units["east"].pk
    run("unit_move", world.units["east_sales"].pk, world.actor("admin"), {"parent": world.units["west"].pk})
    customer.refresh_from_db()
    assert customer.branch_id == world.units["west"].pk and customer.unit_id == world.units["east_sales"].pk
    model = type(customer)
    assert scoped(model, world.actor("wendy")).filter(pk=customer.pk).exists()
    assert not scoped(model, world.actor("mona")).filter(pk=customer.pk).exists()


def test_no_unit_stands_below_itself(world):
    with pytest.raises(Invalid):
        run("unit_move", world.units["east"].pk, world.actor("admin"), {"parent": world.units["east_team"].pk})
    with pytest.raises(Refused):
        run("unit_move", world.units["hq"].pk, world.actor("admin"), {"parent": world.units["east"].pk})


def test_closing_needs_a_receiver_and_ends_wide_roles(world):
    alice = world.users["alice"]
    Staff.objects.create(user=alice, name=alice.name, unit=world.units["east_sales"])
    customer = world.customer("甲公司", by="alice")
    with pytest.raises(Refused):  # a team is open below it
        run("unit_close", world.units["east_sales"].pk, world.actor("admin"), {"receiver": world.units["west_sales"].pk})
    run("unit_close", world.units["east_team"].pk, world.actor("admin"), {"receiver": world.units["east_sales"].pk})
    run("unit_close", world.units["east_sales"].pk, world.actor("admin"), {"receiver": world.units["west_sales"].pk})
    customer.refresh_from_db()
    assert (customer.unit_id, customer.branch_id) == (world.units["west_sales"].pk, world.units["west"].pk)
    assert directory.home_of(alice.pk) == world.units["west_sales"].pk
    assert Grant.objects.get(user=alice).unit == world.units["west_sales"]
    assert not Grant.objects.filter(user=world.users["sam"]).exists()  # his role reached the whole unit
    assert Unit.objects.get(pk=world.units["east_sales"].pk).closed_at


def test_headquarters_keep_a_catcher(world):
    with pytest.raises(Invalid):
        run("unit_change", world.units["hq"].pk, world.actor("admin"), {"name": "集团总部"})


def test_before_closing_it_is_said_what_goes_along(world, browser):
    world.customer("甲公司", by="alice")
    unit = Unit.objects.get(pk=world.customer("乙公司", by="alice").unit_id)
    asked = browser("admin").get(f"/settings/do/unit_close/{unit.pk}", headers={"HX-Request": "true"}).content.decode()
    assert "撤销机构" in asked and "随之转入" in asked and '客户 <b class="num ink">2</b>' in asked
