"""Every index is written with every row: none stands beside another that finds the same rows."""

from __future__ import annotations

import pytest
from django.db import connection, models

from pellucid.config.indexes import begins

FOREIGN = ("auth_", "django_")  # tables of Django's own
TWINS = r"""
WITH found AS (
  SELECT i.indrelid, i.indexrelid::regclass::text AS name, i.indisunique AS once, a.amname,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) || ' ' || i.indcollation[n - 1] || ' ' || i.indclass[n - 1] || ' ' || i.indoption[n - 1]
      FROM generate_series(1, i.indnkeyatts) n) AS keys,
    i.indnatts > i.indnkeyatts AS carries, coalesce(pg_get_expr(i.indpred, i.indrelid), '') AS only,
    '(' || pg_get_indexdef(i.indexrelid, 1, true) || ' IS NOT NULL)' AS filled
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam WHERE c.relnamespace = 'public'::regnamespace
) SELECT f.indrelid::regclass::text, f.name, wider.name FROM found f JOIN found wider USING (indrelid, amname)
  WHERE f.name <> wider.name AND NOT f.once AND NOT f.carries AND amname = 'btree' AND wider.keys[:cardinality(f.keys)] = f.keys
    AND (f.only = wider.only OR (f.only = '' AND wider.only = f.filled))
    AND (f.keys <> wider.keys OR f.only <> wider.only OR wider.once OR f.name < wider.name)"""


@pytest.mark.django_db
def test_no_index_finds_what_another_finds():
    with connection.cursor() as cursor:
        cursor.execute(TWINS)
        found = [row for row in cursor.fetchall() if not row[0].startswith(FOREIGN)]
    assert not found, "\n".join(f"{table}: {name} is the beginning of {wider}" for table, name, wider in found)


@pytest.mark.django_db
def test_no_index_walks_through_what_many_rows_share():
    """A hash keeps all rows of one value in one bucket: a million leads without an address made each change of one read 2,500 pages."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE '%USING hash%'")
        assert cursor.fetchall() == []


@pytest.mark.parametrize(
    ("thing", "first"),
    [
        (models.Index(fields=("a", "-b"), name="x"), "a"),
        (models.Index(fields=("-a",), name="x"), ""),
        (models.Index(fields=("a",), name="x", condition=models.Q(a__isnull=False)), "a"),
        (models.Index(fields=("a",), name="x", condition=models.Q(b=None)), ""),
        (models.UniqueConstraint(fields=("a", "b"), name="x"), "a"),
        (models.UniqueConstraint("a", name="x"), ""),
        (models.CheckConstraint(condition=models.Q(a=1), name="x"), ""),
    ],
)
def test_only_what_finds_every_row_spares_an_index(thing, first):
    assert begins(thing) == first
