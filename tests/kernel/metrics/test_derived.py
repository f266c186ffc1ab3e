"""What was in a stock on a day is read from the index over its periods alone."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.metrics.declare import Ask, changes, datasets
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
        only(cursor, "sales_opportunity_span", "sales_opportunity_span_stock")
        cursor.execute("EXPLAIN " + made.sql, made.params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using sales_opportunity_span_stock" in plan and "sales_opportunity " not in plan, plan


@pytest.mark.parametrize("table", ["customers_customer", "customers_followup", "sales_opportunity", "sales_opportunity_span"])
def test_what_the_workbench_counts_by_day_is_read_from_indexes_alone(world, table):
    names = tuple(dict.fromkeys(name for ds in datasets.values() if ds.model._meta.db_table == table for name in ds.daily))
    period = days.month(days.today())
    made = statement(Actor.system(), Ask(names, period=period, compare={"previous": days.previous(period)}))
    with connection.cursor() as cursor:
        only(cursor, table, f"{table}_day", f"{table}_there")
        cursor.execute("EXPLAIN " + made.sql, made.params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"Index Only Scan using {table}_day" in plan and f"Index Scan using {table}" not in plan and "Seq Scan" not in plan, plan


def only(cursor, table, *kept):
    """An almost empty table costs the same by any way: what an index can do is seen where it is the only one."""
    cursor.execute("SET LOCAL enable_seqscan = off")
    cursor.execute("SET LOCAL enable_bitmapscan = off")
    cursor.execute(
        "SELECT c.relname, k.conname, EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.confrelid = i.indrelid)"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid"
        " WHERE i.indrelid = %s::regclass AND c.relname <> ALL(%s)", [table, list(kept)]
    )  # fmt: skip
    for index, constraint, referred in cursor.fetchall():
        if constraint is None:
            cursor.execute(f'DROP INDEX "{index}"')
        elif not referred:
            cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"')
