"""Sign-in as stories: the password, the lock, the second step, the session."""
from __future__ import annotations

import pyotp
import pytest

from pellucid.kernel.access.models import Attempt, Session

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(world):
    user = world.users["alice"]
    user.set_password("correct horse")
    user.save()
    return user


def test_stranger_is_sent_to_sign_in_and_back(client, alice):
    answer = client.get("/customers/?q=abc")
    assert answer.status_code == 302 and answer.url == "/login?next=/customers/%3Fq%3Dabc"
    answer = client.post("/login", {"username": "ALICE", "password": "correct horse", "next": "/customers/?q=abc"})
    assert (answer.status_code, answer.url) == (302, "/customers/?q=abc")
    assert client.get("/customers/").status_code == 200
    assert Session.objects.get().user == alice


def test_next_never_leaves_the_product(client, alice):
    answer = client.post("/login", {"username": "alice", "password": "correct horse", "next": "//evil.example/"})
    assert answer.url == "/"


def test_cookie_is_closed_to_scripts(client, alice):
    answer = client.post("/login", {"username": "alice", "password": "correct horse"})
    cookie = answer.cookies["pellucid"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ["alice", "nobody-here"])
def test_five_failures_lock_known_and_unknown_names_alike(client, alice, name):
    for _n in range(4):
        assert client.post("/login", {"username": name, "password": "wrong"}).status_code == 422
    answer = client.post("/login", {"username": name, "password": "wrong"})
    assert answer.status_code == 429 and "15" in answer.content.decode()
    assert client.post("/login", {"username": name, "password": "correct horse"}).status_code == 429
    assert Session.objects.count() == 0


def test_second_step_takes_each_code_once(client, alice):
    alice.totp_secret = pyotp.random_base32()
    alice.save()
    asked = client.post("/login", {"username": "alice", "password": "correct horse"})
    assert asked.status_code == 200 and Session.objects.count() == 0
    pending = asked.context_data["second"]
    code = pyotp.TOTP(alice.totp_secret).now()
    assert client.post("/login", {"second": pending, "code": "000000" if code != "000000" else "111111"}).status_code == 422
    assert client.post("/login", {"second": pending, "code": code}).status_code == 302
    assert client.post("/login", {"second": pending, "code": code}).status_code == 422
    assert Session.objects.count() == 1


def test_sign_out_ends_the_session(client, alice):
    client.post("/login", {"username": "alice", "password": "correct horse"})
    assert client.get("/logout").status_code == 405
    assert client.post("/logout").status_code == 302
    assert Session.objects.count() == 0
    assert client.get("/customers/").status_code == 302


def test_posts_need_the_token(world, alice):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/login", {"username": "alice", "password": "correct horse"}).status_code == 403
    assert Attempt.objects.count() == 0


def test_a_fault_gives_a_number_and_nothing_else(client, alice, monkeypatch):
    from pellucid.web.views import lists

    client.post("/login", {"username": "alice", "password": "correct horse"})
    monkeypatch.setattr(lists, "list_context", lambda opened: 1 / 0)
    client.raise_request_exception = False
    answer = client.get("/customers/")
    text = answer.content.decode()
    assert answer.status_code == 500 and answer.headers["X-Request-ID"] in text and "division" not in text and "Traceback" not in text
    assert client.get("/no/such/page/at/all").status_code == 404
