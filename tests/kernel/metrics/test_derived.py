"""What was in a stock on a day is read from the index over its periods alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.metrics.declare import Ask, changes
from pellucid.kernel.metrics.derived import columns_of, plain_condition, stocks
from pellucid.kernel.metrics.statement import statement
from pellucid.kernel.records import days

pytestmark = pytest.mark.django_db


def test_every_change_has_its_index_and_the_database_has_them():
    wanted = {d.sql.split()[2] for d in stocks()}
    assert len(wanted) == len(changes)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname = ANY(%s)", [list(wanted)])
        assert {name for (name,) in cursor.fetchall()} == wanted
    assert plain_condition(changes["AN14-change"]) == ["\"state\" = 'open'"]
    assert columns_of(changes["AN14-change"]) == ["id", "stage_id", "state", "pipeline_id", "amount_base", "probability"]


@pytest.mark.parametrize("back", [0, 100])
def test_the_funnel_of_a_day_reads_nothing_but_the_index(world, back):
    ask = Ask(("open_count", "open_amount", "weighted_amount"), by=("stage",), asof=days.today() - dt.timedelta(days=back),
              filters={"opportunity_state": "open"})  # fmt: skip
    made = statement(Actor.system(), ask)
    with connection.cursor() as cursor:
        # An almost empty table costs the same by any way: what the index can do is seen where it is the only one.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_constraint k ON k.conindid = c.oid"
            " WHERE i.indrelid = 'sales_opportunity_span'::regclass AND k.oid IS NULL AND c.relname <> 'sales_opportunity_span_stock'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("EXPLAIN " + made.sql, made.params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using sales_opportunity_span_stock" in plan and "sales_opportunity " not in plan, plan
