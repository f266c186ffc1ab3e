"""The pages in a real browser: what is typed, clicked and pressed does what it says, and the content policy refuses nothing."""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import run
from pellucid.kernel.records import days
from tests.world import build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = os.environ.get("PELLUCID_CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    sync_api = pytest.importorskip("playwright.sync_api")
    if not os.path.exists(CHROMIUM):
        pytest.skip(f"no browser at {CHROMIUM}")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"          # playwright's own loop runs in this thread
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, live_server, settings):
    """A signed-in manager's page; complaints of the browser fail the test."""
    settings.ALLOWED_HOSTS = ["localhost"]
    world = build()
    for user in world.users.values():
        user.set_password("pellucid")
        user.save()
    for n in range(6):
        world.customer(f"客户{n}有限公司", address=f"园区 {n} 号", employees=str(n * 100))
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page, complaints = context.new_page(), []
    page.set_default_timeout(8000)
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" and "Failed to load resource" not in m.text else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto(live_server.url + "/login")
    page.fill("#f-username", "sam")
    page.fill("#f-password", "pellucid")
    page.click("button[type=submit]")
    page.wait_for_url(live_server.url + "/")
    page.world, page.base = world, live_server.url
    yield page
    context.close()
    assert not complaints, complaints
    connections.close_all()


def toast(page) -> str:
    page.wait_for_selector("#toasts [data-toast]")
    return page.inner_text("#toasts [data-toast] >> nth=-1")


def test_filter_sort_and_keep_a_view(page):
    page.goto(page.base + "/customers/?view=all")
    page.wait_for_selector("#totals:not(:empty)")
    page.keyboard.press("f")
    page.wait_for_selector("#drawer [data-condition]")
    page.select_option("#drawer select[name='n.0']", "employees")
    page.wait_for_selector("#drawer select[name='o.0'] option[value=gte]", state="attached")
    page.select_option("#drawer select[name='o.0']", "gte")
    page.wait_for_timeout(400)
    page.fill("#drawer input[name='v.0']", "300")
    page.click("#drawer .df button[type=submit]")
    page.wait_for_url("**f.employees=gte:300**")
    assert page.locator("tr[data-id]").count() == 3
    page.click("th a >> nth=0")
    page.wait_for_url("**sort=**")
    page.click("[data-dialog*='/view?']")
    page.fill("#dialog #f-name", "大客户")
    page.click("#dialog .df button[type=submit]")
    page.wait_for_url("**/customers/?view=*")
    assert "大客户" in toast(page) and page.locator("tr[data-id]").count() == 3


def test_views_are_dragged_into_order(page):
    page.goto(page.base + "/customers/?view=all")
    tabs = page.locator("nav[data-order] a")
    before = tabs.all_inner_texts()
    with page.expect_response("**/customers/views"):
        tabs.nth(2).drag_to(tabs.nth(0), target_position={"x": 4, "y": 10})
    page.reload()
    assert tabs.all_inner_texts() == [before[2], before[0], before[1], *before[3:]]


def test_a_task_is_dragged_to_another_day_and_pushed_back_by_keys(page):
    at = days.start_of(dt.date(2026, 11, 25)) + dt.timedelta(hours=10)  # a Wednesday
    sam = page.world.users["sam"]
    task = run("task_create", None, Actor.of(sam), values={"name": "约现场勘察", "due_at": at, "owner": sam.pk}).record
    page.goto(page.base + "/tasks/calendar?view=all&on=2026-11-25")
    entry = f"a[data-moves='/tasks/{task.pk}/day']"
    page.drag_and_drop(entry, "[data-day='2026-11-27']", target_position={"x": 60, "y": 200})
    page.wait_for_selector(f"[data-day='2026-11-27'] {entry}")
    assert "11 月 27 日" in toast(page)
    page.focus(entry)
    page.keyboard.press("[")
    page.wait_for_selector(f"[data-day='2026-11-26'] {entry}:focus")
    task.refresh_from_db()
    assert task.due_at == at + dt.timedelta(days=1)


