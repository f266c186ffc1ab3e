"""The tests' own database: cloned, rolled back, and renewed after tests that commit."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection


@pytest.mark.django_db
def test_works_on_a_clone_as_the_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), rolsuper FROM pg_roles WHERE rolname = current_user")
        name, superuser = cursor.fetchone()
    assert name.startswith("test_run_")
    assert not superuser, "a superuser would hide what the owner may not do"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_committed_rows_are_gone_for_the_next_test(turn: int) -> None:
    assert not ContentType.objects.filter(app_label="left over").exists()
    assert ContentType.objects.exists(), "rows that migrations bring are kept"
    ContentType.objects.create(app_label="left over", model="thing")


@pytest.mark.django_db
def test_unicode_trigrams() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("SELECT cardinality(show_trgm('苏州恒砺'))")
        assert cursor.fetchone()[0] > 1
