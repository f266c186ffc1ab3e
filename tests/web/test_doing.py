"""Verbs of a record: what asks for nothing is done by a click, what is to be thought of says what it means, no dialog is empty."""

from __future__ import annotations

import re

import pytest

from pellucid.kernel.actions.declare import actions
from pellucid.kernel.actions.run import run
from pellucid.kernel.resources.declare import registry
from tests.samples import record_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_what_asks_for_nothing_is_done_by_a_click(world, browser):
    given = {"name": "回访恒砺", "due_at": "2030-01-11T02:00:00Z", "owner": world.users["alice"].pk}
    task = run("task_create", None, world.actor("alice"), values=given).record
    page = browser("alice")
    shown = page.get(f"/tasks/{task.pk}").content.decode()
    assert f'hx-post="/tasks/{task.pk}/do/task_start"' in shown and f'data-dialog="/tasks/{task.pk}/do/task_complete"' in shown
    assert page.post(f"/tasks/{task.pk}/do/task_start", headers=HTMX).status_code == 204
    task.refresh_from_db()
    assert task.state == "doing"


def test_what_cannot_be_taken_back_says_what_it_means_first(world, browser):
    one = run("quotation_create", None, world.actor("sam"), values={"customer": world.customer("恒砺精密", by="sam").pk}).record
    page = browser("sam")
    assert f'data-dialog="/quotations/{one.pk}/do/quotation_send"' in page.get(f"/quotations/{one.pk}").content.decode()
    assert "另存新版" in page.get(f"/quotations/{one.pk}/do/quotation_send", headers=HTMX).content.decode()


PLAIN = sorted(a.name for a in actions.values() if a.on == "record" and not a.generic and a.resource in registry
               and not any(not s.options.get("hidden") for s in a.inputs)
               and not a.takes_more and a.shows is None)  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
def test_no_dialog_is_empty(world, browser, name):
    what = actions[name]
    record = record_of(what.resource, world)
    answer = browser("admin").get(f"/{registry[what.resource].path}/{record.pk}/do/{name}", headers=HTMX)
    assert answer.status_code in (200, 403, 404), answer.status_code
    if answer.status_code == 200:
        body = re.search(r'<div class="db">(.*?)<div class="df', answer.content.decode(), re.S)
        assert body and re.sub(r"<[^>]+>|\s", "", body[1]), "a dialog says what it is about"
