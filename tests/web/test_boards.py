"""Boards: columns, figures, cards within reach, moving and its refusals."""
from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone
from psycopg import sql

from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run, show_for
from pellucid.kernel.resources.columns import ALIAS
from pellucid.kernel.resources.declare import Board, Sum, registry
from pellucid.kernel.resources.lists import groups as engine
from pellucid.kernel.resources.lists import run as lists
from pellucid.kernel.resources.params import ListParams
from pellucid.kernel.resources.query import listing
from pellucid.web import boards
from tests.samples import record_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def columns(answer) -> dict[str, dict]:
    drawn = answer.context_data["list"]["board"]
    return {c["key"]: c for c in (*drawn["columns"], *drawn["folded"])}


def titles(column: dict) -> list[str]:
    return [c["title"] for c in column["cards"]]


def test_columns_in_order_with_counts_sums_and_cards(world, browser):
    for name, state, budget in (("甲", "new", "1000"), ("乙", "new", "500.50"), ("丙", "nurtured", None)):
        record_of("lead", world, text=name, name=name, state=state, budget=budget)
    answer = browser("alice").get("/leads/?view=all&as=board")
    found = columns(answer)
    assert list(found) == ["new", "nurtured", "qualified", "converted", "invalid"]
    assert [found[k]["count"] for k in found] == ["2", "1", "0", "0", "0"]
    assert found["new"]["sums"][0]["value"].replace(",", "").startswith("1500.5") or "1,500.5" in found["new"]["sums"][0]["value"]
    assert sorted(titles(found["new"])) == ["乙", "甲"] and titles(found["nurtured"]) == ["丙"]
    assert found["converted"]["folded"] and found["converted"]["cards"] == []
    assert answer.context_data["list"]["strip"][0]["value"] == "3"


def test_what_is_over_is_counted_up_to_what_a_list_counts_and_not_part_of_the_whole(world, browser, monkeypatch):
    for n, state in enumerate(("new", "new", "qualified", "converted", "converted", "converted")):
        record_of("lead", world, text=f"线索{n}", name=f"线索{n}", state=state, budget="1000",
                  **{"converted_at": timezone.now()} if state == "converted" else {})
    answer = browser("alice").get("/leads/?view=all&as=board")
    few = columns(answer)
    assert [few[k]["count"] for k in few] == ["2", "0", "1", "3", "0"]
    assert float(few["converted"]["sums"][0]["value"].replace(",", "").rstrip("元")) == 3000
    assert answer.context_data["list"]["strip"][0]["value"] == "3", "what goes on"
    monkeypatch.setattr(boards, "COUNT_LIMIT", 3)
    monkeypatch.setattr(boards, "count", partial(lists.count, limit=3))
    answer = browser("alice").get("/leads/?view=all&as=board")
    many = columns(answer)
    assert [many[k]["count"] for k in many] == ["2", "0", "1", "", ""] and many["converted"]["sums"] == []
    assert [c["href"] for c in many.values()] == [c["href"] for c in few.values()] and "None" not in answer.content.decode()
    assert answer.context_data["list"]["strip"][0]["value"] == "3"


def test_only_what_is_in_reach_counts_and_shows(world, browser):
    record_of("lead", world, owner="alice", text="东", name="东")
    record_of("lead", world, owner="bob", text="西", name="西")
    assert titles(columns(browser("alice").get("/leads/?view=all&as=board"))["new"]) == ["东"]
    assert columns(browser("bob").get("/leads/?view=all&as=board"))["new"]["count"] == "1"
    assert columns(browser("erin").get("/leads/?view=all&as=board"))["new"]["count"] == "2"
    assert browser("fay").get("/leads/?view=all&as=board").status_code == 403
    assert browser("fay").get("/leads/column?at=new").status_code == 403


def test_filters_views_and_search_are_the_lists(world, browser):
    record_of("lead", world, text="甲", name="甲", channel="web")
    record_of("lead", world, text="乙", name="乙", channel="phone")
    alice = browser("alice")
    answer = alice.get("/leads/?as=board&f.channel=in:web")
    assert titles(columns(answer)["new"]) == ["甲"]
    chip = answer.context_data["list"]["chips"][0]
    assert "as=board" in chip["remove"] and columns(alice.get("/leads/" + chip["remove"]))["new"]["count"] == "2"
    assert all("as=board" in v["href"] for v in answer.context_data["list"]["views"])
    alice.post("/leads/view?as=board&f.channel=in:web", {"name": "网页看板", "audience": "private"})
    kept = next(v for v in alice.get("/leads/").context_data["list"]["views"] if v["label"] == "网页看板")
    assert titles(columns(alice.get(kept["href"]))["new"]) == ["甲"]
    assert alice.get(kept["href"] + "&as=table").context_data["list"].get("board") is None


