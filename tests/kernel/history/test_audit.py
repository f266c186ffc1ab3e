"""Every change of every row leaves a line that says exactly what changed."""

from __future__ import annotations

import json
import random
from typing import Any

import psycopg
import pytest

from tests.counts import count
from tests.kernel.history.sample import THING

NEW = "INSERT INTO thing (stage, amount, owner_id) SELECT 1, 10, 7 FROM generate_series(1, %s) RETURNING id"
LIFTED = "to_jsonb(t) - '{version,updated_at,grams,extra}'::text[] || extra"
VALUES = {
    "name": ["'甲'", "'b'"], "phone": ["NULL", "'13800001111'"], "note": ["NULL", "''", "'long text'"], "stage": ["1", "2"],
    "amount": ["10", "10.00", "0.01"], "primary": ["true", "false"], "deleted_at": ["NULL", "now()"], "grams": ["'{a}'", "NULL"],
    "merged_into": ["NULL", "4"], "opened_at": ["NULL", "'2026-01-01'"],
    "extra": ["extra - 'x_a'", """'{"x_a": 1}'""", """'{"x_a": null, "x_b": [1, {"c": 2}]}'""", """extra || '{"x_c": "z"}'"""],
}  # fmt: skip


def new(session: psycopg.Connection, n: int = 1) -> list[int]:
    return [i for (i,) in session.execute(NEW, [n])]


def lines(session: psycopg.Connection, i: int) -> list[tuple[Any, ...]]:
    told = session.execute("SELECT op, old, new FROM history.audit WHERE tbl = 'thing' AND row_id = %s ORDER BY seq", [i])
    return told.fetchall()


def test_an_insert_tells_the_whole_row_and_a_delete_too(session: psycopg.Connection) -> None:
    [i] = new(session)
    session.execute("""UPDATE thing SET extra = '{"x_a": 1}' WHERE id = %s""", [i])
    session.execute("DELETE FROM thing WHERE id = %s", [i])
    inserted, _, deleted = lines(session, i)
    assert inserted[0] == "I" and inserted[1] is None
    assert set(inserted[2]) == set(THING.audit_columns)
    assert deleted[0] == "D" and deleted[2] is None
    assert deleted[1]["x_a"] == 1 and deleted[1]["name"] == "a"


def test_an_update_tells_what_a_comparison_of_the_rows_tells(session: psycopg.Connection) -> None:
    """Few rows and many take different ways; both must say what comparing the two whole rows key by key says."""
    chance = random.Random(4)
    ids = new(session, 60)
    for _ in range(count(60, 1500)):
        some = chance.sample(ids, chance.choice([1, 2, 19, 20, 21, 22, 60]))
        columns = chance.sample(list(VALUES), chance.randint(1, 4))
        sets = ", ".join(f'"{column}" = {chance.choice(VALUES[column])}' for column in columns)
        rows = f"SELECT id, {LIFTED} FROM thing t WHERE id = ANY (%s)"
        with session.transaction():
            before = dict(session.execute(rows, [some]).fetchall())
            session.execute(f"UPDATE thing SET {sets} WHERE id = ANY (%s)", [some])
            after = dict(session.execute(rows, [some]).fetchall())
            told = session.execute("SELECT row_id, old, new FROM history.audit WHERE txid = pg_current_xact_id()").fetchall()
        expected = {}
        for i in some:
            old, new_ = before[i], after[i]
            keys = [key for key in {**old, **new_} if (key in old, old.get(key)) != (key in new_, new_.get(key))]
            if keys:
                expected[i] = ({key: old.get(key) for key in keys}, {key: new_.get(key) for key in keys})
        assert {i: (old, new) for i, old, new in told} == expected
        assert len(told) == len(expected)


