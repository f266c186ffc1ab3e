"""The fewest pages on which each kind of element stands once: pages of one make need no second look at what they share.

An element's kind is its way down the page (tags, classes, roles) with whatever rules of accessibility ask of it. Pages are read without being
drawn, which takes a hundredth of the time; a page that looks wrong even so (two of one id, no heading, no title) is among the chosen, whatever
stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# A number in a class is one of many; what only behaviours and drawings read is left out.
READ = """async (address) => {
  const answer = await fetch(address);
  const html = (answer.headers.get("content-type") || "").includes("text/html") ? await answer.text() : "";
  if (!/<html[^>]* lang/.test(html)) return { status: answer.status, page: false, kinds: [], odd: false };
  const doc = new DOMParser().parseFromString(html, "text/html"), kinds = new Set(), ids = new Set();
  let odd = doc.querySelectorAll("h1").length !== 1 || !doc.title.trim();
  const hash = (text) => { let h = 5381; for (let n = 0; n < text.length; n++) h = (h * 33 ^ text.charCodeAt(n)) | 0; return h; };
  const quiet = /^(data-|hx-|id$|class$|d$|[xy][12]?$|width|height|points|transform|fill)/;
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  const walk = (e, way) => {
    if (e.id) { if (ids.has(e.id)) odd = true; ids.add(e.id); }
    const said = e.getAttribute("aria-label"), seen = said ? e.textContent.trim() : "";
    const facts = [...e.attributes].map((a) => a.name).filter((n) => !quiet.test(n)).sort();
    const asks = /^(input|select|textarea)$/.test(e.localName), labelled = e.id && doc.querySelector(`label[for="${CSS.escape(e.id)}"]`);
    const kind = [e.localName, [...e.classList].sort().join(".").replace(/\\d+/g, "0"), facts.join(), e.getAttribute("role"),
      e.getAttribute("type"), own(e) ? "t" : "", e.textContent.trim() ? "" : "empty", seen && !said.includes(seen) ? "misnamed" : "",
      asks && !labelled ? "unlabelled" : ""].join("|");
    const here = hash(`${way}>${kind}`);
    kinds.add(here);
    if (e.localName !== "svg") for (const child of e.children) walk(child, here);
  };
  walk(doc.body, 0);
  return { status: answer.status, page: true, kinds: [...kinds], odd };
}"""


def chosen(read: Mapping[str, dict[str, Any]], least: int = 1) -> list[str]:
    """Addresses, the richest first, until each kind of element has been met, or no page brings at least so many more; odd pages always."""
    left = {address: set(one["kinds"]) for address, one in read.items() if one["page"] and one["status"] == 200}
    out = [address for address in left if read[address]["odd"]]
    met: set[int] = set().union(*(left[address] for address in out))
    while left:
        best = max(left, key=lambda address: len(left[address] - met))
        if len(left[best] - met) < least:
            break
        met |= left.pop(best)
        out.append(best)
    return list(dict.fromkeys(out))
