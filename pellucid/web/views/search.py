"""The palette and the search page: records within rights, pages, things to do."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.models import User
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources import marks
from pellucid.kernel.resources.columns import rows_of
from pellucid.kernel.resources.declare import Resource, menus, registry
from pellucid.kernel.search.engine import Hit, search
from pellucid.kernel.search.text import plain
from pellucid.kernel.search.texts.snippets import snippets

from .. import answers
from ..menu import allowed, label_of, makes

SHOWN = 3                 # columns beside a record's name


@require_safe
def palette(request: Any) -> HttpResponse:
    """Hits for what stands in the palette; without a word, what one opened last and where one may go."""
    query = request.GET.get("q", "").strip()[:80]
    return answers.fragment(request, "parts/palette_hits.html", {"groups": list(groups(query, request.actor, request.show))})


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """All hits of a query, by resource."""
    query = request.GET.get("q", "").strip()[:80]
    actor, show = request.actor, request.show  # type: ignore[attr-defined]
    found = search(actor, query, limit=20) if query else {}
    context = {"query": query, "title": _("Search"), "groups": [
        {"label": label_of(registry[key]), "hits": described(registry[key], hits, actor, show, query), "more": f"/{registry[key].path}/?q={query}"}
        for key, hits in found.items()]}
    return answers.page(request, "search.html", context)


def groups(query: str, actor: Actor, show: Show) -> Iterator[dict[str, Any]]:
    """The palette's groups in order."""
    mark, rest = (query[:1], query[1:].strip()) if query[:1] in (">", "@", "#") else ("", query)
    if not query:
        recent = [{"label": title, "note": label_of(registry[key]), "icon": registry[key].icon, "href": f"/{registry[key].path}/{pk}",
                   "peek": f"/{registry[key].path}/{pk}/peek"} for key, pk, title in marks.recent(actor)]
        if recent:
            yield {"label": _("Opened lately"), "hits": recent}
    if rest and mark != ">":
        only = {"@": people(), "#": tuple(k for k, r in registry.items() if r.number), "": ()}[mark]
        for key, hits in search(actor, rest, limit=6, resources=only).items():
            yield {"label": label_of(registry[key]), "hits": described(registry[key], hits, actor, show, rest)}
    if mark in ("", ">"):
        found = [c for c in commands(actor) if plain(rest) in plain(c["label"])] if rest else list(commands(actor))
        if found and (mark == ">" or rest or not query):
            yield {"label": _("Pages and actions"), "hits": found[:8 if mark else 5]}


def people() -> tuple[str, ...]:
    """Resources whose records are one with a user."""
    return tuple(k for k, r in registry.items() if any(f.one_to_one and f.related_model is User for f in r.model._meta.fields))


def commands(actor: Actor) -> Iterator[dict[str, Any]]:
    """Where one may go and what one may make."""
    for resource in registry.values():
        if makes(resource, actor):
            label = _("New: %(what)s") % {"what": resource.model._meta.verbose_name}
            yield {"label": label, "icon": "plus", "href": f"/{resource.path}/new", "drawer": f"/{resource.path}/new"}
    for key, resource in registry.items():
        if actor.may(key, "view"):
            yield {"label": label_of(resource), "icon": resource.icon, "href": f"/{resource.path}/"}
    for menu in menus:
        if menu.href and allowed(menu.needs, actor) and not any(menu.href.strip("/") == r.path for r in registry.values()):
            yield {"label": str(menu.label), "icon": menu.icon or "file", "href": menu.href}


def described(resource: type[Resource], hits: list[Hit], actor: Actor, show: Show, query: str = "") -> list[dict[str, Any]]:
    """Hits as the palette shows them: name, the passage of a file that was searched or a note from the first columns one may read, the level
    if there is one."""
    wanted = [n for n in resource.columns if n != resource.title][:SHOWN + 1]
    columns, by_id = rows_of(resource, [h.id for h in hits], wanted, actor)
    passages = snippets(resource, list(by_id), query, actor) if query else {}
    out = []
    for hit in hits:
        row = by_id.get(hit.id)
        if row is None:
            continue
        notes, level = [], None
        for column in columns[1:]:
            value = column.pick(row)
            if column.spec.kind.key == "level":
                level = value
            elif words := column.spec.kind.words(column.spec, value, show):
                notes.append(words)
        note = passages.get(hit.id) or " · ".join(notes[:2])
        out.append({"label": column_words(columns[0], row, show), "note": note, "right": notes[2] if len(notes) > 2 else "",
                    "level": level, "icon": resource.icon, "href": f"/{resource.path}/{hit.id}", "peek": f"/{resource.path}/{hit.id}/peek",
                    "slip": hit.slip})
    return out


def column_words(column: Any, row: tuple[Any, ...], show: Show) -> str:
    """A column's value in words, cut where a line ends."""
    return column.spec.kind.words(column.spec, column.pick(row), show)[:80]