def test_edit_in_place_and_undo(page):
    page.goto(page.base + "/customers/?view=all")
    page.click("td.name a >> nth=0")
    page.wait_for_selector("#v-address .ie")
    page.click("#v-address .ie")
    page.fill("#v-address input[name=address]", "新地址 9 号")
    page.keyboard.press("Enter")
    page.wait_for_selector("#v-address [data-saved]")
    page.click("#v-employees .ie")
    page.fill("#v-employees input[name=employees]", "很多")
    page.keyboard.press("Enter")
    page.wait_for_selector("#v-employees .er")
    page.keyboard.press("Escape")
    page.wait_for_selector("#v-employees .ie")
    page.reload()
    assert "新地址 9 号" in page.inner_text("#v-address")
    page.click("#timeline [hx-post^='/undo/'] >> nth=0")
    page.wait_for_selector("#v-address:has-text('园区')")


def test_drawer_keeps_what_was_typed_and_two_editors_choose(page):
    from pellucid.kernel.actions.run import run

    page.goto(page.base + "/customers/?view=all")
    page.click("td.name a >> nth=0")
    page.wait_for_selector("[data-drawer$='/edit']")
    pk = int(page.url.split("/customers/")[1].split("?")[0])
    page.click("[data-drawer$='/edit'] >> nth=0")
    page.wait_for_selector("#drawer #f-phone")
    page.fill("#drawer #f-phone", "12")
    page.click("#drawer .df button[type=submit] >> nth=-1")
    page.wait_for_selector("#drawer [aria-invalid=true]")
    assert page.input_value("#drawer #f-phone") == "12"
    run("customer_update", pk, page.world.actor("alice"), values={"phone": "0512-11112222"}, version=1)
    page.fill("#drawer #f-phone", "0512-88889999")
    page.click("#drawer .df button[type=submit] >> nth=-1")
    page.wait_for_selector("#drawer .cf")
    assert "0512-11112222" in page.inner_text("#drawer") and "林晓彤" in page.inner_text("#drawer")
    page.click("#drawer .df button[type=submit]")
    page.wait_for_selector("#v-phone:has-text('88889999')")


def test_bulk_shows_first_what_it_will_do(page):
    page.goto(page.base + "/customers/?view=all")
    page.wait_for_selector("tr[data-id]")
    page.click("tr[data-id]:nth-child(1) .ck")
    page.click("tr[data-id]:nth-child(3) .ck")
    page.click("[data-bulk-dialog$=customer_delete]")
    page.wait_for_selector("#dialog .btn-d")
    assert "2" in page.inner_text("#dialog h2")
    page.click("#dialog .btn-d")
    page.wait_for_selector("tr[data-id] >> nth=4", state="detached")
    page.click("#toasts [data-undo]")
    page.wait_for_selector("tr[data-id] >> nth=5")


def test_a_selection_ends_with_the_list_it_was_made_in(page):
    """Another order keeps it; another filter, or loading anew, ends it: nobody acts on what he does not see."""
    page.goto(page.base + "/customers/?view=all")
    bar = page.locator("[data-bulk]")
    page.locator("tr[data-id] .pick input").first.check()
    page.click("th a >> nth=0")
    page.wait_for_url("**sort=**")
    assert bar.is_visible()
    page.fill(".find1 input", "客户3")
    page.press(".find1 input", "Enter")
    page.wait_for_url("**q=**")
    bar.wait_for(state="hidden")
    page.locator("tr[data-id] .pick input").first.check()
    page.reload()
    assert bar.is_hidden()


def test_enter_takes_the_first_of_what_was_typed(page):
    """A name half typed is chosen by Enter, list open or not; the form is sent only afterwards."""
    page.goto(page.base + "/customers/?view=all")
    page.locator("tr[data-id] .pick input").first.check()
    page.press("body", "a")
    field = page.locator("#dialog [role=combobox]").first
    field.click()
    field.press_sequentially("bob")
    field.press("Enter")
    page.wait_for_timeout(600)
    assert page.locator("#dialog [data-combobox] > input[type=hidden]").first.input_value() == str(page.world.users["bob"].pk)
    assert page.locator("#dialog [aria-invalid=true]").count() == 0


def test_a_chart_is_saved_as_a_picture(page):
    page.goto(page.base + "/analyses/AN01")
    with page.expect_download() as found:
        page.click("[data-picture] >> nth=0")
    data = Path(found.value.path()).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and found.value.suggested_filename.endswith(".png")
    wide, high = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert (wide, high) == (2200, 460) and len(data) > 5000


