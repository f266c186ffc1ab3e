"""The opinion box: given with a name or without any trace, supported, answered in public."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from pellucid.collaboration.actions.opinions import responsible
from pellucid.collaboration.lifecycles import OPINION
from pellucid.collaboration.models import Opinion
from pellucid.collaboration.opinions import box, support_card, to_answer
from pellucid.kernel.access.sessions import open_session
from pellucid.kernel.actions.run import run, unsigned
from pellucid.kernel.events.models import Event
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.notices.models import Notice
from pellucid.kernel.records.errors import Forbidden, Invalid, Refused

pytestmark = pytest.mark.django_db


def give(world, by="alice", **values):
    given = {"name": "报价审批太慢", "kind": "process", "text": "三级审批平均四天", **values}
    return run("opinion_create", None, world.actor(by), values=given).record


def test_it_goes_to_who_has_to_answer(world):
    about_rules, about_system = give(world), give(world, kind="system")
    assert about_rules.owner == world.users["erin"] and about_system.owner == world.users["admin"]
    assert about_rules.author == world.users["alice"] and about_rules.state == "open"
    run("setting_set", None, world.actor("admin"), values={"opinions.rules": str(world.users["mona"].pk)})
    assert responsible("rule") == world.users["mona"].pk
    work_off()
    assert set(Notice.objects.filter(kind="opinion_given").values_list("user_id", flat=True)) == {world.users["erin"].pk, world.users["admin"].pk}


ABOUT_USERS = """SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema IN ('public', 'history')
  AND column_name IN ('user_id', 'actor', 'actor_id', 'author_id', 'created_by_id', 'deleted_by_id', 'on_behalf_of', 'owner_id', 'by_id')"""


def everywhere(user_id: int) -> dict[str, int]:
    """How many rows of which tables name this user, in any column about users."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(ABOUT_USERS)
        for schema, table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{schema}"."{table}" WHERE "{column}" = %s', [user_id])
            if n := cursor.fetchone()[0]:
                found[f"{table}.{column}"] = n
    return found


def test_without_a_name_nothing_is_kept_of_who_it_was(world):
    """Every table is looked through before and after: nothing about the author has come."""
    client = Client()
    client.cookies["pellucid"] = open_session(world.users["alice"])
    client.get("/p/opinions")
    before = everywhere(world.users["alice"].pk)
    answer = client.post("/opinions/new", {"name": "考勤制度不合理", "kind": "rule", "text": "外勤打卡要回公司", "anonymous": "1"}, follow=True)
    assert answer.status_code == 200
    work_off()
    assert everywhere(world.users["alice"].pk) == before
    opinion = Opinion.objects.get()
    assert (opinion.anonymous, opinion.author, opinion.created_by) == (True, None, None)
    event = Event.objects.get(resource="opinion", record_id=opinion.pk)
    assert event.actor_id is None and event.on_behalf_of is None
    assert [m.time().isoformat() for m in (event.at, opinion.created_at)] == ["16:00:00", "16:00:00"]  # midnight in China
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor, new::text FROM history.audit WHERE tbl = 'collaboration_opinion' AND row_id = %s", [opinion.pk])
        lines = cursor.fetchall()
    assert lines and all(actor is None for actor, _new in lines)
    other = Client()
    other.cookies["pellucid"] = open_session(world.users["admin"])
    for href in (f"/opinions/{opinion.pk}", f"/opinions/{opinion.pk}/history", "/opinions/?view=all"):
        page = other.get(href).content.decode()
        assert "考勤制度不合理" in page, href
        assert "林晓彤" not in page.partition("<main")[2], href
    shown = box(world.actor("bob"), {})["opinions"][0]
    assert shown["by"] == "匿名同事" and shown["when"] == "今天" and shown["post"]


def test_with_a_name_it_is_kept(world):
    client = Client()
    client.cookies["pellucid"] = open_session(world.users["alice"])
    client.post("/opinions/new", {"name": "列表太密", "kind": "system", "text": "手机上看不清"})
    opinion = Opinion.objects.get()
    assert (opinion.author, opinion.created_by) == (world.users["alice"], world.users["alice"])
    assert {"collaboration_opinion.author_id", "audit.actor"} <= set(everywhere(world.users["alice"].pk))


def test_a_call_cannot_be_without_a_name(world):
    with pytest.raises(Invalid) as refused:
        run("opinion_create", None, world.actor("alice", "api"), values={"name": "x", "text": "y", "anonymous": True})
    assert "anonymous" in refused.value.errors and not Opinion.objects.exists()
    with pytest.raises(ValueError):
        unsigned()  # belongs into a running action


def test_an_opinion_stands_as_it_was_given(world):
    opinion = give(world)
    for values in ({"anonymous": "1"}, {"text": "很好"}, {"name": "很好"}):
        with pytest.raises(Invalid):
            run("opinion_update", opinion.pk, world.actor("erin"), values=values, version=opinion.version)
    run("opinion_update", opinion.pk, world.actor("erin"), values={"kind": "rule"}, version=opinion.version)
    opinion.refresh_from_db()
    assert (opinion.author, opinion.text, opinion.kind) == (world.users["alice"], "三级审批平均四天", "rule")


def test_support_counts_each_once_and_can_be_taken_back(world):
    opinion = give(world)
    assert run("opinion_support", opinion.pk, world.actor("bob")).value == 1
    assert run("opinion_support", opinion.pk, world.actor("carol")).value == 2
    assert run("opinion_support", opinion.pk, world.actor("bob")).value == 1
    with pytest.raises(Refused):
        run("opinion_support", opinion.pk, world.actor("alice"))
    card = support_card(opinion, world.actor("carol"))
    assert [p["label"] for p in card["people"]] == ["陈卓"] and card["opinion"]["supported"]
    give(world, name="别的", by="bob")
    assert [o["label"] for o in box(world.actor("mark"), {})["opinions"]] == ["报价审批太慢", "别的"]


def test_it_is_answered_in_public_by_who_is_responsible(world):
    opinion = give(world)
    run("opinion_support", opinion.pk, world.actor("carol"))
    with pytest.raises(Forbidden):
        run("opinion_answer", opinion.pk, world.actor("bob"), {"answer": "不"})
    assert to_answer(world.actor("bob"), {}) is None and to_answer(world.actor("erin"), {})["rows"][0]["label"] == "报价审批太慢"
    with pytest.raises(Invalid):
        run("opinion_carry_out", opinion.pk, world.actor("erin"))
    run("opinion_answer", opinion.pk, world.actor("erin"), {"answer": "下月改为两级"})
    work_off()
    assert set(Notice.objects.filter(kind="opinion_answered").values_list("user_id", flat=True)) == {world.users["alice"].pk, world.users["carol"].pk}
    assert to_answer(world.actor("erin"), {}) is None
    shown = box(world.actor("bob"), {"tab": "answered"})["opinions"][0]
    assert shown["answer"] == "下月改为两级" and shown["answered"].startswith("高以宁")
    run("opinion_carry_out", opinion.pk, world.actor("erin"), {"answer": "已上线"})
    assert box(world.actor("bob"), {"tab": "done"})["opinions"][0]["answer"] == "已上线"
    with pytest.raises(Refused):
        run("opinion_answer", opinion.pk, world.actor("erin"), {"answer": "再说"})
    run("opinion_reopen", opinion.pk, world.actor("erin"))
    assert [o["label"] for o in box(world.actor("alice"), {"tab": "mine"})["opinions"]] == ["报价审批太慢"]


def test_every_state_can_be_reached():
    assert OPINION.unreachable() == set()