def test_every_way_of_writing_leaves_lines(session: psycopg.Connection) -> None:
    one, two = new(session, 2)
    session.execute(
        "INSERT INTO thing (id, stage, amount, owner_id) VALUES (%s, 2, 1, 1), (%s, 3, 1, 1)"
        " ON CONFLICT (id) DO UPDATE SET stage = excluded.stage",
        [one, one + 900_000],
    )
    session.execute(
        "MERGE INTO thing t USING (VALUES (%s::bigint), (%s::bigint)) v (id) ON t.id = v.id"
        " WHEN MATCHED AND t.id = %s THEN DELETE WHEN MATCHED THEN UPDATE SET stage = 4"
        " WHEN NOT MATCHED THEN INSERT (id, stage, amount, owner_id) VALUES (v.id, 5, 1, 1)",
        [one, two, two],
    )
    with session.cursor().copy("COPY thing (id, stage, amount, owner_id) FROM STDIN") as copy:
        copy.write_row((one + 900_001, 6, 1, 1))
    assert [op for op, _, _ in lines(session, one)] == ["I", "U", "U"]
    assert [op for op, _, _ in lines(session, two)] == ["I", "D"]
    assert [op for op, _, _ in lines(session, one + 900_000)] == ["I"]
    assert lines(session, one + 900_001)[0][2]["stage"] == 6
    spans = session.execute("SELECT id, stage FROM thing_span WHERE id = ANY (%s) ORDER BY 1, valid_from", [[one, two]])
    assert spans.fetchall() == [(one, 1), (one, 2), (one, 4), (two, 1)]


def test_what_is_undone_leaves_nothing_and_nothing_leaves_nothing(session: psycopg.Connection) -> None:
    [i] = new(session)
    with session.transaction(force_rollback=True):
        session.execute("UPDATE thing SET stage = 9 WHERE id = %s", [i])
    session.execute("UPDATE thing SET stage = stage, updated_at = now(), grams = '{x}' WHERE id = %s", [i])
    assert len(lines(session, i)) == 1


def test_who_and_why_come_from_the_transaction(session: psycopg.Connection) -> None:
    with session.transaction():
        session.execute("SELECT set_config('pellucid.actor', '5', true), set_config('pellucid.event', '77', true)")
        [i] = new(session)
        session.execute("UPDATE thing SET stage = 2 WHERE id = %s", [i])
    session.execute("UPDATE thing SET stage = 3 WHERE id = %s", [i])
    told = session.execute("SELECT actor, event, version FROM history.audit WHERE row_id = %s ORDER BY seq", [i])
    assert told.fetchall() == [(5, 77, 1), (5, 77, 2), (None, None, 3)]
    spans = session.execute("SELECT actor, event FROM thing_span WHERE id = %s ORDER BY valid_from", [i]).fetchall()
    assert spans == [(5, 77), (None, None)]


def test_version_counts_changes_whatever_a_writer_puts_there(session: psycopg.Connection) -> None:
    [i] = new(session)
    read = "SELECT version, updated_at FROM thing WHERE id = %s"
    born = session.execute(read, [i]).fetchone()
    session.execute("UPDATE thing SET version = 99, updated_at = '2020-01-01', grams = '{x}' WHERE id = %s", [i])
    assert session.execute(read, [i]).fetchone() == born
    session.execute("UPDATE thing SET version = 0, name = 'b' WHERE id = %s", [i])
    version, changed = session.execute(read, [i]).fetchone()
    assert (version, changed > born[1]) == (2, True)


@pytest.mark.parametrize("statement", ["TRUNCATE thing", "UPDATE thing SET id = id + 1000000"])
def test_even_the_owner_cannot_lose_the_thread(session: psycopg.Connection, statement: str) -> None:
    new(session)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)


def test_months_are_made_and_take_what_fell_into_the_net(scratch: psycopg.Connection) -> None:
    [i] = new(scratch)
    scratch.execute("UPDATE history.audit SET at = '2020-02-29 23:59:59+00' WHERE row_id = %s", [i])
    assert scratch.execute("SELECT count(*) FROM history.audit_default").fetchone() == (1,)
    assert scratch.execute("SELECT history.make_months()").fetchone() == (1,)
    assert scratch.execute("SELECT count(*) FROM history.audit_default").fetchone() == (0,)
    assert scratch.execute("SELECT row_id FROM history.audit_202002").fetchall() == [(i,)]
    assert scratch.execute("SELECT history.make_months(5)").fetchone() == (2,)
    scratch.execute("UPDATE thing SET stage = 2 WHERE id = %s", [i])
    assert json.dumps([op for op, _, _ in lines(scratch, i)]) == '["I", "U"]'
