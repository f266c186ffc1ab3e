"""Numbers over the API are those of the pages: the same rights, the same rows, and refusals instead of guesses."""

from __future__ import annotations

import datetime as dt
from functools import cache

import jsonschema_rs
import pytest

from pellucid.api.schema import document
from pellucid.kernel.access.models import FieldRight, Role
from pellucid.kernel.actions.run import run
from pellucid.kernel.metrics.declare import analyses, changes, measures
from pellucid.kernel.records import days
from tests.orders.test_attributes import attribute

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(world):
    attribute(world, "Colour", "term", options="红 | Red\n蓝 | Blue")  # without any, the analysis of attributes has nothing to ask
    for n, (by, amount) in enumerate([("alice", 100), ("alice", "200.50"), ("carol", 400), ("bob", 1000)]):
        customer = world.customer(f"客户{n}", by=by)
        run("opportunity_create", None, world.actor(by), values={"name": f"商机{n}", "customer": customer.pk, "amount": amount})
    return world


@cache
def described(path: str) -> jsonschema_rs.Draft202012Validator:
    """What the description, which is the same for every company, says of the answer of a path."""
    doc = document()
    schema = doc["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    return jsonschema_rs.Draft202012Validator({**schema, "components": {"schemas": doc["components"]["schemas"]}})


def fits(data, path: str) -> None:
    described(path).validate(data)


def test_everything_counted_is_listed_with_its_words(made, api):
    found = api("erin")("GET", "measures").data
    fits(found, "/api/v1/measures")
    assert {m["name"] for m in found["measures"]} == set(measures)
    assert all(m["label"] and m["formula"] for m in found["measures"])
    known = api("erin")("GET", "analyses").data
    fits(known, "/api/v1/analyses")
    assert {a["code"] for a in known["analyses"]} == set(analyses) and {c["code"] for c in known["changes"]} == set(changes)
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount_base", level="none")
    left = {m["name"] for m in api("alice")("GET", "measures").data["measures"]}
    assert "open_count" in left and not left & {"open_amount", "weighted_amount", "won_average"}


def test_every_declared_question_is_answered(made, api):
    erin, seen = api("erin"), 0
    for a in erin("GET", "analyses").data["analyses"]:
        for part in a["parts"]:
            answer = erin("GET", part["answer"].removeprefix("/api/v1/"))
            assert answer.status_code == 200, (part, answer.data)
            fits(answer.data, "/api/v1/measures/answer")
            seen += 1
    assert seen > 20


def test_a_question_answers_within_reach_and_opens_its_rows(made, api):
    for who, total, count in (("erin", "1700.50", 4), ("mona", "700.50", 3), ("alice", "300.50", 2)):
        data = api(who)("GET", "measures/answer?measures=open_amount,open_count&by=owner&totals=1").data
        whole = next(t for t in data["totals"] if t["total_over"] == ["owner"])
        assert (whole["cells"]["open_amount"], whole["cells"]["open_count"]) == (total, count), who
        rows = api(who)("GET", "measures/rows?measures=open_amount").data
        fits(rows, "/api/v1/measures/rows")
        assert (rows["count"], rows["value"]) == (count, total) and len(rows["items"]) == count
    alice = made.users["alice"]
    line = next(x for x in data["lines"] if x["values"]["owner"]["value"] == alice.pk)
    assert line["values"]["owner"]["label"] == alice.name
    narrowed = api("erin")("GET", f"measures/rows?measures=open_amount&f.owner=in:{alice.pk}&size=1").data
    assert narrowed["count"] == 2 and len(narrowed["items"]) == 1 and narrowed["items"][0]["value"] in (100, "200.50")


def test_the_past_and_the_year_before(made, api):
    yesterday = days.today() - dt.timedelta(days=1)
    data = api("erin")("GET", f"measures/answer?measures=open_count&asof={yesterday}").data
    assert data["lines"][0]["cells"]["open_count"] == 0 and data["asof"] == str(yesterday) and data["known"] == str(days.today())
    data = api("erin")("GET", f"measures/answer?measures=open_count&asof={yesterday}&reported=1").data
    assert data["known"] == str(yesterday)
    data = api("erin")("GET", "measures/answer?measures=new_opportunities&period=this_month&compare=year").data
    assert data["lines"][0]["cells"]["new_opportunities"] == 4 and data["lines"][0]["cells"]["new_opportunities__year"] == 0


def test_a_change_adds_up_and_opens_its_records(made, api):
    today = days.today()
    query = f"from={today - dt.timedelta(days=7)}&until={today}"
    data = api("mona")("GET", f"changes/AN14-change?{query}").data
    fits(data, "/api/v1/changes/{code}")
    value = data["figures"]["value"]
    assert (value["opening"], value["closing"]) == (0, "700.50")
    assert [(p["part"], p["effect"]) for p in value["parts"] if p["count"]] == [("new", "700.50")]
    rows = api("mona")("GET", f"changes/AN14-change/rows?{query}&part=new").data
    fits(rows, "/api/v1/changes/{code}/rows")
    assert [m["value1"] for m in rows["items"]] == [400, "200.50", 100]
    assert api("bob")("GET", f"changes/AN14-change?{query}").data["figures"]["value"]["closing"] == 1000


@pytest.mark.parametrize(("href", "status"), [
    ("measures/answer?measures=nope", 422), ("measures/answer", 422), ("measures/answer?measures=open_count&by=nope", 422),
    ("measures/answer?measures=open_count&f.nope=in:1", 422), ("measures/answer?measures=open_count&colour=red", 422),
    ("measures/answer?measures=open_count&asof=2026-13-01", 422), ("measures/rows?measures=win_rate", 422),
    ("measures/rows?measures=open_count,won_count", 422), ("measures/rows?measures=open_count&size=0", 422), ("changes/none?from=2026-01-01", 404),
    ("changes/AN14-change", 422), ("changes/AN14-change?from=2026-02-01&until=2026-01-01", 422),
    ("changes/AN14-change/rows?from=2026-01-01&until=2026-02-01&part=nope", 422),
])  # fmt: skip
def test_nonsense_is_refused_in_words(made, api, href, status):
    answer = api("erin")("GET", href)
    assert answer.status_code == status, answer.data
    assert answer.data["error"]["message"]


def test_what_may_not_be_read_is_refused(made, api):
    FieldRight.objects.create(role=Role.objects.get(code="sales"), resource="opportunity", field="amount_base", level="masked")
    alice = api("alice")
    today = days.today()
    for href in ("measures/answer?measures=open_amount", "measures/answer?measures=open_count&order=open_amount",
                 "measures/answer?measures=open_count&having=open_amount>1", "measures/rows?measures=open_amount",
                 f"changes/AN14-change?from={today - dt.timedelta(days=1)}&until={today}"):  # fmt: skip
        assert alice("GET", href).status_code == 403, href
    assert api("alice", ("customer:read",))("GET", "measures").status_code == 403
