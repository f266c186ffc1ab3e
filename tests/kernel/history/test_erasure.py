"""A person is taken out of the past, and nothing else is."""

from __future__ import annotations

import json

import psycopg
import pytest

PERSON = "INSERT INTO thing (id, name, phone, note, stage, amount, owner_id, extra) VALUES (%s, %s, %s, 'keep me', 1, 1, 1, %s)"
WIPE = "UPDATE thing SET name = '[erased]', phone = NULL, extra = extra - 'x_wechat' WHERE id = %s"
ERASE = "SELECT history.erase_person('thing', %s, '{name,phone,x_wechat}')"


def grep(session: psycopg.Connection, *words: str) -> dict[str, int]:
    """In how many rows of which tables the words stand, over the whole database."""
    tables = session.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    found = {}
    for (table,) in tables:
        count = session.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE ANY (%s)", [[f"%{word}%" for word in words]])
        if n := count.fetchone()[0]:
            found[table] = n
    return found


def person(session: psycopg.Connection, i: int) -> None:
    """Somebody with several names in the course of time."""
    session.execute(PERSON, [i, "张三丰", "13811112222", json.dumps({"x_wechat": "sanfeng66", "x_size": 4})])
    session.execute("UPDATE thing SET name = '张君宝', phone = '13899998888' WHERE id = %s", [i])
    session.execute("UPDATE thing SET stage = 2, extra = extra || '{\"x_wechat\": \"sanfeng77\"}' WHERE id = %s", [i])
    session.execute("SELECT history.thing_span_correct(%s, now() - interval '1 s', now(), '{\"phone\": \"13877776666\"}')", [i])


WORDS = ("张三丰", "张君宝", "13811112222", "13899998888", "13877776666", "sanfeng")


def test_after_an_erasure_no_table_knows_the_person(application: psycopg.Connection, session: psycopg.Connection) -> None:
    person(session, 700_000)
    assert len(grep(session, *WORDS)) >= 3
    with application.transaction():
        application.execute("SET LOCAL pellucid.actor = '42'")
        application.execute(WIPE, [700_000])
        application.execute(ERASE, [[700_000]])
    assert grep(session, *WORDS) == {}
    assert grep(session, "keep me")
    last = session.execute("SELECT op, actor, new FROM history.audit WHERE row_id = 700000 ORDER BY seq DESC LIMIT 1").fetchone()
    assert last == ("E", 42, {"erased": ["name", "phone", "x_wechat"]})
    first = session.execute("SELECT new -> 'stage', new -> 'x_size' FROM history.audit WHERE row_id = 700000 AND op = 'I'")
    assert first.fetchone() == (1, 4)
    phones = session.execute("SELECT DISTINCT phone FROM thing_span WHERE id = 700000").fetchall()
    assert set(phones) <= {("[erased]",), (None,)}


def test_an_erasure_is_guarded(application: psycopg.Connection, session: psycopg.Connection) -> None:
    person(session, 700_001)
    cases = {
        "needs an actor": ("", WIPE, "{name,phone}"),
        "erase name of thing in the row before": ("42", "", "{name}"),
        "erase x_wechat of thing in the row before": ("42", "", "{x_wechat}"),
        "stage of thing is not declared personal": ("42", WIPE, "{stage}"),
        "extra of thing is not declared personal": ("42", WIPE, "{name,extra}"),
    }
    for sentence, (actor, before, keys) in cases.items():
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match=sentence), application.transaction():
            application.execute("SELECT set_config('pellucid.actor', %s, true)", [actor])
            if before:
                application.execute(before, [700_001])
            application.execute("SELECT history.erase_person('thing', '{700001}', %s)", [keys])
    assert grep(session, "张三丰")


def test_who_was_purged_can_be_erased(application: psycopg.Connection, session: psycopg.Connection) -> None:
    person(session, 700_002)
    session.execute("DELETE FROM thing WHERE id = 700001")
    session.execute("DELETE FROM thing WHERE id = 700002")
    with application.transaction():
        application.execute("SET LOCAL pellucid.actor = '42'")
        application.execute(ERASE, [[700_001, 700_002]])
    assert grep(session, *WORDS) == {}
