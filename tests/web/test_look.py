"""The sample pages in a real browser, under the product's own policy: accessible in light and dark, on desk and phone; behaviours work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.browser
LOOKS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Address of the drawn sample pages."""
    from scripts import preview

    preview.draw()
    preview.draw("en")
    server, address = preview.serve()
    yield address
    server.shutdown()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    from scripts.shots import browser

    with browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Any, site: str) -> Iterator[Any]:
    """A desktop page that fails the test when the browser complains."""
    from scripts.shots import page_of

    made, said = page_of(chromium, base_url=site), []
    made.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    made.on("pageerror", lambda error: said.append(str(error)))
    yield made
    made.context.close()
    assert not said


def whole_pages() -> list[str]:
    from pellucid.web.jinja import folded
    from scripts.samples import contexts

    return [name for name, (_template, _context, whole) in contexts(folded("en")).items() if whole]


@pytest.mark.parametrize(("phone", "dark"), LOOKS)
def test_pages_are_accessible_and_fit(chromium: Any, site: str, phone: bool, dark: bool) -> None:
    from scripts.inspecting import faults
    from scripts.shots import page_of

    made = page_of(chromium, phone, dark, bypass_csp=True)  # for the checker's script only; other tests keep the policy
    wrong = {}
    for name in whole_pages():
        made.goto(f"{site}/{name}.html", wait_until="networkidle")
        if found := faults(made):
            wrong[name] = found
    made.context.close()
    assert not wrong


def test_pages_reflow_at_320(chromium: Any, site: str) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    made, wide = context.new_page(), []
    for name in whole_pages():
        made.goto(f"{site}/{name}.html", wait_until="networkidle")
        if made.evaluate("document.documentElement.scrollWidth > 320"):
            wide.append(name)
    context.close()
    assert not wide


def test_rows_are_picked_by_keys_and_a_reload_ends_the_choice(page: Any) -> None:
    page.goto("/list.html", wait_until="networkidle")
    for _time in range(2):
        assert page.locator("tr.sel").count() == 0
        for key in ("j", "j", "x", "j", "j", "Shift+X"):
            page.keyboard.press(key)
        assert page.locator("tr.sel").count() == 3
        assert page.inner_text("[data-picked]") == "已选 3 项"
        if not _time:
            page.reload(wait_until="networkidle")
    page.click("[data-pick-all]")
    page.click("[data-pick-query]")
    assert page.inner_text("[data-picked]") == "已选全部 128 项"
    with page.expect_request("**/dialog.html?*all=1*"):
        page.click("[data-bulk-dialog] >> nth=0")
    page.wait_for_selector("#dialog[open] .dh")
    page.keyboard.press("Escape")
    page.wait_for_selector("#dialog", state="hidden")
    page.keyboard.press("Escape")
    assert page.locator("[data-bulk]").is_hidden()


def test_a_dirty_drawer_asks_once_and_gives_the_focus_back(page: Any) -> None:
    page.goto("/record.html", wait_until="networkidle")
    opener = page.locator("button[data-drawer='/drawer.html']")
    opener.click()
    page.wait_for_selector("#drawer[open] .dh")
    assert page.evaluate("document.activeElement.id") == "f-tax"  # the first field that is wrong
    page.fill("#f-short", "恒励")
    page.keyboard.press("Escape")
    assert page.locator("[data-ask]").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("#drawer", state="hidden")
    assert opener.evaluate("e => e === document.activeElement")


def test_duplicates_and_choices_come_while_typing(page: Any) -> None:
    page.goto("/record.html", wait_until="networkidle")
    page.click("button[data-drawer='/drawer.html']")
    page.wait_for_selector("#drawer[open] .dh")
    page.fill("#f-name", "苏州恒励精密制")
    page.wait_for_selector(".dup")
    page.fill("#f-owner", "lin")
    page.wait_for_selector("#f-owner-o [role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert (page.input_value("#f-owner"), page.input_value("input[name=owner]")) == ("林晓彤", "0")
    page.fill("#f-spend", "1.5亿")
    assert page.inner_text("#drawer [data-echo]") == "= 150,000,000 元"


def test_the_palette_searches_and_opens(page: Any) -> None:
    page.goto("/list.html", wait_until="networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("恒砺")
    page.wait_for_selector("#palette [role=option]")
    page.wait_for_timeout(300)
    assert page.locator("#palette input").get_attribute("aria-activedescendant") == "hit-1"
    page.keyboard.press("Enter")
    page.wait_for_url("**/record.html")


def test_a_draft_is_kept_and_comes_back(page: Any) -> None:
    page.goto("/record.html", wait_until="networkidle")
    page.keyboard.press("l")
    page.keyboard.type("客户认可方案")
    page.wait_for_timeout(2600)
    assert "客户认可方案" in page.evaluate("localStorage.getItem('draft:customer:7')")
    page.reload(wait_until="networkidle")
    assert page.input_value("#composer-text") == "客户认可方案"
    with page.expect_request("**/follow") as sent:
        page.press("#composer-text", "Control+Enter")
    assert "客户认可方案" in (sent.value.post_data_buffer or b"").decode(errors="replace")
    page.wait_for_timeout(300)
    assert page.evaluate("localStorage.getItem('draft:customer:7')") is None


def test_single_keys_rest_while_typing_and_can_be_switched_off(page: Any) -> None:
    page.goto("/list.html", wait_until="networkidle")
    page.route(lambda address: "q=" in address, lambda asked: asked.fulfill(status=204))  # nobody answers a sample's search
    page.keyboard.press("/")
    page.keyboard.type("f?")
    assert page.locator("dialog[open]").count() == 0
    page.locator("[data-rows]").focus()
    page.keyboard.press("?")
    page.locator("[data-keys-switch]").uncheck(force=True)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0


def test_theme_and_menu_are_remembered_in_cookies(page: Any) -> None:
    page.goto("/list.html", wait_until="networkidle")
    page.keyboard.press("[")
    page.click("[aria-label='林晓彤'] >> nth=0")
    page.click("[data-theme-set=dark]")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 20)"
    kept = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert (kept["theme"], kept["menu"]) == ("dark", "folded")


def test_a_toast_can_take_back(page: Any) -> None:
    page.goto("/list.html", wait_until="networkidle")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('toast', {bubbles: true, detail: {text: '已移动', undo: '/undo/7'}}))")
    with page.expect_request("**/undo/7"):
        page.keyboard.press("Control+z")
    page.wait_for_selector("[data-toast]", state="detached")


def test_behaviours_live_on_after_going_back(page: Any) -> None:
    page.goto("/list.html", wait_until="networkidle")
    page.click(".chip .x0 >> nth=0")
    page.wait_for_url("**/list.html?*")
    page.wait_for_load_state("networkidle")
    with page.expect_event("load"):  # going back loads the page anew
        page.go_back()
    page.wait_for_load_state("networkidle")
    page.keyboard.press("f")
    page.wait_for_selector("#drawer[open] .dh")
