"""Every resource has every page, in both languages, within its rights; pages cost the same however many rows there are."""
from __future__ import annotations

import json
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from pellucid.kernel.access.sessions import open_session
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.records import versions
from pellucid.kernel.records.kinds import KINDS
from pellucid.kernel.records.models import root_model
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs
from pellucid.kernel.resources.lists.stats import forget
from tests.queries import counted
from tests.samples import record_of

pytestmark = pytest.mark.django_db
COUNTS = Path(__file__).parent.parent / "web" / "query_counts.json"
HTMX = {"HX-Request": "true"}
HOSTILE = """<script>alert(1)</script>"'&{{1234*4321}}<img src=x onerror=alert(2)>"""
LIST_PAGES = ("/{path}/?view={view}", "/{path}/totals?view={view}", "/{path}/filter", "/{path}/columns", "/{path}/?bin=1")
RECORD_PAGES = ("/{path}/{pk}", "/{path}/{pk}/peek", "/{path}/{pk}/timeline", "/{path}/{pk}/history", "/{path}/{pk}/print", "/{path}/{pk}/seers",
                "/{path}/{pk}/files")
RESOURCES = sorted(registry)


def client_of(world, name: str, language: str = "zh-hans") -> Client:
    user = world.users[name]
    type(user).objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.cookies["pellucid"] = open_session(user)
    return client


def all_view(resource) -> str:
    return next((v.key for v in resource.views if not v.params), "all")


def editable(key: str) -> bool:
    """Whether anybody may change a record by hand: a ledger is read only."""
    return registry[key].grants["admin"].partition(":")[0] in ("work", "manage")


def pages_of(key: str, pk: int) -> list[str]:
    resource = registry[key]
    out = [p.format(path=resource.path, pk=pk, view=all_view(resource)) for p in LIST_PAGES + RECORD_PAGES]
    if f"{key}_create" in actions and resource.form:
        out.append(f"/{resource.path}/new")
    if resource.calendar:
        out += [f"/{resource.path}/calendar", f"/{resource.path}/calendar?mode=month"]
    if resource.board:
        view = all_view(resource)
        out += [f"/{resource.path}/?view={view}&as=board", f"/{resource.path}/column?view={view}&at={first_column(key)}"]
    return [*out, *([f"/{resource.path}/{pk}/edit"] if editable(key) else [])]


