"""What somebody hears, and where he stands, who uses the pages by keyboard and screen reader: names, states, what is said, where the focus goes."""

from __future__ import annotations

import re

import pytest

from tests.web.test_browser import chromium, page  # noqa: F401  the manager's page in a real browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMED = {"button", "link", "textbox", "combobox", "checkbox", "radio", "searchbox", "switch", "tab", "menuitem", "menuitemradio", "dialog",
         "tabpanel", "spinbutton", "listbox", "treeitem", "image", "heading", "progressbar", "meter"}  # fmt: skip


@pytest.fixture(autouse=True)
def listening(page):  # noqa: F811
    """What live regions say is kept."""
    page.add_init_script("""document.addEventListener("DOMContentLoaded", () => {
      window.said = [];
      const spoken = "[aria-live], [role=alert], [role=status]";
      const hear = (region) => { if (region?.textContent.trim()) said.push(region.textContent.trim()); };
      new MutationObserver((changes) => changes.forEach(({ target, addedNodes }) => {
        hear((target.closest ? target : target.parentElement)?.closest(spoken));
        for (const node of addedNodes) if (node.querySelectorAll) node.querySelectorAll("[role=alert]").forEach(hear);
      })).observe(document, { subtree: true, childList: true, characterData: true });
    })""")


def nameless(page) -> list[str]:  # noqa: F811
    """What the accessibility tree holds that can be used or read and says nothing of itself."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    bare = [n for n in nodes if not n.get("ignored") and n["role"]["value"] in NAMED and not n.get("name", {}).get("value", "").strip()]
    found = [session.send("DOM.getOuterHTML", {"backendNodeId": n["backendDOMNodeId"]})["outerHTML"][:120] for n in bare]
    session.detach()
    return found


def said(page, text: str) -> None:  # noqa: F811
    page.wait_for_function("text => said.some((one) => one.includes(text))", arg=text)
    page.evaluate("said.splice(0)")


def stands_on(page, selector: str) -> None:  # noqa: F811
    page.wait_for_function("selector => document.activeElement?.matches(selector)", arg=selector)


def description(page, selector: str) -> str:  # noqa: F811
    return page.eval_on_selector(
        selector, "e => e.getAttribute('aria-describedby').trim().split(' ').map((id) => document.getElementById(id).textContent).join(' ')")


def first_record(page) -> None:  # noqa: F811
    page.goto(page.base + "/customers/?view=all")
    page.click("td.name a >> nth=0")
    page.wait_for_selector("#v-address .ie")


def test_signing_in_begins_at_the_first_field_and_goes_on_at_the_wrong_one(page):  # noqa: F811
    page.context.clear_cookies()
    page.goto(page.base + "/login")
    stands_on(page, "#f-username")
    page.keyboard.type("sam")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    stands_on(page, "#f-password[aria-invalid=true]")
    assert "不正确" in description(page, "#f-password") and not nameless(page)


def test_a_list_that_changes_keeps_the_focus_and_says_its_count(page):  # noqa: F811
    page.goto(page.base + "/customers/?view=all")
    said(page, "6 个客户")
    page.focus("th a:has-text('名称')")
    page.keyboard.press("Enter")
    page.wait_for_url("**sort=**")
    page.wait_for_selector("th[aria-sort=ascending]:has-text('名称')")
    stands_on(page, "th[aria-sort] a")
    said(page, "6 个客户")
    page.focus("nav.vtab a:has-text('我负责的') >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_url("**view=mine**")
    stands_on(page, "nav.vtab a[aria-current=page]")
    page.goto(page.base + "/customers/?view=all")
    page.keyboard.press("j")
    said(page, "1 / 6")
    page.keyboard.press("x")
    said(page, "已选 1 项")
    assert not nameless(page)


def test_a_field_edited_in_place_is_named_says_it_is_kept_and_keeps_the_focus(page):  # noqa: F811
    first_record(page)
    page.focus("#v-address .ie")
    page.keyboard.press("Enter")
    stands_on(page, "#v-address input[name=address]")
    assert page.get_by_role("textbox", name="地址", exact=True).count() == 1 and not nameless(page)
    page.keyboard.press("Control+a")
    page.keyboard.type("新地址 9 号")
    page.keyboard.press("Enter")
    said(page, "已存")
    stands_on(page, "#v-address .ie")
    page.focus("#v-employees .ie")
    page.keyboard.press("Enter")
    stands_on(page, "#v-employees input")
    page.keyboard.press("Control+a")
    page.keyboard.type("很多")
    page.keyboard.press("Enter")
    stands_on(page, "#v-employees input[aria-invalid=true]")
    assert "数字" in description(page, "#v-employees input[name=employees]")
    page.keyboard.press("Escape")
    stands_on(page, "#v-employees .ie")


def test_a_form_with_errors_says_so_and_a_closed_layer_gives_the_focus_back(page):  # noqa: F811
    first_record(page)
    opener = "[data-drawer$='/edit'] >> nth=0"
    page.focus(opener)
    page.keyboard.press("Enter")
    stands_on(page, "#drawer #f-name")
    assert page.get_by_role("dialog", name=re.compile("编辑")).count() == 1 and not nameless(page)
    page.fill("#drawer #f-phone", "12")
    page.keyboard.press("Control+Enter")
    said(page, "还要改：电话")
    stands_on(page, "#drawer #f-phone[aria-invalid=true]")
    assert "电话至少" in description(page, "#drawer #f-phone")
    page.fill("#drawer #f-phone", "0512-88886666")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#drawer", state="hidden")
    page.wait_for_selector("#v-phone:has-text('0512')")
    stands_on(page, "[data-drawer$='/edit']")  # though the page was loaded anew
    said(page, "已保存")


def test_the_palette_says_how_much_it_found(page):  # noqa: F811
    page.goto(page.base + "/customers/?view=all")
    page.focus("[data-key=f]")
    page.keyboard.press("Control+k")
    stands_on(page, "#palette input[role=combobox]")
    page.keyboard.type("客户3")
    page.wait_for_selector("#palette-hits [role=option]:has-text('客户3有限公司')")
    page.wait_for_function("() => document.querySelector('#palette > .live')?.textContent.includes('个结果')")  # within: what is behind is not heard
    chosen = page.get_attribute("#palette input", "aria-activedescendant")
    assert page.get_attribute(f"#{chosen}", "aria-selected") == "true" and not nameless(page)
    page.fill("#palette input", "zzqqzzqq")
    page.wait_for_function("() => document.querySelector('#palette > .live').textContent === '没有找到'")
    page.keyboard.press("Escape")
    stands_on(page, "[data-key=f]")


def test_nothing_to_use_is_without_a_name(page):  # noqa: F811
    for address in ("/", "/opportunities/?view=all&as=board", "/tasks/calendar?view=all", "/p/inbox", "/customers/new", "/notices"):
        page.goto(page.base + address)
        page.wait_for_function("() => !document.querySelector('.htmx-request')")
        assert not nameless(page), address
        assert page.locator("main h1").count() == 1, address


def test_what_happened_is_a_list_of_entries_by_time(page):  # noqa: F811
    first_record(page)
    page.wait_for_selector("#timeline [role=list]")
    entries = page.locator("#timeline [role=list] > [role=listitem]").count()
    assert entries and entries == page.locator("#timeline .ev").count()
