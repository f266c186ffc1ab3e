"""What every test can ask for: a database cloned from the migrated template, and the two gears."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from tests import counts, databases, mutations


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `proof` run with PELLUCID_PROOF=1 only."""
    if counts.PROOF:
        return
    skip = pytest.mark.skip(reason="full counts: PELLUCID_PROOF=1")
    for item in items:
        if item.get_closest_marker("proof"):
            item.add_marker(skip)


@pytest.fixture(scope="session", autouse=True)
def planted_fault() -> Iterator[None]:
    """The fault that `make mutate-scope` asks for."""
    with pytest.MonkeyPatch.context() as patch:
        mutations.widen(patch)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_read_once() -> Iterator[None]:
    """Each test client is a server of its own, and would read all static files anew."""
    read, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def once(server: WhiteNoiseMiddleware) -> None:
        if not found:
            read(server)
            found.update(server.files)
        server.files.update(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", once)
        yield


@pytest.fixture(scope="session", autouse=True)
def modules_are_no_garbage() -> None:
    """What is imported stays: looking through it again and again for garbage would take a tenth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def database_template(django_test_environment: None, django_db_blocker: Any) -> str:
    """Name of the migrated template database."""
    with django_db_blocker.unblock():
        return databases.template()


@pytest.fixture(scope="session")
def django_db_setup(database_template: str, django_db_blocker: Any) -> Iterator[None]:
    """Each test process works on its own clone of the template."""
    name = f"test_run_{os.getpid()}"
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:

        def renew(case: TransactionTestCase) -> None:
            # A flush would be refused by the history's triggers and would lose the rows that migrations bring.
            databases.use(name)
            databases.clone(database_template, name)

        databases.clone(database_template, name)
        databases.use(name)
        patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
        settings.DATABASES["default"]["NAME"] = name
        try:
            yield
        finally:
            databases.use("postgres")
            databases.remove(name)


@pytest.fixture
def empty_database(django_test_environment: None, django_db_blocker: Any) -> Iterator[str]:
    """Name of a new database without any table, dropped after the test; connect with `databases.administer(name)`."""
    name = f"test_run_{os.getpid()}_empty"
    with django_db_blocker.unblock():
        databases.clone("template0", name)
        try:
            yield name
        finally:
            databases.remove(name)


@pytest.fixture
def world(db):
    """The small company of tests/world.py."""
    from tests.world import build

    return build()


@pytest.fixture
def browser(world):
    """A browser of each of the world's people, signed in: `browser("alice")` is a client signed in as her; `browser("alice", "en")` reads English."""
    from django.test import Client

    from pellucid.kernel.access.sessions import open_session

    def made(name: str, language: str = "", **headers: str) -> Client:
        user = world.users[name]
        if language:
            type(user).objects.filter(pk=user.pk).update(language=language)
        client = Client(headers=headers)
        client.cookies["pellucid"] = open_session(user)
        return client
    return made
