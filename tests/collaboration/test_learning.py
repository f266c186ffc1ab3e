"""Learning by role: whose path, what was read, and what a new version means."""

from __future__ import annotations

import pytest

from pellucid.collaboration import learning
from pellucid.collaboration.models import DocumentRead, LearningItem, LearningPath
from pellucid.kernel.access.models import Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.records.errors import Missing
from tests.collaboration.test_documents import document, given

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(world):
    role = Role.objects.get(code="sales")
    made = run("learningpath_create", None, world.actor("admin"), values={"name": "销售新人", "role": role.pk, "days": "30"}).record
    for at, (name, values) in enumerate((("第一课", {"file": given("一")}), ("第二课", {}), ("别人的", {"audience": "named", "by": "bob"})), 1):
        found = document(world, name, **values)
        run("learningitem_create", None, world.actor("admin"), values={"path": made.pk, "document": found.pk, "position": str(at)})
    return made


def mine(world, who="alice"):
    return [(p["name"], [(e["label"], e["read"]) for e in p["lines"]], p["share"]) for p in learning.paths(world.actor(who))]


def test_the_path_of_ones_role_in_order_and_within_sight(world, path):
    assert mine(world) == [("销售新人", [("第一课", False), ("第二课", False)], 0)]
    assert mine(world, "mark") == [] and learning.card(world.actor("mark"), {}) is None
    assert [e["label"] for e in learning.paths(world.actor("bob"))[0]["lines"]] == ["第一课", "第二课", "别人的"]
    LearningPath.objects.update(role=None)
    assert mine(world, "mark")[0][0] == "销售新人"
    LearningPath.objects.update(active=False)
    assert mine(world) == []


def test_what_was_read_is_marked_until_a_new_version_comes(world, path):
    first, second = (i.document for i in LearningItem.objects.order_by("position")[:2])
    run("document_mark_read", first.pk, world.actor("alice"))
    run("document_mark_read", first.pk, world.actor("alice"))
    assert DocumentRead.objects.count() == 1 and mine(world) == [("销售新人", [("第一课", True), ("第二课", False)], 50)]
    assert learning.card(world.actor("alice"), {})["path"]["next"]["label"] == "第二课"
    assert learning.on_document(second, world.actor("alice"))["at"] == 2
    run("document_new_version", first.pk, world.actor("alice"), {"file": given("二")})
    entry = learning.paths(world.actor("alice"))[0]["lines"][0]
    assert not entry["read"] and entry["newer"]
    run("document_mark_read", first.pk, world.actor("alice"))
    run("document_mark_read", second.pk, world.actor("alice"))
    assert mine(world)[0][2] == 100 and learning.card(world.actor("alice"), {}) is None
    run("document_mark_unread", second.pk, world.actor("alice"))
    assert mine(world)[0][2] == 50


def test_what_one_does_not_see_one_cannot_mark(world, path):
    hidden = LearningItem.objects.get(position=3).document
    with pytest.raises(Missing):
        run("document_mark_read", hidden.pk, world.actor("alice"))


def test_a_manager_sees_how_far_his_people_are_and_nobody_elses(world, path):
    run("document_mark_read", LearningItem.objects.get(position=1).document_id, world.actor("alice"))
    assert {(r["name"], r["done"], r["all"]) for r in learning.people(world.actor("sam"))} == {("林晓彤", 1, 3), ("陈卓", 0, 3)}
    assert {r["name"] for r in learning.people(world.actor("erin"))} == {"林晓彤", "陈卓", "赵磊"}
    assert learning.people(world.actor("alice")) == []
