"""One's own profile and the links that strangers hold."""

from __future__ import annotations

import io
import re

import pyotp
import pytest
from django.core import mail, signing
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from pellucid.kernel.access.models import Grant, OneTimeLink, Role, Session, Token, Unit, User
from pellucid.kernel.access.sessions import issue_link, open_session
from pellucid.kernel.resources.admin import identity, own

pytestmark = pytest.mark.django_db
LONG = "correct horse battery"


@pytest.fixture
def alice(world):
    user = world.users["alice"]
    user.set_password(LONG)
    user.email = "alice@example.com"
    user.save()
    return user


def test_everybody_opens_and_changes_the_profile(browser, alice):
    client = browser("alice")
    assert client.get("/profile").status_code == 200
    given = {"name": "林晓彤", "email": "a@example.com", "language": "en", "time_zone": "Europe/Berlin", "theme": "dark"}
    assert client.post("/profile", given).status_code == 302
    alice.refresh_from_db()
    assert (alice.language, alice.time_zone, alice.theme, alice.single_keys) == ("en", "Europe/Berlin", "dark", False)
    assert client.post("/profile", given | {"time_zone": "Mars/Base"}).status_code == 422


def test_the_phone_stands_on_the_employee_and_the_name_follows(world, browser):
    from pellucid.kernel.actions.run import run
    from pellucid.people.models import Staff

    made = run("staff_hire", None, world.actor("admin"), {"name": "顾维民", "unit": world.units["hq"].pk}).record
    world.users["gu"] = made.user
    client = browser("gu")
    assert [f["name"] for f in client.get("/profile").context_data["fields"]][:3] == ["name", "email", "phone"]
    given = {"name": "顾为民", "email": "gu@example.com", "phone": "138 0000 8000"}
    refused = client.post("/profile", given | {"phone": "call me"})
    assert refused.status_code == 422 and b"call me" in refused.content          # nothing typed is lost
    assert client.post("/profile", given).status_code == 302
    staff = Staff.objects.get(pk=made.pk)
    assert (staff.name, staff.email, staff.phone) == ("顾为民", "gu@example.com", "138 0000 8000")


def test_password_needs_the_old_one_and_ends_other_sign_ins(browser, alice):
    client = browser("alice")
    open_session(alice)
    new = "another long password"
    assert client.post("/profile/password", {"old": "wrong", "password": new, "again": new}).status_code == 422
    assert client.post("/profile/password", {"old": LONG, "password": "short", "again": "short"}).status_code == 422
    assert client.post("/profile/password", {"old": LONG, "password": new, "again": new}).status_code == 302
    assert Session.objects.filter(user=alice).count() == 1
    assert client.get("/profile").status_code == 200


def test_second_step_is_set_up_with_its_first_code(browser, alice):
    client = browser("alice")
    page = client.get("/profile/second-step")
    assert b"<svg" in page.content
    held = re.search(r'name="secret" value="([^"]+)"', page.content.decode())[1]
    secret = signing.loads(held, salt="pellucid.second-step-setup")
    wrong = "000000" if pyotp.TOTP(secret).now() != "000000" else "111111"
    assert client.post("/profile/second-step", {"secret": held, "code": wrong}).status_code == 422
    done = client.post("/profile/second-step", {"secret": held, "code": pyotp.TOTP(secret).now()})
    assert len(done.context_data["codes"]) == own.RECOVERY_CODES
    alice.refresh_from_db()
    assert alice.totp_secret == secret
    assert client.post("/profile/second-step", {"password": "wrong"}).status_code == 422
    client.post("/profile/second-step", {"password": LONG})
    alice.refresh_from_db()
    assert alice.totp_secret == ""


def test_photo_loses_what_the_camera_wrote(browser, alice, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    image, out = Image.new("RGB", (400, 300), "red"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "the place where it was taken"
    image.save(out, "JPEG", exif=exif)
    client = browser("alice")
    client.post("/profile/photo", {"photo": SimpleUploadedFile("a.jpg", out.getvalue(), "image/jpeg")})
    content = browser("bob").get(f"/profile/photo/{alice.pk}").content
    with Image.open(io.BytesIO(content)) as kept:
        assert kept.size == (256, 256) and not kept.getexif()
    client.post("/profile/photo", {"photo": SimpleUploadedFile("a.jpg", b"<svg onload=x>", "image/jpeg")})
    assert browser("bob").get(f"/profile/photo/{alice.pk}").content == content


def test_token_is_shown_once_and_works_until_revoked(browser, alice, client):
    mine = browser("alice")
    secret = mine.post("/profile/tokens/new", {"name": "BI", "scope": "read", "days": "30"}).context_data["secret"]
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert client.get("/api/v1/customers", **headers).status_code == 200
    assert secret not in mine.get("/profile").content.decode()
    assert browser("bob").post(f"/profile/tokens/{Token.objects.get().pk}/revoke").status_code == 404
    mine.post(f"/profile/tokens/{Token.objects.get().pk}/revoke")
    assert client.get("/api/v1/customers", **headers).status_code == 401


def test_notices_are_chosen(browser, alice):
    client = browser("alice")
    assert client.post("/profile/notices", {"mention.app": "1", "quiet_from": "20:00", "quiet_to": "08:00"}).status_code == 302
    assert "20:00" in client.get("/profile").content.decode()


@pytest.mark.parametrize("purpose", ["invite", "reset"])
def test_link_chooses_a_password_once(client, world, purpose):
    bob = world.users["bob"]
    address = f"/link/{purpose}/{issue_link(purpose, bob)}"
    assert client.get(address).status_code == 200
    assert client.get(address).status_code == 200  # looking does not use it up: mail scanners look
    assert client.post(address, {"password": "short", "again": "short"}).status_code == 422
    assert client.post(address, {"password": LONG, "again": LONG}).status_code == 302
    assert client.get("/customers/").status_code == 200
    assert client.post(address, {"password": LONG, "again": LONG}).status_code == 410
    assert client.get("/link/invite/nonsense").status_code == 410


def test_forgotten_password_never_tells_who_exists(client, alice):
    answers = [client.post("/forgot", {"login": login}).content.decode() for login in ("alice", "nobody-here")]
    first, second = (re.sub(r"Token\": \"[^\"]*\"|value=\"[^\"]*\"", "", text) for text in answers)
    assert first == second
    assert len(mail.outbox) == 1 and "/link/reset/" in mail.outbox[0].body
    for _n in range(5):
        client.post("/forgot", {"login": "alice"})
    assert len(mail.outbox) == identity.ASKED_PER_HOUR


def test_empty_installation_is_set_up_once(client, db):
    assert identity.setup_needed()
    first, address = identity.setup_link(), identity.setup_link()
    assert client.get(first).status_code == 410  # a newer link ends the older one
    given = {"company": "澄泰", "zone": "Asia/Shanghai", "currency": "CNY", "name": "郑凯", "login": "zheng", "password": LONG, "again": LONG}
    assert client.get(address).status_code == 200
    assert client.post(address, given | {"login": ""}).status_code == 422
    assert client.post(address, given).status_code == 302
    user = User.objects.get(username="zheng")
    assert Grant.objects.get(user=user).role == Role.objects.get(code="admin")
    assert Unit.objects.get(parent=None).catcher == user
    assert client.get("/settings/company/company").status_code == 200
    assert client.post(address, given | {"login": "other"}).status_code == 410
    assert not OneTimeLink.objects.filter(purpose="setup", used_at=None).exists()