def test_more_cards_follow_by_place_in_the_order(world, browser, monkeypatch):
    from pellucid.web import boards

    monkeypatch.setattr(boards, "CARDS", 3)
    now = timezone.now()
    for n in range(8):
        record_of("lead", world, text=f"线索{n}", name=f"线索{n}", received_at=now - dt.timedelta(hours=n))
    alice = browser("alice")
    column = columns(alice.get("/leads/?view=all&as=board"))["new"]
    seen, more = titles(column), column["more"]
    while more:
        part = alice.get(more, headers=HTMX)
        seen += [c["title"] for c in part.context_data["cards"]]
        more = part.context_data["more"]
    assert seen == [f"线索{n}" for n in range(8)]


def test_a_card_moves_by_its_lifecycle(world, browser):
    lead = record_of("lead", world, text="甲", name="甲")
    alice = browser("alice")
    moved = alice.post(f"/leads/{lead.pk}/move", {"to": "nurtured", "was": "new", "drag": "1"}, headers=HTMX)
    assert moved.status_code == 204 and "X-Dialog" not in moved
    lead.refresh_from_db()
    assert lead.state == "nurtured"
    asked = alice.post(f"/leads/{lead.pk}/move", {"to": "invalid", "was": "nurtured", "drag": "1"}, headers=HTMX)
    assert asked["X-Dialog"] == f"/leads/{lead.pk}/do/lead_invalidate"
    assert alice.get(asked["X-Dialog"], headers=HTMX).status_code == 200
    chosen = alice.post(f"/leads/{lead.pk}/move", {"to": "invalid", "was": "nurtured"}, headers=HTMX)
    assert 'name="invalid_reason"' in chosen.content.decode()
    lead.refresh_from_db()
    assert lead.state == "nurtured"


def test_refusals_are_said_and_change_nothing(world, browser):
    lead = record_of("lead", world, text="甲", name="甲")
    alice, path = browser("alice"), f"/leads/{lead.pk}/move"
    asked = alice.post(path, {"to": "converted", "was": "new", "drag": "1"}, headers=HTMX)
    assert asked["X-Dialog"] == f"/leads/{lead.pk}/do/lead_convert", "what it makes is said before it is made"
    alice.post(path, {"to": "nurtured", "was": "new", "drag": "1"}, headers=HTMX)
    assert "没有" in told(refused := alice.post(path, {"to": "new", "was": "nurtured", "drag": "1"}, headers=HTMX)) and refused.status_code == 409
    assert alice.post(path, {"to": "qualified", "was": "new", "drag": "1"}, headers=HTMX).status_code == 409
    assert alice.post(path, {"to": "nowhere", "drag": "1"}, headers=HTMX).status_code == 409
    assert browser("bob").post(path, {"to": "qualified"}, headers=HTMX).status_code == 404
    assert browser("audrey").post(path, {"to": "qualified"}, headers=HTMX).status_code == 403
    lead.refresh_from_db()
    assert lead.state == "nurtured"


def told(answer) -> str:
    import json

    return json.loads(answer["HX-Trigger"])["toast"]["text"]


def test_a_card_moves_by_an_action_that_asks_and_by_editing(world, browser, monkeypatch):
    customer = world.customer("甲")
    asked = browser("alice").post(f"/customers/{customer.pk}/move", {"to": "2", "was": str(customer.customer_class), "drag": "1"}, headers=HTMX)
    assert asked["X-Dialog"] == f"/customers/{customer.pk}/do/customer_set_class?customer_class=2"
    monkeypatch.setattr(registry["task"], "board", Board("priority"))  # a field that a form may change
    task = record_of("task", world, text="打电话", priority="low")
    done = browser("alice").post(f"/tasks/{task.pk}/move", {"to": "high", "was": "low", "drag": "1"}, headers=HTMX)
    task.refresh_from_db()
    assert task.priority == "high" and '"undo": "/undo/' in done["HX-Trigger"]


