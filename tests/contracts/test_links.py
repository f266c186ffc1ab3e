"""Addresses of lists that stand in the program's own code lead to views that exist, in words the list knows."""

from __future__ import annotations

import re
from pathlib import Path

import pellucid
from pellucid.kernel.resources.declare import registry
from pellucid.web.opened import builtin

LINK = re.compile(r"""/([a-z][a-z0-9-]*)/(?:calendar)?\?((?:view|f\.[a-z0-9_]+|as|sort|q|bin)=[^"'`\s<{]*)""")
KNOWN = re.compile(r"^(view|sort|q|unit|as|size|columns|density|bin|bare|f\d?\..+)$")


def links() -> list[tuple[str, str, str]]:
    """(file, path of the resource, query up to what is filled in) of every address of a list with a view or filters."""
    root = Path(pellucid.__file__).parent
    files = [p for p in root.rglob("*") if p.suffix in (".py", ".html") and "locale" not in p.parts]
    return [(str(p.relative_to(root)), *found) for p in files for found in LINK.findall(p.read_text())]


def test_links_name_views_that_exist_and_parameters_that_are_read():
    by_path, found, wrong = {r.path: r for r in registry.values()}, links(), []
    assert len(found) > 20
    for file, path, query in found:
        if path not in by_path:
            continue
        for part in query.split("&"):
            name, _eq, value = part.partition("=")
            if not value.strip(":,") and name != "view":
                continue
            if not KNOWN.match(name) or name == "view" and value not in {v.key for v in builtin(by_path[path])}:
                wrong.append((file, path, part))
    assert not wrong
