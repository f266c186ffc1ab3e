"""Spans equal a step function, whatever is done in whichever order; and the comparison notices a fault."""

from __future__ import annotations

import psycopg
import pytest

from pellucid.kernel.history import span_sql
from tests.counts import count
from tests.kernel.history import sample
from tests.kernel.history.timelines import OPERATIONS, Timelines

PRESENT = """WITH s AS (SELECT * FROM thing_span WHERE recorded_to = '9999-01-01+00' AND valid_to = '9999-01-01+00'),
  r AS (SELECT * FROM thing WHERE deleted_at IS NULL AND merged_into IS NULL)
SELECT count(*) FROM r FULL JOIN s USING (id)
WHERE r.version IS NULL OR (s.stage, s.amount, s.owner_id) IS DISTINCT FROM (r.stage, r.amount, r.owner_id)"""

# The state of each row as its audit lines tell it: whole at the insert, changed key by key, gone at the delete. A custom field
# that is null is one that is not there.
REPLAY = """
WITH line AS (SELECT * FROM history.audit WHERE tbl = 'thing' AND op IN ('I', 'U', 'D')),
  life AS (SELECT *, max(seq) FILTER (WHERE op = 'I') OVER (PARTITION BY row_id) AS born FROM line),
  said AS (SELECT DISTINCT ON (row_id, key) row_id, key, value FROM life,
    LATERAL (SELECT key, new -> key AS value FROM jsonb_object_keys(coalesce(new, '{}') || coalesce(old, '{}')) key) k
    WHERE seq >= born ORDER BY row_id, key, seq DESC),
  told AS (SELECT row_id AS id, jsonb_object_agg(key, value) FILTER (WHERE value IS NOT NULL) AS j FROM said GROUP BY 1
    HAVING NOT EXISTS (SELECT FROM life d WHERE d.row_id = said.row_id AND d.op = 'D' AND d.seq > d.born)),
  row_now AS (SELECT id, to_jsonb(t) - '{version,updated_at,grams,extra}'::text[] || extra AS j FROM thing t)
SELECT count(*),
  count(*) FILTER (WHERE jsonb_strip_nulls(told.j) IS DISTINCT FROM jsonb_strip_nulls(row_now.j))
FROM told FULL JOIN row_now USING (id)"""


def play(session: psycopg.Connection, seed: int, singles: int, sets: int, first_id: int) -> Timelines:
    timelines = Timelines(session, seed, first_id)
    for _ in range(singles):
        timelines.play(1)
    for _ in range(sets):
        timelines.play(40)
    return timelines


def test_spans_equal_a_step_function(session: psycopg.Connection) -> None:
    timelines = play(session, 20261124, count(200, 2400), count(6, 90), 1_000_000)
    assert not timelines.differences, timelines.differences[:5]
    assert timelines.probes > count(12_000, 300_000)
    assert set(timelines.played) == set(OPERATIONS)
    assert session.execute(PRESENT).fetchone() == (0,)
    rows, wrong = session.execute(REPLAY).fetchone()
    assert rows > count(150, 3000)
    assert wrong == 0


FAULTS = {
    "closes in place when back-dating": ("(live OR recorded_at = now()) AND", "true AND"),
    "forgets the piece after a correction": ("FROM u WHERE NOT cut AND u.b < u.vt", "FROM u WHERE false"),
    "overwrites columns that were not meant": ("CASE WHEN ch.m_stage THEN ch.c_stage", "CASE WHEN true THEN ch.c_stage"),
    "closes too early": ("s SET valid_to = now() FROM", "s SET valid_to = now() - interval '2 microseconds' FROM"),
    "forgets a change of the everyday kind": ("IF done = changed THEN", "IF true THEN"),
    "keeps what nobody believed": ("IF trash > 0 THEN", "IF false THEN"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(scratch: psycopg.Connection, fault: str) -> None:
    right, wrong = FAULTS[fault]
    sql = span_sql.sql(sample.THING)
    assert right in sql
    scratch.execute(sql.replace(right, wrong))
    timelines = Timelines(scratch, seed=7)
    try:
        for _ in range(200):
            timelines.play(1)
            if timelines.differences:
                return
    except psycopg.errors.IntegrityError:
        return  # the constraints noticed
    pytest.fail("nobody noticed")
