"""What every test can ask for: a database cloned from the migrated template, and the two gears."""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import os
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from whitenoise.middleware import WhiteNoiseMiddleware

from pellucid.kernel.records import versions
from tests import counts, databases, mutations

# How busy the machine is says nothing about what is tested.
hypothesis_settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("unhurried")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The dear ones begin first, so that none is left when the others are done. Tests marked `proof` run with PELLUCID_PROOF=1 only."""

    def later(item: pytest.Item) -> bool:
        marker, names = item.get_closest_marker("django_db"), set(getattr(item, "fixturenames", ()))
        commits = marker is not None and marker.kwargs.get("transaction", False)
        return not (item.get_closest_marker("dear") or commits or names & {"small_company", "house"})

    items.sort(key=later)
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
def what_stood_before_each_test_is_remembered() -> Iterator[None]:
    """Each test begins with the same company: what is known of it is worked out once, whatever tests change in between."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(versions, "KEPT", 16)
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
    """Each test process works on clones of the template of its own: an empty one, and one with the company of tests/world.py."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # A flush would be refused by the history's triggers and would lose the rows that migrations bring.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: None)
        databases.clone(database_template, databases.EMPTY)
        databases.use(databases.EMPTY)
        settings.DATABASES["default"]["NAME"] = databases.EMPTY
        try:
            yield
        finally:
            databases.use("postgres")
            for name in (databases.EMPTY, databases.PEOPLED, databases.DEMO, databases.COMMITTED):
                databases.remove(name)


@pytest.fixture(scope="session")
def company_kept(database_template: str, django_db_setup: None, django_db_blocker: Any) -> bytes:
    """The company of tests/world.py, built once in a clone of its own; what is kept gives each test its own copy of the objects."""
    from tests.world import build

    with django_db_blocker.unblock():
        databases.clone(database_template, databases.PEOPLED)
        databases.use(databases.PEOPLED)
        databases.renumber()
        return pickle.dumps(build())


@pytest.fixture(scope="session")
def demo_kept(database_template: str, django_db_setup: None, django_db_blocker: Any) -> str:
    """A small demo company in a clone of its own; what was told while it was filled in."""
    from pellucid.config import demo

    with django_db_blocker.unblock(), contextlib.redirect_stdout(io.StringIO()) as told:
        databases.clone(database_template, databases.DEMO)
        databases.use(databases.DEMO)
        databases.renumber()
        assert demo.main(argparse.Namespace(list=False, scale=0.12)) == 0
    return told.getvalue()


FILLED = {"world": ("company_kept", databases.PEOPLED), "small_company": ("demo_kept", databases.DEMO)}


@pytest.fixture
def database_of_the_test(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that roll back share a database with those who start from the same; what a test commits goes into a copy that is thrown away."""
    filled = next((found for name, found in FILLED.items() if name in request.fixturenames), None)
    if filled:
        request.getfixturevalue(filled[0])
    base = filled[1] if filled else databases.EMPTY
    marker = request.node.get_closest_marker("django_db")
    commits = marker and marker.kwargs.get("transaction") or {"transactional_db", "live_server"} & set(request.fixturenames)
    with django_db_blocker.unblock():
        if commits:
            databases.use("postgres")  # what somebody is connected to cannot be cloned
            databases.clone(base, databases.COMMITTED)
            databases.use(databases.COMMITTED)
            databases.renumber()
        elif connection.settings_dict["NAME"] != base:
            databases.use(base)


@pytest.fixture
def _django_db_helper(database_of_the_test: None, _django_db_helper: None) -> None:
    """Before anything of a test happens in the database, it is the right one."""


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
def world(db, company_kept):
    """The small company of tests/world.py, which stands in the database of the tests that ask for it."""
    return pickle.loads(company_kept)


@pytest.fixture
def small_company(db, demo_kept):
    """The demo company at an eighth of its size, filled in once for all tests that ask for it; the value is what was told meanwhile."""
    return demo_kept


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
