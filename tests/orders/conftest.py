"""Refusals are read in English here; and a company in which everybody is there whom processes ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from pellucid.kernel.access.models import Grant, Role
from pellucid.kernel.records import versions
from pellucid.people.models import Staff


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def company(world):
    """Everybody a template asks is there: a line of managers, and holders of every role."""
    for name, boss, unit in (
        ("alice", "sam", "east_sales"),
        ("sam", "mona", "east_sales"),
        ("mona", "erin", "east"),
        ("erin", None, "hq"),
    ):
        user = world.users[name]
        Staff.objects.create(user=user, name=user.name, unit=world.units[unit], manager=world.users[boss] if boss else None)
    for code, name in (("legal", "mark"), ("commerce", "fay"), ("tech", "walt"), ("quality", "audrey")):
        Grant.objects.create(user=world.users[name], role=Role.objects.get(code=code), unit=world.units["hq"])
    world.units["east_sales"].head = world.users["sam"]
    world.units["east_sales"].save()
    versions.forget()
    return world
