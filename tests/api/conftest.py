"""A client that speaks with a token."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from pellucid.kernel.access.sessions import issue_token


class Caller:
    """Calls the API as one user."""

    def __init__(self, secret: str) -> None:
        self.client, self.secret = Client(), secret

    def __call__(self, method: str, path: str, body: Any = None, **headers: str):
        extra = {f"HTTP_{k.upper()}": v for k, v in headers.items()}
        response = self.client.generic(
            method,
            f"/api/v1/{path}",
            b"" if body is None else json.dumps(body),
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {self.secret}",
            **extra,
        )
        response.data = json.loads(response.content) if response.content else None
        return response


@pytest.fixture
def api(world):
    """``api("alice")`` gives a caller with a token that may read and write."""

    def make(name: str, scopes: tuple[str, ...] = ("write",)) -> Caller:
        return Caller(issue_token(world.users[name], "test", list(scopes), None)[1])

    return make
