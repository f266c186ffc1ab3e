"""The designer's page: every drawer opens and comes back as it was, changes are kept, who was overtaken is told, readers only read."""

from __future__ import annotations

import json
import re

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import drafts
from pellucid.kernel.processes.definition import read
from pellucid.kernel.processes.designing import operations as op
from pellucid.kernel.processes.models import Process
from pellucid.kernel.resources.conditions import filters_of, text_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def process(world) -> Process:
    return run("process_begin", None, world.actor("admin"), {"subject": "opportunity", "name": "赢单审批"}).value


def everything() -> dict:
    """A definition with a step of each kind."""
    body = op.blank("p", "opportunity", {"zh-hans": "全", "en": "All"})
    at = "start"
    for kind in ("approval", "task", "notify", "condition", "parallel", "wait", "action", "end"):
        body, at = op.insert(body, at=at, kind=kind)
    body = op.put(body, at="", given={"form": [{"name": "risk", "label": {"zh-hans": "风险"}, "kind": "choice", "choices": ["高", "低"]}]})
    branch = op.step_of(body, "condition_1")[0]["branches"][0]["id"]
    return op.put(body, at=branch, given={"when": text_of(filters_of("f.amount=gte:5000&f.form_risk=in:高"))})


def inputs(html: str) -> dict[str, list[str]]:
    """What a browser would send of a form."""
    out: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", html):
        facts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if "name" in facts and (facts.get("type") not in ("checkbox", "radio") or " checked" in tag):
            out.setdefault(facts["name"], []).append(facts.get("value", "on"))
    for name, more, body in re.findall(r'<select [^>]*name="([^"]*)"([^>]*)>(.*?)</select>', html, re.S):
        first = [] if " multiple" in more else re.findall(r'<option value="([^"]*)"', body)[:1]
        chosen = re.findall(r'<option value="([^"]*)" selected>', body) or first
        out.setdefault(name, []).extend(chosen)
    for name, body in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', html, re.S):
        out.setdefault(name, []).append(body)
    return out


def test_every_drawer_gives_back_what_it_was_given(world, process, browser) -> None:
    page, body = browser("admin"), everything() | {"key": process.key}
    base = f"/settings/processes/{process.pk}"
    kept = page.post(f"{base}/change", {"body": json.dumps(body), "revision": 1}, headers=HTMX).json()
    for at in ("", *sorted(op.ids(body))):
        html = page.post(f"{base}/step", {"at": at, "body": json.dumps(kept["body"])}, headers=HTMX)
        assert html.status_code == 200, at
        sent = inputs(html.content.decode()) | {"at": [at], "body": [json.dumps(kept["body"])], "revision": [str(kept["revision"])]}
        again = page.post(f"{base}/fill", sent, headers=HTMX)
        assert again.status_code == 200, (at, again.content.decode())
        assert read(again.json()["body"]) == read(kept["body"]), at
        kept = again.json()
    assert kept["revision"] == 2 + 1 + len(op.ids(body))


def test_what_is_done_is_kept_and_who_was_overtaken_keeps_his_work(world, process, browser) -> None:
    page, base = browser("admin"), f"/settings/processes/{process.pk}"
    body = json.dumps(drafts.opened(process).body)
    first = page.post(f"{base}/change", {"op": "insert", "at": "start", "kind": "task", "body": body, "revision": 1}, headers=HTMX)
    assert first.status_code == 200 and first.json()["at"] == "task_1" and 'data-step="task_1"' in first.json()["tree"]
    late = page.post(f"{base}/change", {"op": "insert", "at": "start", "kind": "wait", "body": body, "revision": 1}, headers=HTMX)
    assert late.status_code == 409 and late.json()["theirs"] == 2 and 'data-step="wait_1"' in late.json()["tree"]
    assert [s["id"] for s in drafts.opened(process).body["steps"]] == ["start", "task_1", "approval_1"]
    mine = page.post(f"{base}/change", {"at": "wait_1", "body": json.dumps(late.json()["body"]), "revision": 2}, headers=HTMX)
    assert mine.status_code == 200 and [s["id"] for s in drafts.opened(process).body["steps"]] == ["start", "wait_1", "approval_1"]
    wrong = page.post(f"{base}/change", {"op": "remove", "at": "start", "body": body, "revision": 3}, headers=HTMX)
    assert wrong.status_code == 409 and "toast" in wrong.headers["HX-Trigger"]


def test_publishing_says_what_is_wrong_and_then_publishes(world, process, browser) -> None:
    page, base = browser("admin", "en"), f"/settings/processes/{process.pk}"
    body = json.dumps(drafts.opened(process).body)
    changed = page.post(f"{base}/change", {"op": "insert", "at": "start", "kind": "action", "body": body, "revision": 1}, headers=HTMX).json()
    refused = page.post(f"{base}/publish", {"revision": changed["revision"]}, headers=HTMX)
    assert refused.status_code == 422 and "there is no action “” for these records." in refused.content.decode()
    back = page.post(f"{base}/change", {"op": "remove", "at": "action_1", "body": json.dumps(changed["body"]), "revision": 2}, headers=HTMX)
    assert page.get(f"{base}/publish", headers=HTMX).status_code == 200
    done = page.post(f"{base}/publish", {"revision": back.json()["revision"], "use": "1"}, headers=HTMX)
    assert done.status_code == 204 and done.headers["HX-Redirect"] == base
    process.refresh_from_db()
    assert process.is_on and process.active.number == 1


def test_who_may_only_read_sees_the_tree_and_changes_nothing(world, process, browser) -> None:
    page, base = browser("audrey"), f"/settings/processes/{process.pk}"
    assert "data-insert" not in page.get(base).content.decode()
    assert page.post(f"{base}/change", {"op": "insert"}, headers=HTMX).status_code == 403
    for path in ("", "/publish", "/condition?i=0&g=0", "/who?prefix=who", "/field"):
        assert browser("alice").get(base + path, headers=HTMX).status_code == 403
    assert browser("alice").get("/settings/processes/all").status_code == 403


def test_the_overview_lists_them_and_begins_new_ones(world, process, browser) -> None:
    page = browser("admin")
    seen = page.get("/settings/processes/all").context_data
    assert [(r["name"], r["version"], r["draft"], r["runs"]) for r in seen["rows"]] == [("赢单审批", 0, 1, 0)]
    assert page.post("/settings/processes/new", {"name": "", "subject": "task"}, headers=HTMX).status_code == 422
    made = page.post("/settings/processes/new", {"template": seen["offered"][0]["key"]}, headers=HTMX)
    assert made.status_code == 204
    assert page.get(made.headers["HX-Redirect"]).status_code == 200
