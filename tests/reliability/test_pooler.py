"""Behind a pooler in transaction mode a session is nobody's: no request, page, job or import leaves anything in it or counts on anything."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from pellucid.config import environment
from pellucid.customers.models import Customer
from pellucid.kernel.access.sessions import issue_token
from pellucid.kernel.exchange.running import open_file, run_plan, settle, start
from pellucid.kernel.jobs.perform import work_off
from pellucid.kernel.resources.declare import registry
from tests.api.conftest import Caller
from tests.contracts.test_pages import HTMX, client_of, pages_of
from tests.samples import record_of

pytestmark = pytest.mark.django_db(transaction=True)
CONTEXT = ("actor", "event", "valid_at", "valid_by")
LEFT_BEHIND = """
SELECT (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE is_holdable),
       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
       (SELECT count(*) FROM pg_listening_channels()), (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema())"""


def settings_of_session() -> dict[str, str]:
    """Every setting of the database session, our own context too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'")  # there once the language is loaded
        found = dict(cursor.fetchall())
        cursor.execute("SELECT c, coalesce(current_setting('pellucid.' || c, true), '') FROM unnest(%s::text[]) c", [list(CONTEXT)])
        return found | dict(cursor.fetchall())


def left_behind() -> tuple[int, ...]:
    """Prepared statements, held cursors, advisory locks, channels, temporary tables of the session."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT_BEHIND)
        return tuple(cursor.fetchone())


@pytest.fixture(params=["1", pytest.param("0", marks=pytest.mark.proof)])  # without a pooler is how all other tests run
def pooler(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """A connection as PELLUCID_POOLER=1 makes it, and one without."""
    monkeypatch.setenv("PELLUCID_POOLER", request.param)
    wanted, name = environment.database(), connection.settings_dict["NAME"]
    connection.close()
    kept = dict(connection.settings_dict)
    connection.settings_dict.update(OPTIONS=wanted["OPTIONS"], DISABLE_SERVER_SIDE_CURSORS=wanted["DISABLE_SERVER_SIDE_CURSORS"], NAME=name)
    yield request.param == "1"
    connection.close()
    connection.settings_dict.update(OPTIONS=kept["OPTIONS"], DISABLE_SERVER_SIDE_CURSORS=kept["DISABLE_SERVER_SIDE_CURSORS"])


def walk(world: Any) -> Iterator[tuple[str, Callable[[], int]]]:
    """Calls of the whole program: every page, the API's reads and writes, jobs, deliveries, an import."""
    admin = client_of(world, "admin")
    api = Caller(issue_token(world.users["sam"], "test", ["write"], None)[1])
    above = Caller(issue_token(world.users["admin"], "test", ["read"], None)[1])
    sam = world.actor("sam")
    for key, resource in sorted(registry.items()):
        record = record_of(key, world)
        for href in pages_of(key, record.pk):
            yield href, lambda href=href: admin.get(href, headers=HTMX).status_code
        for path in (resource.path, f"{resource.path}/totals", f"{resource.path}?size=2"):
            asks = api if sam.may(key, "view") else above  # some resources are for administrators only
            yield f"GET {path}", lambda path=path, asks=asks: asks("GET", path).status_code
    for href in ("/", "/?q=x", "/search?q=甲"):
        yield href, lambda href=href: admin.get(href).status_code
    for _turn in range(8):  # often enough for psycopg to prepare what it may
        yield "list again", lambda: admin.get("/customers/", headers=HTMX).status_code
        yield "filtered", lambda: api("GET", "customers?f.employees=gte:5&sort=created_at").status_code
    made: list[int] = []

    def create() -> int:
        answer = api("POST", "customers", {"name": "甲"}, idempotency_key="k")
        made.append(answer.data["id"])
        return answer.status_code

    yield "create", create
    yield "create again", create
    yield "change", lambda: api("PATCH", f"customers/{made[0]}", {"address": "园区", "version": 1}).status_code
    yield "refused", lambda: 200 if api("PATCH", f"customers/{made[0]}", {"address": "新区", "version": 1}).status_code == 409 else 500
    yield "comment", lambda: api("POST", f"customers/{made[0]}/comment", {"text": "好"}).status_code
    yield "history", lambda: api("GET", f"customers/{made[0]}/history").status_code
    yield "import", lambda: imported(world)
    yield "jobs", lambda: 200 + 0 * work_off()
    yield "imported", lambda: 200 if Customer.objects.filter(name__startswith="池").count() == 30 else 500
    yield "delete", lambda: api("DELETE", f"customers/{made[0]}").status_code


def imported(world: Any) -> int:
    """Ask for an import."""
    actor = world.actor("sam")
    lines = "\r\n".join(["名称", *(f"池{n}" for n in range(30))])
    run, _book, _guesses = open_file(registry["customer"], actor, io.BytesIO(lines.encode()), "a.csv")
    settle(run, actor, run_plan(run))
    start(run, actor)
    return 200


def test_nothing_stays_in_a_session_and_nothing_is_missed_there(world: Any, pooler: bool) -> None:
    before, prepared, calls = settings_of_session(), 0, 0
    for what, call in walk(world):
        status = call()
        assert status < 400, (what, status)
        now, (statements, *others) = settings_of_session(), left_behind()
        assert now == before, (what, {n: (before.get(n), v) for n, v in now.items() if before.get(n) != v})
        assert others == [0, 0, 0, 0], what
        prepared, calls = max(prepared, statements), calls + 1
        if pooler:
            with connection.cursor() as cursor:
                cursor.execute("DISCARD ALL")  # the next transaction may meet any session
    assert calls > 80
    assert prepared == 0 if pooler else prepared > 0, "prepared statements only where sessions are one's own"