def first_column(key: str) -> str:
    """The first column of a board, as its addresses name it."""
    from pellucid.kernel.access.actor import Actor
    from pellucid.kernel.actions.run import show_for
    from pellucid.kernel.resources.boards import board_of, columns_of

    board, spec = board_of(registry[key], Actor.system())
    return columns_of(board, spec, Actor.system(), show_for(Actor.system()))[0].key


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("key", RESOURCES)
def test_every_page_answers_and_reading_changes_nothing(world, key, language):
    admin, record = client_of(world, "admin", language), record_of(key, world)
    written = []
    for href in pages_of(key, record.pk):
        for headers in ({}, HTMX) if language == "zh-hans" else ({},):  # which part of a page is asked for has no words of its own
            with counted() as sent:
                answer = admin.get(href, headers=headers)
            assert answer.status_code == 200, (href, headers, answer.status_code, answer.content[:300])
            changes = [s for s in sent if s.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
            written += [(href, s[:120]) for s in changes if not any(a in s for a in ("records_visit", "access_session"))]
        if "<html" in answer.content.decode():
            assert f'lang="{"zh-CN" if language == "zh-hans" else "en"}"' in answer.content.decode()
    assert not written


@pytest.mark.parametrize("key", RESOURCES)
def test_every_scene_that_ships_is_understood(world, key):
    admin, resource = client_of(world, "admin"), registry[key]
    answers = {v.key: admin.get(f"/{resource.path}/?view={v.key}", headers=HTMX).status_code for v in resource.views}
    assert not {k: code for k, code in answers.items() if code != 200}


class Reader(HTMLParser):
    """Collects what a browser would take for tags."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        names = dict(attrs)
        if tag == "script" and not (names.get("src") or names.get("type") == "application/json"):
            self.bad.append(tag)
        if tag == "img" and names.get("src") == "x":
            self.bad.append("img")
        self.bad += [name for name in names if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("key", RESOURCES)
def test_hostile_text_stays_text(world, key):
    resource, model = registry[key], registry[key].model
    texts = {n: s for n, s in specs(key).items() if not s.custom and s.kind.family == "text" and s.kind.key not in ("email", "url")}
    record = record_of(key, world)
    values = {s.column: HOSTILE[:s.max_length or None] for s in texts.values() if not s.unique and not s.choices}
    fields = {f.column for f in model._meta.concrete_fields if not getattr(f, "generated", False)}
    with connection.cursor() as cursor:
        for column, value in values.items():
            if column in fields:
                cursor.execute(f'UPDATE {model._meta.db_table} SET "{column}" = %s WHERE id = %s', [value, record.pk])
    admin = client_of(world, "admin")
    names = ",".join(specs(key))
    pages = [f"/{resource.path}/?view={all_view(resource)}&columns={names}", *pages_of(key, record.pk)]
    for href in pages:
        reader = Reader()
        text = admin.get(href).content.decode()
        reader.feed(text)
        assert not reader.bad, (href, reader.bad)
        assert "5332114" not in text, href


def test_every_kind_draws_hostile_values_as_text():
    from pellucid.kernel.access.actor import Actor
    from pellucid.kernel.actions.run import show_for
    from pellucid.kernel.records.spec import Spec

    show = show_for(Actor.system())
    for kind in KINDS.values():
        spec = Spec("x", "X", kind, choices=((HOSTILE, HOSTILE, HOSTILE),), options={"called": lambda language: {HOSTILE: HOSTILE}})
        value = (7, HOSTILE) if kind.key == "link" else (HOSTILE, None) if kind.key == "step" else HOSTILE
        if kind.family in ("number", "moment", "array", "flag") or kind.key in ("term", "user", "unit"):
            continue
        reader = Reader()
        reader.feed(str(kind.cell(spec, show)(value)))
        assert not reader.bad, kind.key


@pytest.mark.parametrize("key", RESOURCES)
def test_pages_cost_the_same_with_more_rows(world, key, monkeypatch):
    monkeypatch.setattr(versions, "KEPT", 2)  # as in the product
    resource = registry[key]
    admin, first = client_of(world, "admin"), record_of(key, world)
    hrefs = {"list": f"/{resource.path}/?view={all_view(resource)}", "totals": f"/{resource.path}/totals?view={all_view(resource)}",
             "record": f"/{resource.path}/{first.pk}", **({"edit": f"/{resource.path}/{first.pk}/edit"} if editable(key) else {})}
    if resource.board:
        hrefs["board"] = hrefs["list"] + "&as=board"

    said: dict[str, list[str]] = {}

    def costs() -> dict[str, int]:
        with connection.cursor() as cursor:  # pages left by earlier tests' rows look like rows, and make a list try a bounded walk first
            for model in {resource.model, root_model(resource.model)}:
                cursor.execute(f"ANALYZE {model._meta.db_table}")
        forget()
        for name, href in hrefs.items():
            admin.get(href)
            with counted() as sent:
                assert admin.get(href).status_code == 200
            said[name] = [text[:300] for text in sent]
        return {name: len(sent) for name, sent in said.items()}

    before = costs()
    for n in range(4):
        record_of(key, world, owner=("alice", "bob", "sam", "mona")[n], text=f"样本{n}")
    after = costs()
    assert after == before
    known = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
    if os.environ.get("PELLUCID_COUNT_QUERIES") == "write":
        COUNTS.write_text(json.dumps({**known, key: after}, indent=1, sort_keys=True) + "\n")
        return
    grown = {name: (n, known.get(key, {}).get(name)) for name, n in after.items() if n > known.get(key, {}).get(name, 0)}
    assert not grown, (f"more statements than tests/web/query_counts.json says (now, allowed): {grown}; "
                       f"PELLUCID_COUNT_QUERIES=write keeps new counts; {[said[name] for name in grown]}")


@pytest.mark.parametrize("key", RESOURCES)
def test_masked_fields_are_drawn_masked_whatever_their_kind(world, key):
    """Everything but the title masked: each page stands, and no value of theirs is on it."""
    from pellucid.kernel.access.models import FieldRight, Role

    resource, record = registry[key], record_of(key, world)
    texts = {s.column for n, s in specs(key).items() if n != resource.title and s.kind.key == "longtext" and not s.custom and n != "conditions"}
    with connection.cursor() as cursor:
        for column in texts:
            cursor.execute(f'UPDATE {resource.model._meta.db_table} SET "{column}" = %s WHERE id = %s', ["Geheimnis4711", record.pk])
    executive = Role.objects.get(code="executive")
    for name in specs(key):
        if name != resource.title:
            FieldRight.objects.create(role=executive, resource=key, field=name, level="masked")
    reader, names = client_of(world, "erin"), ",".join(specs(key))
    if reader.get(f"/{resource.path}/").status_code == 403:
        return
    base = f"/{resource.path}/"
    for href in (f"{base}?view={all_view(resource)}&columns={names}", f"{base}{record.pk}", f"{base}{record.pk}/print"):
        answer = reader.get(href)
        assert answer.status_code == 200, href
        assert "Geheimnis4711" not in answer.content.decode(), href
