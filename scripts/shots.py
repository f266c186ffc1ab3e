"""Pictures of every page in a real browser, in four looks: `make shots` takes them of a running Pellucid, scripts.preview of the sample pages."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.addresses import OPEN, pages, prepare
from scripts.inspecting import faults, layers

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SETTLED = 250  # milliseconds for what a page asks for once it stands
LOOKS = {"desktop": (False, False), "desktop-dark": (False, True), "phone": (True, False), "phone-dark": (True, True)}


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system."""
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield opened
        finally:
            opened.close()


def window(phone: bool = False, dark: bool = False) -> dict[str, Any]:
    """What a browser's context is told to show pages as a desktop or a phone does."""
    return {"viewport": PHONE if phone else DESKTOP, "device_scale_factor": 2 if phone else 1, "is_mobile": phone, "has_touch": phone,
            "color_scheme": "dark" if dark else "light", "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}  # fmt: skip


def page_of(opened: Browser, phone: bool = False, dark: bool = False, **options: Any) -> Page:
    """A page as a desktop or a phone shows it."""
    return opened.new_context(**window(phone, dark), **options).new_page()


def shoot(page: Page, address: str, target: Path) -> None:
    """One picture, once the fonts are there."""
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(target))


def enter(page: Page, base: str, user: str, password: str) -> None:
    """Sign in."""
    page.goto(f"{base}/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_load_state("networkidle")


class Walk:
    """One look (window and colours) at all pages: pictures, and with `check` what is wrong with them."""

    def __init__(self, page: Page, base: str, look: str, out: Path | None, check: bool) -> None:
        self.page, self.base, self.look, self.out, self.check = page, base, look, out, check
        self.wrong: dict[str, list[str]] = {}
        self.said: list[str] = []
        self.known: set[str] = set()
        page.on("console", lambda message: self.said.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def visit(self, address: str) -> None:
        """A page, and what its buttons open; a part of a page (a drawer's contents) stands in no window of its own."""
        self.said.clear()
        answer = self.page.goto(self.base + address, wait_until="load")
        if answer is not None and (answer.status == 403 or (answer.status == 404 and address.startswith("/p/"))):
            return  # not everything may be asked of everything, and some pages of areas are about a record; other answers are faults
        if answer is None or "text/html" not in answer.headers.get("content-type", "") or self.page.locator("html[lang]").count() == 0:
            return
        self.page.evaluate("document.fonts.ready")
        self.page.wait_for_timeout(SETTLED)
        self.look_at(address, "" if answer.ok else f"answered {answer.status}")
        for kind in layers(self.page, self.known):
            self.look_at(f"{address} > {kind}", within="dialog[open]")

    def look_at(self, name: str, fault: str = "", within: str = "") -> None:
        if self.out is not None:
            self.page.screenshot(path=str(self.out / f"{file_name(name)}.{self.look}.png"))
        found = [fault] if fault else []
        if self.check:
            found += [*faults(self.page, within), *self.said]
        if found:
            self.wrong[name] = found
        print(f"{self.look:13} {name}", *(f"\n    {one}" for one in found), flush=True)


def file_name(address: str) -> str:
    """A page's name as a file may have it."""
    return re.sub(r"[^\w=.-]+", "-", address).strip("-") or "home"


def main() -> int:
    """Sign in where asked to and take the pictures; with --check the number of faulty pages decides."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addresses", nargs="*", help="default: every page there is")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="admin", help="who looks (default: %(default)s)")
    parser.add_argument("--password", default="pellucid")
    parser.add_argument("--out", type=Path, default=Path("build/shots"))
    parser.add_argument("--look", action="append", choices=list(LOOKS), help="default: all four")
    parser.add_argument("--check", action="store_true", help="say what is wrong with each page")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    faulty = 0
    prepare()
    with browser() as opened:
        page = page_of(opened)
        enter(page, options.base, options.user, options.password)
        chosen = options.addresses or list(dict.fromkeys(pages(page, options.base)))
        page.context.close()
        for look in options.look or LOOKS:
            phone, dark = LOOKS[look]
            walk = Walk(page_of(opened, phone, dark, bypass_csp=options.check), options.base, look, options.out, options.check)
            if not options.addresses:
                for address in OPEN:
                    walk.visit(address)
            enter(walk.page, options.base, options.user, options.password)
            for address in chosen:
                walk.visit(address)
            faulty += len(walk.wrong)
            walk.page.context.close()
    print(f"{len(chosen)} addresses; pictures in {options.out}" + (f"; {faulty} pages with faults" if options.check else ""))
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
