"""Whom processes ask as the company knows it: managers upward, and who took over from somebody who left."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.processes import approvers
from pellucid.kernel.processes.approvers import Case
from pellucid.kernel.processes.definition import Who
from pellucid.people.models import Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(world):
    """alice - sam - mona - erin."""
    above = {"alice": "sam", "sam": "mona", "mona": "erin", "erin": None}
    units = {"alice": "east_sales", "sam": "east_sales", "mona": "east", "erin": "hq"}
    for name in above:
        user = world.users[name]
        Staff.objects.create(user=user, name=user.name, unit=world.units[units[name]], manager=world.users[above[name]] if above[name] else None)
    return {name: world.users[name].pk for name in above}


def named(line, kind: str, **more: object) -> list[int]:
    return approvers.approvers[kind].find(Who(kind=kind, **more), Case(line["alice"], lambda name: line["sam"]))


def test_the_nth_manager_and_the_line_upward(line):
    assert named(line, "manager") == [line["sam"]]
    assert named(line, "manager", level=2) == [line["mona"]]
    assert named(line, "managers", level=2) == [line["sam"], line["mona"]]
    assert named(line, "managers", level=9) == [line["sam"], line["mona"], line["erin"]]
    assert named(line, "manager", of="owner") == [line["mona"]]


def test_a_changed_manager_counts_at_once(world, line):
    staff = Staff.objects.get(user=line["alice"])
    run("staff_update", staff.pk, world.actor("admin"), values={"manager": line["mona"]}, version=staff.version)
    assert named(line, "manager") == [line["mona"]]


def test_without_a_named_manager_the_head_of_the_unit_stands_above(world, line):
    unit = world.units["west"]
    unit.head = world.users["wendy"]
    unit.save()
    assert approvers.manager(world.users["bob"].pk) == world.users["wendy"].pk
    assert approvers.manager(world.users["wendy"].pk) is None


def test_who_took_over_follows_who_left(world, line):
    staff = Staff.objects.get(user=line["sam"])
    run("staff_deactivate", staff.pk, world.actor("admin"), {"receiver": line["mona"]})
    assert approvers.successor(line["sam"]) == line["mona"]
    work_off()