def test_readers_see_no_handles(world, browser):
    record_of("lead", world, text="甲", name="甲")
    drawn = browser("audrey").get("/leads/?view=all&as=board")
    assert not drawn.context_data["list"]["board"]["movable"] and b"draggable=\"true\"" not in drawn.content
    assert b"draggable=\"true\"" in browser("alice").get("/leads/?view=all&as=board").content


@pytest.mark.parametrize("level", ["none", "masked"])
def test_fields_one_may_not_read_are_not_on_the_board(world, browser, level):
    record_of("lead", world, text="甲", name="甲", budget="987654.32", contact_name="秘密联系人")
    sales = Role.objects.get(code="sales")
    for name in ("budget", "contact_name"):
        FieldRight.objects.create(role=sales, resource="lead", field=name, level=level)
    answer = browser("alice").get("/leads/?view=all&as=board")
    text = answer.content.decode()
    assert columns(answer)["new"]["sums"] == [] and "987,654" not in text and "98.7" not in text and "秘密联系人" not in text
    FieldRight.objects.create(role=sales, resource="lead", field="state", level=level)
    answer = browser("alice").get("/leads/?view=all&as=board")
    assert answer.context_data["list"].get("board") is None and browser("alice").get("/leads/column?view=all&at=new").status_code == 404


def test_the_engine_agrees_with_django_whatever_the_scope_and_the_way(world):
    """Random leads; every person, several filters and orders; ranked, walked and mixed columns."""
    from django.db.models import Count

    from pellucid.customers.models import Lead
    from pellucid.kernel.actions.run import scoped

    chance = random.Random(7)
    now = timezone.now()
    for n in range(90):
        record_of("lead", world, owner=chance.choice(("alice", "bob", "sam", "mona", "carol")), text=f"线索{n}", name=f"线索{n}",
                  state=chance.choice(("new", "new", "nurtured", "qualified")), score=chance.randrange(9), channel=chance.choice(("web", "phone")),
                  received_at=now - dt.timedelta(minutes=chance.randrange(600)))
    shared = Lead._base_manager.filter(owner=world.users["bob"])[0]
    run("lead_share", shared.pk, world.actor("bob"), {"user": world.users["alice"].pk, "level": "1"})
    resource = registry["lead"]
    for name in ("alice", "bob", "sam", "mona", "erin", "audrey"):
        actor = world.actor(name)
        for filters, where in (((), {}), ([("f.channel", "in:web")], {"channel": "web"})):
            for sort, order in (("", ("-received_at", "-id")), ("-received_at", ("received_at", "id")), ("score", ("-score", "-id"))):
                asked = listing(resource, actor, ListParams.parse([*filters, ("sort", sort)]), show_for(actor))
                query = replace(asked.query, columns=(sql.Identifier(ALIAS, "id"),))
                rows = scoped(Lead, actor).filter(**where)
                expected = dict(rows.order_by().values_list("state").annotate(Count("pk")))
                figures = engine.groups(connection, query, sql.Identifier(ALIAS, "state"))
                assert {k: g.count for k, g in figures.items()} == expected, (name, filters)
                rest = engine.others(query, "state", ["new", "lost"], "text", empty=False)
                going = engine.groups(connection, replace(query, where=(*query.where, rest)), sql.Identifier(ALIAS, "state"))
                assert {k: g.count for k, g in going.items()} == {k: n for k, n in expected.items() if k != "new"}, (name, filters)
                wanted = {s: list(rows.filter(state=s).order_by(*order).values_list("pk", flat=True)[:5]) for s in expected}
                for few in (0, 15, 1000):
                    got = engine.tops(connection, query, "state", "text", expected, 5, few=few)
                    assert {s: [r[0] for r in cards] for s, cards in got.items()} == wanted, (name, filters, sort, few)


def test_weighted_sums_and_empty_values(world, monkeypatch, browser):
    record_of("lead", world, text="甲", name="甲", budget="1000", score=25)
    record_of("lead", world, text="乙", name="乙", budget="400", score=50)
    board = Board("industry", sums=(Sum("budget"), Sum("budget", "加权", weight="score")))
    monkeypatch.setattr(registry["lead"], "board", board)
    answer = browser("alice").get("/leads/?view=all&as=board")
    found = columns(answer)
    assert found[""]["count"] == "2" and sorted(titles(found[""])) == ["乙", "甲"] and not found[""]["movable"]
    assert [s["value"].replace(",", "")[:5] for s in found[""]["sums"]] == ["1400", "450"] or [
        float(s["value"].replace(",", "").rstrip("元")) for s in found[""]["sums"]] == [1400.0, 450.0]
