"""How periods come about: imports with dates, loaded histories, concurrent writers, columns named later."""

from __future__ import annotations

import json
import random
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from pellucid.kernel.history import install
from pellucid.kernel.history.tracked import Tracked
from tests import databases
from tests.counts import count
from tests.kernel.history import sample
from tests.kernel.history.test_audit import new

FAR = datetime(9999, 1, 1, tzinfo=UTC)
JANUARY, MARCH = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


def spans(session: psycopg.Connection, i: int, columns: str = "valid_from, valid_to, stage") -> list[tuple[Any, ...]]:
    return session.execute(
        f"SELECT {columns} FROM thing_span WHERE id = %s AND recorded_to = '9999-01-01+00' ORDER BY valid_from", [i]
    ).fetchall()


def test_an_import_names_the_column_that_says_since_when(session: psycopg.Connection) -> None:
    with session.transaction():
        session.execute("SET LOCAL pellucid.valid_by = 'opened_at'")
        with session.cursor().copy("COPY thing (id, stage, amount, owner_id, opened_at) FROM STDIN") as copy:
            for n in range(300):
                copy.write_row((600_000 + n, 1, 1, 1, JANUARY if n % 3 else None))
        session.execute("SET LOCAL pellucid.valid_at = '2026-03-01+00'")
        session.execute("INSERT INTO thing (id, stage, amount, owner_id) VALUES (600900, 1, 1, 1)")
    assert spans(session, 600_001) == [(JANUARY, FAR, 1)]
    assert spans(session, 600_003)[0][0] > MARCH
    assert spans(session, 600_900) == [(MARCH, FAR, 1)]


@pytest.mark.parametrize("setting", ["valid_at = '2100-01-01'", "valid_by = 'opened_at'"])
def test_nothing_begins_in_the_future(session: psycopg.Connection, setting: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue), session.transaction():
        session.execute(f"SET LOCAL pellucid.{setting}")
        session.execute("INSERT INTO thing (stage, amount, owner_id, opened_at) VALUES (1, 1, 1, '2100-01-01')")


def test_what_was_already_so_is_said_by_a_correction(session: psycopg.Connection) -> None:
    with session.transaction():
        session.execute("SET LOCAL pellucid.valid_at = '2026-01-01+00'")
        session.execute("INSERT INTO thing (id, stage, amount, owner_id) VALUES (610000, 1, 1, 1)")
    session.execute("UPDATE thing SET stage = 3 WHERE id = 610000")
    changed = spans(session, 610_000)[1][0]
    session.execute("SELECT history.thing_span_correct(610000, %s, %s, %s)", [MARCH, changed, json.dumps({"stage": 3})])
    told = spans(session, 610_000, "valid_from, stage, is_correction")
    assert told == [(JANUARY, 1, False), (MARCH, 3, True), (changed, 3, False)]
    line = session.execute("SELECT op, new -> 'stage' FROM history.audit WHERE row_id = 610000 ORDER BY seq DESC LIMIT 1")
    assert line.fetchone() == ("C", 3)
    for start, end, changes in [
        (MARCH, "2100-01-01", {"stage": 1}),
        (MARCH, JANUARY, {"stage": 1}),
        (JANUARY, MARCH, {"name": "x"}),
        (JANUARY, MARCH, {}),
    ]:
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            session.execute("SELECT history.thing_span_correct(610000, %s, %s, %s)", [start, end, json.dumps(changes)])


def period(i: int, since: datetime, stage: int, **more: Any) -> dict[str, Any]:
    return {"id": i, "valid_from": since.isoformat(), "stage": stage, "amount": 1, "owner_id": 1, "primary": True, **more}


def load(session: psycopg.Connection, *periods: dict[str, Any]) -> None:
    session.execute("SELECT history.thing_span_load(%s)", [json.dumps(periods, default=str)])


def test_a_new_row_may_bring_its_whole_past(application: psycopg.Connection) -> None:
    with application.transaction():
        application.execute("SET LOCAL pellucid.actor = '3'")
        application.execute("INSERT INTO thing (id, stage, amount, owner_id) VALUES (620000, 3, 1, 1), (620001, 1, 1, 1)")
        with application.transaction():  # a savepoint in between changes nothing
            application.execute("INSERT INTO thing (id, stage, amount, owner_id, deleted_at) VALUES (620002, 2, 1, 1, now())")
        load(
            application,
            period(620_000, JANUARY, 1),
            period(620_000, MARCH, 3),
            period(620_002, JANUARY, 1, valid_to=MARCH),
        )
    assert spans(application, 620_000) == [(JANUARY, MARCH, 1), (MARCH, FAR, 3)]
    assert spans(application, 620_002) == [(JANUARY, MARCH, 1)]
    assert len(spans(application, 620_001)) == 1
    application.execute("UPDATE thing SET stage = 4 WHERE id = 620000")
    assert [stage for _, _, stage in spans(application, 620_000)] == [1, 3, 4]


