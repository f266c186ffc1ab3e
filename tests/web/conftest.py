"""A browser of each of the world's people, signed in."""
from __future__ import annotations

import pytest
from django.test import Client

from pellucid.kernel.access.sessions import open_session


@pytest.fixture
def browser(world):
    """`browser("alice")` is a client signed in as her; `browser("alice", "en")` reads English."""
    def made(name: str, language: str = "", **headers: str) -> Client:
        user = world.users[name]
        if language:
            type(user).objects.filter(pk=user.pk).update(language=language)
        client = Client(headers=headers)
        client.cookies["pellucid"] = open_session(user)
        return client
    return made
