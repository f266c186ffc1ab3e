"""The designer by the keyboard alone in a real browser: build, move, delete a step, open and close its drawer, publish; and axe finds nothing."""

from __future__ import annotations

import json

import pytest

from pellucid.kernel.actions.run import run
from pellucid.kernel.processes import drafts
from pellucid.kernel.processes.designing import operations as op
from pellucid.kernel.processes.models import Process
from scripts.inspecting import faults

from .test_browser import chromium, page  # noqa: F401  (fixtures)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = "#design-tree [role=treeitem]:focus"


@pytest.fixture
def desk(page):  # noqa: F811
    """An administrator before a new process about opportunities."""
    page.process = run("process_begin", None, page.world.actor("admin"), {"subject": "opportunity", "name": "报价核准"}).value
    page.goto("about:blank")  # what the page before still asks for would bring its cookies back
    page.context.clear_cookies()
    page.goto(page.base + "/login")
    page.fill("#f-username", "admin")
    page.fill("#f-password", "pellucid")
    page.keyboard.press("Enter")
    page.wait_for_url(page.base + "/")
    page.goto(f"{page.base}/settings/processes/{page.process.pk}")
    return page


def press(page, *keys: str) -> None:  # noqa: F811
    for key in keys:
        page.keyboard.press(key)


def reach(page, selector: str) -> None:  # noqa: F811
    """Press Tab until it has the focus."""
    for _turn in range(80):
        if page.evaluate("(s) => document.activeElement?.matches(s) || false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def kept(page) -> list[str]:  # noqa: F811
    return [s["id"] for s in drafts.opened(Process.objects.get(pk=page.process.pk)).body["steps"]]


def waiting(page) -> None:  # noqa: F811
    """Something for the administrator to decide."""
    admin, alice = page.world.actor("admin"), page.world.actor("alice")
    sheet = drafts.opened(page.process)
    body = op.put(sheet.body, at="approval_1", given={"who": [{"kind": "role", "role": "admin"}]})
    kept_as = run("process_keep_draft", page.process.pk, admin, {"body": json.dumps(body), "revision": sheet.revision}).value
    run("process_publish_draft", page.process.pk, admin, {"revision": kept_as, "use": "1"})
    deal = run("opportunity_create", None, alice, values={"name": "三号线改造", "customer": page.world.customer("苏州恒砺", by="alice").pk}).record
    run("opportunity_request", deal.pk, alice, {"process": str(page.process.pk)})


def test_a_process_is_built_and_published_by_keys_alone(desk):
    page = desk  # noqa: F811
    reach(page, "#design-tree [role=treeitem]")
    press(page, "ArrowDown", "+")
    page.wait_for_selector("#design-kinds[open] [data-kind]:focus")
    reach(page, "[data-kind=task]")
    press(page, "Enter")
    page.wait_for_selector("#design-side form")
    page.wait_for_selector("#design-side input:focus")
    page.keyboard.type("核对报价")
    press(page, "Enter")
    page.wait_for_selector(f"{HERE}:has-text('核对报价')")
    assert page.locator("#design-side form").count() == 0 and kept(page) == ["start", "approval_1", "task_1"]
    with page.expect_response("**/change"):
        press(page, "Alt+ArrowUp")
    page.wait_for_selector(f"{HERE}[data-step=task_1]")
    assert kept(page) == ["start", "task_1", "approval_1"]
    press(page, "Enter")
    page.wait_for_selector("#design-side form")
    press(page, "Escape")
    page.wait_for_selector(f"{HERE}[data-step=task_1]")
    press(page, "ArrowDown", "Delete")
    page.wait_for_selector("dialog[open] .btn-d:focus")
    with page.expect_response("**/change"):
        press(page, "Enter")
    page.wait_for_selector(HERE)
    assert kept(page) == ["start", "task_1"]
    with page.expect_response("**/change"):
        press(page, "Control+z")
    page.wait_for_selector("[data-step=approval_1]")
    reach(page, "#design-head [data-dialog$='/publish']")
    press(page, "Enter")
    page.wait_for_selector("#dialog form")
    reach(page, "#dialog button[type=submit]")
    with page.expect_navigation():
        press(page, "Enter")
    process = Process.objects.get(pk=page.process.pk)
    assert process.is_on and [s["id"] for s in process.active.body["steps"]] == ["start", "task_1", "approval_1"]


def test_axe_finds_nothing_on_the_pages_of_processes_and_rules(desk):
    page = desk  # noqa: F811
    assert faults(page) == []
    page.click("[data-step=approval_1]")
    page.wait_for_selector("#design-side form")
    assert faults(page) == []
    waiting(page)
    for path in ("/settings/processes/all", "/p/inbox", "/approvals/", "/rules/", "/rules/new?about=opportunity"):
        page.goto(page.base + path)
        assert faults(page) == [], path
        if path == "/p/inbox":
            assert page.locator("[data-key=y]").count() == 1
