"""Pictures of pages in a real browser: `make shots` takes them of a running Pellucid, scripts.preview of the sample pages.

Usage: python -m scripts.shots [--base http://127.0.0.1:8000] [--user admin --password ...] [--out docs/shots] [address ...]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
ADDRESSES = ("/", "/customers/", "/tasks/", "/settings/")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium of the system."""
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield opened
        finally:
            opened.close()


def page_of(opened: Browser, phone: bool = False, dark: bool = False, **options: Any) -> Page:
    """A page as a desktop or a phone shows it."""
    scheme: Any = "dark" if dark else "light"
    context = opened.new_context(
        viewport=PHONE if phone else DESKTOP, device_scale_factor=2 if phone else 1, is_mobile=phone, has_touch=phone,  # type: ignore[arg-type]
        color_scheme=scheme, locale="zh-CN", timezone_id="Asia/Shanghai", **options,
    )  # fmt: skip
    return context.new_page()


def shoot(page: Page, address: str, target: Path) -> None:
    """One picture, once the fonts are there."""
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(target))


def main() -> None:
    """Sign in where asked to and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("addresses", nargs="*", default=ADDRESSES)
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--out", type=Path, default=Path("build/shots"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with browser() as opened:
        for kind, phone, dark in (("desktop", False, False), ("dark", False, True), ("phone", True, False)):
            page = page_of(opened, phone, dark)
            if options.user:
                page.goto(f"{options.base}/login")
                page.fill("input[name=username]", options.user)
                page.fill("input[name=password]", options.password)
                page.click("button[type=submit]")
                page.wait_for_load_state("networkidle")
            for address in options.addresses:
                name = address.strip("/").replace("/", "-") or "home"
                shoot(page, f"{options.base}{address}", options.out / f"{name}.{kind}.png")
                print(options.out / f"{name}.{kind}.png")


if __name__ == "__main__":
    main()
