"""What the company asks of a sign-in, and the ways in beside the password."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import RSAKey

from pellucid.kernel.access import oidc
from pellucid.kernel.access.models import ExternalLogin, Session
from pellucid.kernel.actions.run import run

pytestmark = pytest.mark.django_db


def setting(world, key, value):
    run("setting_set", None, world.actor("admin"), values={key: value})


def signed_in(client, user):
    user.set_password("correct horse")
    user.save()
    assert client.post("/login", {"username": user.username, "password": "correct horse"}).status_code == 302
    return client


# ------------------------------------------------------------------------------------------------ what is owed
def test_who_owes_a_second_step_is_led_to_it_and_nowhere_else(client, world):
    setting(world, "security.second_step", "all")
    signed_in(client, world.users["alice"])
    answer = client.get("/customers/")
    assert (answer.status_code, answer.url) == (302, "/profile/second-step")
    assert client.post("/customers/new", {"name": "x"}).status_code == 302
    assert client.get("/profile/second-step").status_code == 200
    world.users["alice"].totp_secret = "JBSWY3DPEHPK3PXP"
    world.users["alice"].save()
    assert client.get("/customers/").status_code == 200


def test_only_administrators_owe_it_when_the_company_says_so(client, world):
    setting(world, "security.second_step", "admins")
    assert signed_in(client, world.users["alice"]).get("/customers/").status_code == 200
    client.post("/logout")
    assert signed_in(client, world.users["admin"]).get("/customers/").url == "/profile/second-step"


def test_an_old_password_is_changed_first(client, world):
    alice = world.users["alice"]
    signed_in(client, alice)
    type(alice).objects.filter(pk=alice.pk).update(password_set_at=timezone.now() - dt.timedelta(days=91))
    assert client.get("/customers/").status_code == 200
    setting(world, "security.password_profile", "classes")
    assert client.get("/customers/").url == "/profile/password"
    client.post("/profile/password", {"old": "correct horse", "password": "Neu 4711 gewählt", "again": "Neu 4711 gewählt"})
    assert client.get("/customers/").status_code == 200


# ------------------------------------------------------------------------------------------------ the company's own sign-in
class Provider(HTTPServer):
    """A small identity provider: says of everybody what the test wants said."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.key = RSAKey.generate_key(2048, {"kid": "k1"})
        self.other = RSAKey.generate_key(2048, {"kid": "k1"})
        self.issuer, self.claims, self.forged, self.asked = f"http://127.0.0.1:{self.server_port}", {}, False, {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def token(self):
        now = int(time.time())
        said = {"iss": self.issuer, "aud": "pellucid", "sub": "s-1", "iat": now, "exp": now + 300, "nonce": self.nonce} | self.claims
        return jwt.encode({"alg": "RS256", "kid": "k1"}, said, self.other if self.forged else self.key)


class Answers(BaseHTTPRequestHandler):
    def log_message(self, *args):
        """Silence."""

    def say(self, said):
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        at = self.server.issuer
        if "well-known" in self.path:
            self.say({"issuer": at, "authorization_endpoint": f"{at}/ask", "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/keys"})
        else:
            self.say({"keys": [self.server.key.as_dict(private=False)]})

    def do_POST(self):
        self.server.asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.say({"id_token": self.server.token()})


@pytest.fixture
def provider(world):
    found = Provider()
    setting(world, "security.oidc_issuer", found.issuer)
    setting(world, "security.oidc_client", "pellucid")
    oidc._kept.clear()
    yield found
    found.shutdown()


def come_back(client, provider, **changed):
    """Through the provider and back, as a browser goes."""
    there = client.get("/login/company?next=/customers/")
    asked = {k: v[0] for k, v in parse_qs(urlsplit(there.url).query).items()}
    provider.nonce = asked["nonce"]
    assert asked["code_challenge_method"] == "S256" and asked["redirect_uri"].endswith("/login/company/back")
    return client.get("/login/company/back", {"code": "c", "state": asked["state"]} | changed)


def test_the_company_vouches_for_somebody(client, world, provider):
    type(world.users["alice"]).objects.filter(pk=world.users["alice"].pk).update(email="lin@example.com")
    provider.claims = {"email": "Lin@example.com", "email_verified": True}
    answer = come_back(client, provider)
    assert (answer.status_code, answer.url) == (302, "/customers/")
    assert Session.objects.get().by == "company" and ExternalLogin.objects.get().user == world.users["alice"]
    assert len(provider.asked["code_verifier"][0]) >= 43
    provider.claims = {"email": "", "email_verified": False}          # known by his subject from now on
    assert come_back(client, provider).status_code == 302


@pytest.mark.parametrize("claims", [
    {"email": "lin@example.com"}, {"email": "lin@example.com", "email_verified": False}, {"email": "who@example.com", "email_verified": True},
    {"email": "lin@example.com", "email_verified": True, "nonce": "other"}, {"email": "lin@example.com", "email_verified": True, "aud": "other"},
    {"email": "lin@example.com", "email_verified": True, "exp": 1000}, {"email": "lin@example.com", "email_verified": True, "iss": "https://x"},
])  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(client, world, provider, claims):
    type(world.users["alice"]).objects.filter(pk=world.users["alice"].pk).update(email="lin@example.com")
    provider.claims = claims
    answer = come_back(client, provider)
    assert answer.status_code == 403 and answer.context_data["errors"][""] and not Session.objects.exists()


def test_forged_answers_open_nothing(client, world, provider):
    type(world.users["alice"]).objects.filter(pk=world.users["alice"].pk).update(email="lin@example.com")
    provider.claims = {"email": "lin@example.com", "email_verified": True}
    assert come_back(client, provider, state="another").status_code == 403
    provider.forged = True
    assert come_back(client, provider).status_code == 403
    provider.forged = False
    type(world.users["alice"]).objects.filter(pk=world.users["alice"].pk).update(is_active=False)
    assert come_back(client, provider).status_code == 403
    assert not Session.objects.exists()


# ------------------------------------------------------------------------------------------------ passkeys
def test_a_passkey_needs_an_address_with_a_name(client, world):
    signed_in(client, world.users["alice"])
    refused = client.post("/profile/passkeys/options", headers={"host": "127.0.0.1"})
    assert refused.status_code == 422 and "localhost" in refused.json()["error"]
    offered = client.post("/profile/passkeys/options", headers={"host": "localhost"}).json()
    assert offered["rp"]["id"] == "localhost" and offered["authenticatorSelection"]["userVerification"] == "required"


def test_nonsense_opens_nothing(client, world):
    said = base64.urlsafe_b64encode(json.dumps({"challenge": "AAAA"}).encode()).decode().rstrip("=")
    for answer in ("", "{}", "[]", json.dumps({"rawId": "AAAA", "response": {"clientDataJSON": said}})):
        assert client.post("/login/passkey", {"answer": answer}, headers={"host": "localhost"}).status_code == 422, answer
    assert not Session.objects.exists()