def test_keys_peek_and_back(page):
    page.goto(page.base + "/customers/?view=all")
    page.wait_for_selector("tr[data-id]")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    page.wait_for_selector("#drawer.peek .fl")
    page.keyboard.press("Escape")
    page.wait_for_selector("#drawer.peek", state="hidden")
    page.click("tr[data-id]:nth-child(1) td.name a")
    page.wait_for_url(lambda url: "list=" in url)
    page.wait_for_selector(".ph .num:has-text('1 / 6')")
    page.keyboard.press("j")
    page.wait_for_selector(".ph .num:has-text('2 / 6')")
    page.wait_for_load_state("load")  # who goes back from a page that is still coming breaks it off
    page.go_back()
    page.wait_for_selector(".ph .num:has-text('1 / 6')")
    page.wait_for_load_state("load")
    page.go_back()
    page.wait_for_selector("tr[data-id]")


def test_a_passkey_is_made_and_opens_the_door(page):
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}})
    page.goto(page.base + "/profile")
    page.click("[data-passkey=add]")
    page.wait_for_selector("[hx-post^='/profile/passkeys/']")
    page.evaluate("fetch('/logout', {method: 'POST', headers: JSON.parse(document.body.getAttribute('hx-headers:inherited'))})")
    page.wait_for_timeout(500)
    page.goto(page.base + "/login?next=/customers/")
    page.click("[data-passkey=sign-in]")
    page.wait_for_url(page.base + "/customers/**")
    page.goto(page.base + "/profile")
    page.click("[hx-post^='/profile/passkeys/']")
    page.click("dialog[open] [data-close]")  # asked in a dialog of ours, and not meant
    page.wait_for_timeout(300)
    page.click("[hx-post^='/profile/passkeys/']")
    page.click("dialog[open] .df .btn-p")
    page.wait_for_selector("[hx-post^='/profile/passkeys/']", state="detached")


def test_c_opens_the_form_of_the_list_one_stands_in_elsewhere_the_menu(page):
    page.goto(page.base + "/customers/?view=all")
    page.press("body", "c")
    page.wait_for_selector("#drawer[open] #f-name")
    page.goto(page.base + "/")
    page.press("body", "c")
    page.wait_for_selector(".top .pop [data-drawer='/customers/new']", state="visible")


def test_lines_are_typed_over_where_they_stand(page):
    world = page.world
    one = run("quotation_create", None, world.actor("sam"), values={"customer": world.customer("恒砺精密", by="sam").pk}).record
    rows = [run("quotationline_create", None, world.actor("sam"), values={"quotation": one.pk, "name": name, "unit_price": "1000"}).record
            for name in ("主机", "机械手")]  # fmt: skip
    page.goto(f"{page.base}/quotations/{one.pk}")
    first, second = (f"[data-cell='/quotation-lines/{row.pk}/cell/discount']" for row in rows)
    page.fill(first, "5")
    page.press(first, "Enter")  # down the column
    page.wait_for_function("() => document.querySelector('.facts')?.textContent.includes('2,203.5')")
    assert page.evaluate("document.activeElement.dataset.cell") == f"/quotation-lines/{rows[1].pk}/cell/discount"
    page.fill(second, "101")
    page.press(second, "Tab")
    page.wait_for_selector(f"{second}[aria-invalid]")
    assert "100" in toast(page) and page.input_value(second) == "101", "what was typed stays"
    page.focus(second)
    page.press(second, "Escape")
    assert page.input_value(second) == "0"
    page.wait_for_timeout(2500)  # ticks that say “saved” go away by themselves; cells do not
    page.fill(second, "10")
    page.press(second, "Tab")
    page.wait_for_function("() => document.querySelector('.facts')?.textContent.includes('2,090.5')")
    assert page.input_value(second) == "10"


def test_a_finger_finds_a_figure_of_one_digit(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(page.base + "/analyses/cross")
    page.wait_for_selector("a.fig")
    boxes = [figure.bounding_box() for figure in page.locator("a.fig").all()]
    assert boxes and min(min(box["width"], box["height"]) for box in boxes) >= 24
