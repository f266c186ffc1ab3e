"""Many pages by several windows at once: all are read, and those that stand for the rest are looked at in a real browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from scripts.addresses import OPEN, pages
from scripts.covering import READ
from scripts.inspecting import AXE, FAULTS, TAGS
from scripts.shots import ARGUMENTS, CHROMIUM, LOOKS, browser, enter, page_of, window

WINDOWS = 2
SHELL = (".side", ".top", ".tab0")  # the same on every page: judged once
MANY = 12  # rows of a table that say enough of it
FEW = f"for (const body of document.querySelectorAll('tbody')) for (const row of [...body.rows].slice({MANY})) row.remove()"
STILL = "!document.querySelector('.htmx-request')"  # what a page asks for once it stands has come


class Judge:
    """Somebody signed in who reads every page he may open and looks at some of them."""

    def __init__(self, base: str, user: str, password: str) -> None:
        self.base = base
        with browser() as opened:
            page = page_of(opened)
            enter(page, base, user, password)
            self.addresses = list(dict.fromkeys(pages(page, base)))
            self.cookies: Any = page.context.cookies()

    def read(self) -> dict[str, dict[str, Any]]:
        """Each page's status and the kinds of its elements."""
        found: dict[str, dict[str, Any]] = {}

        async def one(page: Page, address: str) -> None:
            if not page.url.startswith(self.base):
                await page.goto(f"{self.base}{OPEN[0]}")
            found[address] = await page.evaluate(READ, address)

        asyncio.run(self.each(self.addresses, one))
        return found

    def faults(self, addresses: Iterable[str], look: str) -> dict[str, list[str]]:
        """What is wrong with pages, one line for each fault; what the browser complains of is one, too."""
        wrong: dict[str, list[str]] = {}
        axe, known = AXE.read_text(), [False]

        async def one(page: Page, address: str) -> None:
            said: list[str] = []
            page.on("console", listen := lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
            await page.goto(self.base + address, wait_until="load")
            await page.wait_for_function(STILL)
            await page.evaluate(axe)
            await page.evaluate(FEW)
            spared, known[0] = SHELL if known[0] else (), known[0] or address not in OPEN
            if found := [*await page.evaluate(FAULTS, ["", spared, TAGS]), *said]:
                wrong[f"{look} {address}"] = found
            page.remove_listener("console", listen)

        phone, dark = LOOKS[look]
        asyncio.run(self.each(addresses, one, **window(phone, dark), bypass_csp=True))
        return wrong

    async def each(self, addresses: Iterable[str], one: Callable[[Page, str], Awaitable[None]], **options: Any) -> None:
        """Do one thing with each address; several windows share the work. Pages of before the sign-in are asked for without a session."""
        waiting = list(reversed(list(addresses)))

        async def work(context: BrowserContext) -> None:
            page = await context.new_page()
            while waiting:
                address = waiting.pop()
                await (context.clear_cookies() if address in OPEN else context.add_cookies(self.cookies))
                await one(page, address)

        async with async_playwright() as play:
            opened = await play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            await asyncio.gather(*[work(await opened.new_context(**options)) for _window in range(WINDOWS)])
            await opened.close()
