"""The API's promises, one story each."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.events.models import Event
from pellucid.kernel.records import days

pytestmark = pytest.mark.django_db


def test_create_read_update_delete(world, api):
    alice = api("alice")
    made = alice("POST", "customers", {"name": "苏州恒砺精密制造有限公司", "employees": 600, "level": "A"})
    assert made.status_code == 201, made.data
    pk = made.data["id"]
    assert (made.data["name"], made.data["level"], made.data["owner"]) == (
        "苏州恒砺精密制造有限公司",
        "A",
        world.users["alice"].pk,
    )
    read = alice("GET", f"customers/{pk}")
    assert (read.status_code, read["ETag"]) == (200, '"1"')
    assert alice("GET", f"customers/{pk}", if_none_match='"1"').status_code == 304
    assert alice("PATCH", f"customers/{pk}", {"address": "园区"}).status_code == 428
    changed = alice("PATCH", f"customers/{pk}", {"address": "园区"}, if_match='"1"')
    assert (changed.status_code, changed.data["address"], changed["ETag"]) == (200, "园区", '"2"')
    assert alice("PATCH", f"customers/{pk}", {"address": "新区"}, if_match='"1"').status_code == 412
    assert alice("PATCH", f"customers/{pk}", {"address": "新区", "version": 1}).status_code == 409
    assert alice("DELETE", f"customers/{pk}").status_code == 403
    assert api("sam")("DELETE", f"customers/{pk}").status_code == 204
    assert alice("GET", f"customers/{pk}").status_code == 404


def test_a_doubtful_record_is_asked_about_and_made_when_meant(world, api):
    known = world.customer("苏州恒砺精密制造有限公司")
    asked = api("alice")("POST", "customers", {"name": known.name})
    assert (asked.status_code, asked.data["error"]["code"], list(asked.data["error"]["fields"])) == (409, "unsure", ["name"])
    assert api("alice")("POST", "customers?sure=1", {"name": known.name}).status_code == 201


def test_list_filters_sorts_and_pages_by_cursor(world, api):
    for n in range(7):
        world.customer(f"客户{n}", employees=n)
    alice = api("alice")
    first = alice("GET", "customers?sort=-employees&size=3&fields=name,employees").data
    assert [i["employees"] for i in first["items"]] == [6, 5, 4] and first["previous"] is None
    from urllib.parse import quote

    second = alice("GET", "customers?sort=created_at&size=3&fields=name").data
    third = alice("GET", f"customers?sort=created_at&size=3&fields=name&after={quote(second['next'])}").data
    assert [i["name"] for i in second["items"] + third["items"]] == [f"客户{n}" for n in (6, 5, 4, 3, 2, 1)]
    back = alice("GET", f"customers?sort=created_at&size=3&fields=name&before={quote(third['previous'])}").data
    assert back["items"] == second["items"]
    assert [i["name"] for i in alice("GET", "customers?f.employees=gte:5&sort=employees").data["items"]] == ["客户5", "客户6"]
    assert alice("GET", "customers/totals?f.employees=gte:5").data == {"count": 2, "exact": True, "sums": {}}
    assert alice("GET", "customers?f.nope=eq:1").status_code == 422
    assert alice("GET", "customers?fields=nope").status_code == 422
    assert api("bob")("GET", "customers").data["items"] == []


def test_errors_name_the_field(world, api):
    answer = api("alice")("POST", "customers", {"name": "", "website": "javascript:alert(1)", "nope": 1})
    assert (answer.status_code, sorted(answer.data["error"]["fields"])) == (422, ["nope"])
    answer = api("alice")("POST", "customers", {"name": "", "website": "javascript:alert(1)"})
    assert sorted(answer.data["error"]["fields"]) == ["name", "website"]
    assert api("alice")("POST", "customers", ["x"]).status_code == 400


def test_one_effect_per_idempotency_key(world, api):
    alice = api("alice")
    one = alice("POST", "customers", {"name": "甲"}, idempotency_key="k1")
    two = alice("POST", "customers", {"name": "甲"}, idempotency_key="k1")
    assert (
        one.status_code == two.status_code == 201 and one.data["id"] == two.data["id"] and two["Idempotency-Replayed"] == "true"
    )
    assert alice("POST", "customers", {"name": "乙"}, idempotency_key="k1").status_code == 422
    assert len(alice("GET", "customers").data["items"]) == 1


def test_a_deletion_and_a_set_have_one_effect_per_key_too(world, api):
    made, sam = [world.customer(n).pk for n in ("甲", "乙")], api("sam")
    once = [sam("DELETE", f"customers/{made[0]}", idempotency_key="d1") for _ in range(2)]
    assert [a.status_code for a in once] == [204, 204] and once[1]["Idempotency-Replayed"] == "true"
    wanted = {"action": "reassign", "ids": made[1:], "inputs": {"owner": world.users["carol"].pk}}
    many = [sam("POST", "customers/bulk", wanted, idempotency_key="b1") for _ in range(2)]
    assert many[0].data == many[1].data == {"done": made[1:], "failed": []} and many[1]["Idempotency-Replayed"] == "true"
    assert Event.objects.filter(name="customer.reassigned").count() == 1


def test_actions_history_and_as_of(world, api):
    made = world.customer("甲")
    sam = api("sam")
    assert (
        sam("POST", f"customers/{made.pk}/reassign", {"owner": world.users["carol"].pk, "reason": "均衡"}).data["state"] == "done"
    )
    lines = sam("GET", f"customers/{made.pk}/history").data["items"]
    assert (
        lines[0]["changes"]["owner"] == {"old": world.users["alice"].pk, "new": world.users["carol"].pk}
        and lines[0]["reason"] == "均衡"
    )
    assert sam("GET", f"customers/{made.pk}/as-of?on=2020-01-01").status_code == 404
    today = sam("GET", f"customers/{made.pk}/as-of?on={days.today()}").data["values"]
    assert today["owner"] == world.users["carol"].pk
    assert sam("POST", f"customers/{made.pk}/nothing", {}).status_code == 404
    assert sam("POST", f"customers/{made.pk}/reassign", {"owner": world.users["carol"].pk, "x": 1}).status_code == 422


def test_tokens_reach_as_far_as_their_scopes(world, api):
    made = world.customer("甲")
    reader = api("alice", ("customer:read",))
    assert reader("GET", f"customers/{made.pk}").status_code == 200
    assert reader("GET", "contacts").status_code == 403
    assert reader("PATCH", f"customers/{made.pk}", {"address": "x", "version": 1}).status_code == 403
    from django.test import Client

    assert Client().get("/api/v1/customers").status_code == 401
    assert api("alice")("PUT", "customers").status_code == 405


def test_bulk_says_what_was_done_and_what_not(world, api):
    mine, theirs = world.customer("甲"), world.customer("乙", by="bob")
    answer = api("sam")(
        "POST",
        "customers/bulk",
        {"action": "reassign", "ids": [mine.pk, theirs.pk], "inputs": {"owner": world.users["carol"].pk}},
    )
    assert answer.data["done"] == [mine.pk] and answer.data["failed"][0]["code"] == "missing"


@pytest.mark.parametrize("size", ["0", "201", "0100000000", "²", "-5", "9" * 30])
def test_no_answer_is_longer_than_said(world, api, size):
    assert api("alice")("GET", f"customers?size={size}").status_code == 422
    assert api("alice")("GET", f"measures/rows?measure=customers&size={size}").status_code == 422


def test_digits_of_other_alphabets_are_no_numbers(world, api):
    pk = world.customer("甲公司", by="alice").pk
    assert api("alice")("PATCH", f"customers/{pk}", {"address": "园区"}, if_match='"²"').status_code in (400, 412, 422)
    assert api("alice")("GET", f"customers/{pk}/history?before=²").status_code == 200


def test_a_set_is_one_event_and_each_left_out_is_told_as_a_call_for_it_would_be(world, api):
    mine, theirs, parent = world.customer("甲"), world.customer("乙", by="bob"), world.customer("母公司")
    world.customer("子公司", parent=str(parent.pk))
    answer = api("sam")("POST", "customers/bulk", {"action": "delete", "ids": [parent.pk, mine.pk, theirs.pk]})
    assert answer.data["done"] == [mine.pk]
    alone = {pk: api("sam")("DELETE", f"customers/{pk}") for pk in (parent.pk, theirs.pk)}
    for left in answer.data["failed"]:
        single = alone[left["id"]]
        assert (left["status"], left["code"]) == (single.status_code, single.data["error"]["code"])
    assert [left["id"] for left in answer.data["failed"]] == [parent.pk, theirs.pk]
    assert Event.objects.filter(name="customer.deleted").count() == 1


def test_a_set_is_updated_with_errors_at_the_field(world, api):
    one, two, theirs = world.customer("甲"), world.customer("乙"), world.customer("丙", by="bob")
    ask = api("alice")
    wanted = {"action": "update", "ids": [two.pk, one.pk, theirs.pk], "inputs": {"address": "园区 1 号"}}
    answers = [ask("POST", "customers/bulk", wanted, idempotency_key="u1") for _ in range(2)]
    assert answers[0].data == answers[1].data and answers[1]["Idempotency-Replayed"] == "true"
    assert answers[0].data["done"] == [two.pk, one.pk] and [left["code"] for left in answers[0].data["failed"]] == ["missing"]
    for made in (one, two):
        made.refresh_from_db()
        assert (made.address, made.version) == ("园区 1 号", 2)
    theirs.refresh_from_db()
    assert theirs.address == ""
    wrong = ask("POST", "customers/bulk", wanted | {"inputs": {"employees": "many"}})
    assert wrong.status_code == 422 and list(wrong.data["error"]["fields"]) == ["employees"]
    # what is wrong for one of them only is told of that one, at its field; the other is done
    loop = ask("POST", "customers/bulk", {"action": "update", "ids": [one.pk, two.pk], "inputs": {"parent": two.pk}})
    assert loop.data["done"] == [one.pk]
    (left,) = loop.data["failed"]
    assert (left["id"], left["status"], list(left["fields"])) == (two.pk, 422, ["parent"])
    assert ask("POST", "customers/bulk", {"action": "create", "ids": [one.pk]}).status_code == 404


def test_a_program_says_that_it_means_it(world, api):
    customer = world.customer("恒砺精密", by="alice")
    quotation = run("quotation_create", None, world.actor("alice"), values={"customer": customer.pk}).record
    ask, where = api("alice"), f"quotations/{quotation.pk}/paste"
    answer = ask("POST", where, {"text": "主机\t1\t10"})
    assert (answer.status_code, answer.data["error"]["code"]) == (409, "unsure") and not quotation.lines.exists()
    assert ask("POST", f"{where}?sure=1", {"text": "主机\t1\t10"}).status_code == 200
    assert quotation.lines.get().name == "主机"
