"""A database of its own for the list engine: raw tables, no models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import databases
from tests.kernel.lists import worlds


@pytest.fixture(scope="session")
def lists_database(django_test_environment: None, django_db_blocker: Any) -> Iterator[psycopg.Connection]:
    name = f"test_run_{os.getpid()}_lists"
    with django_db_blocker.unblock():
        databases.clone("template0", name)
        with databases.administer(name) as connection:
            connection.prepare_threshold = 5
            worlds.prepare(connection)
            yield connection
        databases.remove(name)