def test_nobody_loads_a_past_over_what_was_believed(application: psycopg.Connection) -> None:
    [old] = new(application)
    cases = [
        (psycopg.errors.InsufficientPrivilege, [period(old, JANUARY, 1)]),
        (psycopg.errors.InvalidParameterValue, [period(621_000, JANUARY, 2)]),  # the row says 1
        (psycopg.errors.InvalidParameterValue, [period(621_000, JANUARY, 1, valid_to=MARCH)]),  # the row lives
        (psycopg.errors.InvalidParameterValue, [period(621_000, datetime(2100, 1, 1, tzinfo=UTC), 1)]),
        (psycopg.errors.ExclusionViolation, [period(621_000, JANUARY, 2, valid_to=FAR), period(621_000, MARCH, 1)]),
    ]
    for error, periods in cases:
        with pytest.raises(error), application.transaction():
            application.execute("INSERT INTO thing (id, stage, amount, owner_id) VALUES (621000, 1, 1, 1)")
            load(application, *periods)


def test_eight_writers_on_one_record(past_database: str, session: psycopg.Connection) -> None:
    """Transactions that began long before they write, back-dated ones, corrections: no error, nothing lost, no gap or overlap."""
    turns, since = count(12, 60), datetime.now(UTC)
    session.execute("INSERT INTO thing (id, stage, amount, owner_id) VALUES (630000, 1, 0, 1)")
    errors: list[str] = []

    def write(seed: int) -> None:
        chance = random.Random(seed)
        with databases.administer(past_database) as own:
            for _ in range(turns):
                try:
                    with own.transaction():
                        own.execute("SELECT now()")
                        time.sleep(chance.random() * 0.004)
                        if chance.random() < 0.2:
                            own.execute("SELECT set_config('pellucid.valid_at', %s, true)", [since.isoformat()])
                        if chance.random() < 0.1:
                            own.execute("SELECT history.thing_span_correct(630000, %s, now(), '{\"stage\": 3}')", [since])
                        stage = chance.randint(1, 6)
                        own.execute("UPDATE thing SET amount = amount + 1, stage = %s WHERE id = 630000", [stage])
                except psycopg.Error as error:
                    errors.append(str(error))

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not errors, errors[:3]
    amount, stage, version = session.execute("SELECT amount, stage, version FROM thing WHERE id = 630000").fetchone()
    assert (amount, version) == (8 * turns, 8 * turns + 1)
    told = spans(session, 630_000, "valid_from, valid_to, stage, amount")
    assert told[-1][1:] == (FAR, stage, amount)
    assert all(one[1] == two[0] for one, two in pairwise(told))
    steps = session.execute("SELECT (new -> 'amount')::int FROM history.audit WHERE row_id = 630000 AND op = 'U' ORDER BY seq")
    assert [step for (step,) in steps] == list(range(1, 8 * turns + 1))


def resync(name: str, declared: Tracked) -> None:
    sample.sync(name, lambda: [install.base(), *install.of_table(declared)])


def test_a_column_named_later_is_unknown_before(scratch: psycopg.Connection) -> None:
    """Old periods say NULL, today's value holds from now on; a column named no more keeps its past and may come back."""
    [i] = new(scratch)
    name = scratch.info.dbname
    later = replace(sample.THING, temporal=(*sample.THING.temporal, "name"))
    fewer = replace(sample.THING, temporal=("stage",))
    resync(name, later)
    resync(name, fewer)
    scratch.execute("UPDATE thing SET stage = 2, amount = 11 WHERE id = %s", [i])
    assert spans(scratch, i, "stage, amount, name") == [(1, 10, None), (1, 10, "a"), (2, None, None)]
    resync(name, later)
    told = spans(scratch, i, "stage, amount, name")
    assert told == [(1, 10, None), (1, 10, "a"), (2, None, None), (2, 11, "a")]


def test_a_wider_column_widens_its_periods(scratch: psycopg.Connection) -> None:
    scratch.execute("ALTER TABLE thing ALTER phone TYPE varchar(60)")
    columns = tuple((name, "varchar(60)" if name == "phone" else kind) for name, kind in sample.THING.columns)
    wider = replace(sample.THING, columns=columns)
    resync(scratch.info.dbname, wider)
    scratch.execute("INSERT INTO thing (stage, amount, owner_id, phone) VALUES (1, 1, 1, repeat('1', 60))")
    kind = scratch.execute(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'thing_span'::regclass AND attname = 'phone'"
    )
    assert kind.fetchone() == ("character varying(60)",)


def test_rows_older_than_the_declaration_begin_with_it(scratch: psycopg.Connection) -> None:
    """And those that died while nothing was kept end with it."""
    alive, dead = new(scratch, 2)
    name = scratch.info.dbname
    resync(name, replace(sample.THING, temporal=()))
    scratch.execute("UPDATE thing SET stage = 5 WHERE id = %s", [alive])
    scratch.execute("DELETE FROM thing WHERE id = %s", [dead])
    [later] = new(scratch)
    before = spans(scratch, alive)[0][0]
    sample.sync(name)
    assert [stage for _, _, stage in spans(scratch, alive)] == [1, 5]
    assert spans(scratch, alive)[0][0] == before
    assert spans(scratch, dead)[0][1] < FAR
    assert [(end, stage) for _, end, stage in spans(scratch, later)] == [(FAR, 1)]
