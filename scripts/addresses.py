"""Every page there is, as somebody who may open it finds them: from the registries, and by following the settings' own menu."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

OF_LIST = ("", "filter", "columns", "new", "import", "export")
OF_RECORD = ("", "/edit", "/history", "/print", "/seers", "/files", "/peek")
OWN = ("/", "/search?q=a", "/notices", "/jobs", "/profile", "/analyses/", "/analyses/cross")
OPEN = ("/login", "/forgot")  # before anybody has signed in


def few(addresses: Iterable[str]) -> list[str]:
    """One address of each shape: the list, board and record of every resource, but one form, one history, one role, one dictionary ..."""
    shapes: dict[str, str] = {}
    for address in addresses:
        shape = re.sub(r"\d+", "N", address)
        shape = re.sub(r"^/(settings/(?:fields|dictionaries|roles)|analyses)/[^/]+$", r"/\1/X", shape)
        shape = re.sub(r"^/[a-z-]+/((?:N/)?[a-z]+(?:\?.*)?|\?bin=N)$", r"/R/\1", shape) if not shape.startswith(("/settings", "/p/")) else shape
        shapes.setdefault(shape, address)
    return list(shapes.values())


def prepare() -> None:
    """Make the registries known. No database is asked."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pellucid.config.settings")
    import django

    django.setup()


LINKS = """async (address) => {
  const answer = await fetch(address);
  const doc = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
  return [...doc.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"));
}"""


def hrefs(page: Any, base: str, address: str, within: str) -> list[str]:
    """The addresses that a page links to below a path, in its order; it is read, not drawn."""
    found = page.evaluate(LINKS, address)
    whole = (urlsplit(urljoin(base + address, href)) for href in found)
    paths = [part.path for part in whole if part.netloc == urlsplit(base).netloc and part.path.startswith(within)]
    return list(dict.fromkeys(paths))


def pages(page: Any, base: str) -> Iterator[str]:
    """Addresses of all pages that the one who is signed in on `page` may open; of each kind of record its first."""
    from pellucid.kernel.resources.declare import pages as area_pages
    from pellucid.kernel.resources.declare import registry

    yield from OWN
    yield from (f"/p/{path}" for path in area_pages)
    yield from (href for href in hrefs(page, base, "/analyses/", "/analyses/") if href not in OWN)
    settings = hrefs(page, base, "/settings", "/settings")
    for entry in list(settings):
        settings += [href for href in hrefs(page, base, entry, "/settings/") if href not in settings]
    yield from (href for href in dict.fromkeys(settings) if not re.search(r"/(export|do)(/|$)", href))
    for resource in registry.values():
        start = f"/{resource.path}/"
        everything = next((view.key for view in resource.views if not view.params), "all")
        yield from (start + one if one else f"{start}?view={everything}" for one in OF_LIST)
        yield f"{start}?bin=1"
        if resource.board is not None:
            yield f"{start}?view={everything}&as=board"
        if resource.calendar is not None:
            yield from (f"{start}calendar", f"{start}calendar?mode=month", f"{start}calendar?mode=team")
        records = [href for href in hrefs(page, base, f"{start}?view={everything}", start) if re.fullmatch(rf"{start}\d+", href)]
        yield from (records[0] + one for one in OF_RECORD if records)
