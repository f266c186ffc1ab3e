"""A database with one table that keeps its past."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import databases
from tests.kernel.history import sample


@pytest.fixture(scope="package")
def past_database(django_test_environment: None, django_db_blocker: Any) -> Iterator[str]:
    """Name of a database in which the sample's past is kept."""
    name = f"test_run_{os.getpid()}_past"
    with django_db_blocker.unblock():
        databases.clone("template0", name)
        with databases.administer(name) as session:
            session.execute(sample.DDL)
        sample.sync(name)
        yield name
        databases.remove(name)


@pytest.fixture
def session(past_database: str, django_db_blocker: Any) -> Iterator[psycopg.Connection]:
    """The owner at work on the sample, each statement on its own."""
    with django_db_blocker.unblock(), databases.administer(past_database) as session:
        session.execute("SET synchronous_commit = off")
        yield session


@pytest.fixture
def application(past_database: str, django_db_blocker: Any) -> Iterator[psycopg.Connection]:
    """The application at work on the sample."""
    with django_db_blocker.unblock(), databases.administer(past_database) as session:
        sample.become_application(session)
        yield session


@pytest.fixture
def scratch(past_database: str, django_db_blocker: Any) -> Iterator[psycopg.Connection]:
    """The owner on a copy that a test may break."""
    name = f"{past_database}_scratch"
    with django_db_blocker.unblock():
        databases.clone(past_database, name)
        with databases.administer(name) as session:
            session.execute("SET synchronous_commit = off")
            yield session
        databases.remove(name)


@pytest.fixture
def django_past(past_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Django's connection, too, works on the sample."""
    with django_db_blocker.unblock(), sample.django_on(past_database):
        yield
