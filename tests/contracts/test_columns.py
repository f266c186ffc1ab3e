"""A record's page shows the values that a list shows of it, although they come from the record in hand."""

from __future__ import annotations

import pytest
from django.db import connection
from psycopg import Cursor, sql

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import fetch
from pellucid.kernel.resources.columns import ALIAS, columns_of, row_of
from pellucid.kernel.resources.declare import registry
from pellucid.kernel.resources.fields import specs
from tests.contracts.test_pages import RESOURCES
from tests.samples import record_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", RESOURCES)
def test_a_record_in_hand_gives_the_row_of_a_list(world, key):
    actor, model = Actor.system(), registry[key].model
    found = fetch(model, record_of(key, world).pk, actor)
    parts, columns = columns_of(key, list(specs(key)), actor)
    table, alias = sql.Identifier(model._meta.db_table), sql.Identifier(ALIAS)
    text = sql.SQL("SELECT {} FROM {} {} WHERE id = %s").format(sql.SQL(", ").join(parts), table, alias)
    row = Cursor(connection.connection).execute(text, [found.pk]).fetchone()
    assert [column.pick(row_of(found, columns)) for column in columns] == [column.pick(row) for column in columns]
