"""Notices under the bell: told, opened, read."""

from __future__ import annotations

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.events.bus import deliver
from pellucid.kernel.notices.selectors import unread_count

pytestmark = pytest.mark.django_db


def test_a_mention_reaches_the_bell_and_is_read_on_the_record(world, browser):
    made = world.customer("苏州恒砺")
    run("customer_comment", made.pk, world.actor("alice"), {"text": "@孙明 请看一下"})
    deliver()
    sam = world.users["sam"]
    assert unread_count(sam.pk) == 1
    client = browser("sam")
    tray = client.get("/notices/tray", headers={"HX-Request": "true"})
    assert tray.status_code == 200 and "苏州恒砺" in tray.text and "林晓彤" in tray.text
    page = client.get("/notices")
    assert page.status_code == 200 and 'id="bell-count"' in page.text
    assert 'id="bell-count" hx-swap-oob="true">1<' in client.get("/menu/counts", headers={"HX-Request": "true"}).text
    href = page.context_data["rows"][0]["href"]
    assert client.get(href, follow=True).status_code == 200
    assert unread_count(sam.pk) == 0
