"""The filters of the audit log: in words, each once."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.resources.admin import audit

pytestmark = pytest.mark.django_db


def test_filters_are_in_words_and_each_stands_once():
    with translation.override("zh-hans"):
        objects, done = [label for _t, label in audit.tables()], [label for _n, label in audit.actions()]
    assert not [label for label in objects if re.search("[a-z]", label)]
    assert not [label for label in done if "{" in label or re.search("[a-z]", label)]
    assert len(set(done)) == len(done) and done.count("关注") == 1


def test_an_action_is_found_on_every_object_it_is_called_so_on():
    with translation.override("zh-hans"):
        first = next(name for name, label in audit.actions() if label == "关注")
        assert {"customer.watched", "lead.watched"} <= set(audit._alike(first))


def test_words_find_lines_and_links_say_what_they_point_at(world, browser):
    one, other = world.customer("苏州恒砺精密制造有限公司"), world.customer("无锡鼎曜半导体设备有限公司")
    run("customer_add_task", one.pk, world.actor("alice"), {"name": "送样", "due_at": "2026-12-01T09:00"})
    run("customer_update", other.pk, world.actor("alice"), values={"parent": one.pk}, version=other.version)
    page = browser("admin")

    def found(q: str) -> list[dict]:
        return page.get("/settings/audit", {"q": q}).context_data["rows"]

    assert {r["title"] for r in found("鼎曜")} >= {"无锡鼎曜半导体设备有限公司"} and not [r for r in found("鼎曜") if r["title"].startswith("苏州")]
    assert found("林晓彤") and not found("没有这个词") and found("鼎%") == []
    (made,) = [r for r in found("送样") if r["object"] == "任务"]
    assert ("关于", "", "苏州恒砺精密制造有限公司", f"/customers/{one.pk}") in made["changes"]
    (moved,) = [r for r in found("鼎曜") if any(c[0] == "上级公司" for c in r["changes"])]
    assert ("上级公司", "", "苏州恒砺精密制造有限公司", f"/customers/{one.pk}") in moved["changes"]
    assert not [c for r in found("") for c in r["changes"] if "id" in c[0].lower().split()]


def test_what_one_may_not_read_is_not_found_by_its_words(world, browser):
    world.customer("苏州恒砺精密制造有限公司", note="只此一处的话")
    assert browser("admin").get("/settings/audit", {"q": "只此一处"}).context_data["rows"]
    FieldRight.objects.create(role=Role.objects.get(code="admin"), resource="customer", field="note", level="none")
    assert not browser("admin").get("/settings/audit", {"q": "只此一处"}).context_data["rows"]
