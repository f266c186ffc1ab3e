"""What is wrong with a page in a real browser: axe's rules, what axe leaves to people's ears, and whether the page fits its window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parent.parent / "tests" / "vendor" / "axe.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# What somebody hears who does not see the page: one main part, one heading of the first order, no heading that skips an order, a title that
# tells pages apart, names on whatever can be reached, no two regions of one name, a place where changes are told.
HEARD = """() => {
  const wrong = [], seen = (e) => e.getClientRects().length > 0, all = (s) => [...document.querySelectorAll(s)].filter(seen);
  if (all("main").length !== 1) wrong.push(`main: ${all("main").length}`);
  if (all("h1").length !== 1) wrong.push(`h1: ${all("h1").length}`);
  if (!document.title.replace(/·.*$/, "").trim()) wrong.push("no title of its own");
  if (!document.querySelector("[aria-live], [role=status]")) wrong.push("nowhere to tell changes");
  const names = new Map();
  for (const part of all("nav, aside, section[aria-label], [role=region], [role=toolbar]")) {
    const name = part.getAttribute("aria-label") || document.getElementById(part.getAttribute("aria-labelledby"))?.textContent || "";
    const key = `${part.getAttribute("role") || part.tagName.toLowerCase()} "${name.trim()}"`;
    if (!name.trim()) wrong.push(`${key} has no name`);
    else if (names.has(key)) wrong.push(`two of ${key}`);
    names.set(key, part);
  }
  return wrong;
}"""
# One line for each fault. Results that are no faults are not gathered, which takes half of the time.
FAULTS = f"""async ([within, spared, tags]) => {{
  const part = within || (spared.length ? {{ exclude: spared.map((one) => [one]) }} : document);
  const found = await axe.run(part, {{ runOnly: tags, resultTypes: ["violations"], preload: false }});
  const lines = found.violations.flatMap((one) => one.nodes.map((node) => `${{one.id}}: ${{node.html.slice(0, 200)}}`));
  if (within) return lines;
  const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  return [...lines, ...({HEARD})(), ...(wide ? ["wider than the window"] : [])];
}}"""


def faults(page: Any, context: str = "") -> list[str]:
    """One line for each fault; with a context only within the element it selects."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(FAULTS, [context, [], TAGS])
    return found


def layers(page: Any, known: set[str]) -> Iterator[str]:
    """Open what the page's buttons open (drawers, dialogs), each kind once; it stands open while the caller looks at it."""
    for layer in ("drawer", "dialog"):
        for at in page.eval_on_selector_all(f"[data-{layer}]", f"all => all.map(e => e.dataset.{layer})"):
            kind = re.sub(r"\d+", "N", at.partition("?")[0])
            button = page.locator(f'[data-{layer}="{at}"]:visible').first
            if kind in known or not button.count():
                continue
            known.add(kind)
            button.click()
            opened = page.locator(f"#{layer}[open] .dh")
            opened.or_(page.locator("[data-toast]")).first.wait_for(timeout=20000)
            if not opened.count():  # refused with a sentence
                continue
            page.wait_for_timeout(150)
            yield kind
            page.keyboard.press("Escape")
            if page.locator("[data-ask]").count():
                page.keyboard.press("Escape")
            page.locator(f"#{layer}").wait_for(state="hidden")
