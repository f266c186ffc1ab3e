"""Which entries of the menu are there for whom, and what may be created from it: worked out once for each reader, until rights, people,
settings or fields change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import rights_of
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.resources.declare import Menu, Resource, menus, registry
from pellucid.kernel.resources.fields import writable
from pellucid.kernel.resources.switches import enabled

TOP = 50  # entries with a smaller position stand above the favourites
APPROVALS = "approvals"  # key of the menu entry that the head of the page shows, too
SETTINGS = "settings/"  # begins the group of what stands in the settings


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the side menu, with the lines under it."""

    key: str
    name: Callable[[], str]  # in the language that is spoken when it is called
    icon: str
    href: str
    counted: bool
    children: tuple[Entry, ...] = ()


def allowed(needs: str, actor: Actor) -> bool:
    """Whether the reader has the right an entry, page or card needs: "resource" or "resource.verb"."""
    if not needs:
        return True
    key, _dot, verb = needs.partition(".")
    return actor.granted(key, verb or "view")


def placed(thing: Any, actor: Actor) -> bool:
    """Whether what an area has placed (a menu entry, panel, card, page) is there for the reader: his right, and the area switched on."""
    return allowed(thing.needs, actor) and enabled(thing, directory.home_of(actor.user_id))


def kept[T](function: Callable[[Actor], T]) -> Callable[[Actor], T]:
    """Work something out once for all requests of a reader. It must depend on his rights and unit, on settings and fields only."""

    @versioned("access", "people", "settings", "overlay", "terms")
    def found(user_id: int, _held: proxies.Held) -> T:
        return function(Actor(user_id, rights=rights_of(user_id)))

    def answer(actor: Actor) -> T:
        whose = actor.user_id if actor.rights is not None else None
        return function(actor) if whose is None else found(whose, proxies.standing_in(whose))

    return answer


@kept
def shown(actor: Actor) -> tuple[Menu, ...]:
    """The declared entries of the side menu that are there for the reader, in their order."""
    return tuple(sorted((m for m in menus if placed(m, actor) and not m.group.startswith(SETTINGS)), key=lambda m: m.position))


def entry_for(key: str, actor: Actor) -> Menu | None:
    """The entry of this key, where it is there for the reader."""
    return next((m for m in shown(actor) if m.key == key), None)


@kept
def outline(actor: Actor) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The side menu, what stands on top and the rest: declared entries, and every resource that has none and is not read through another.
    Two levels: what stands under an entry under another one stands beside it."""
    entries = {m.key: Entry(m.key, m.label.__str__, m.icon or "file", m.href, m.count is not None) for m in shown(actor)}
    places = {m.key: m.position for m in shown(actor)}
    declared = {m.href for m in menus} | {m.key for m in menus} | {key for m in menus if placed(m, actor) for key in m.covers}
    for key, resource in registry.items():
        if f"/{resource.path}/" in declared or key in declared or getattr(resource.model, "scope_via", "") or not actor.may(key, "view"):
            continue
        entries[key] = Entry(key, partial(label_of, resource), resource.icon, f"/{resource.path}/", False)
        places[key] = TOP + 50
    groups = {m.key: m.group for m in shown(actor)}
    under: dict[str, list[Entry]] = {}
    for key in sorted(entries, key=lambda key: places[key]):
        head = _head(groups, key)
        under.setdefault(head if head in entries and head != key else "", []).append(entries[key])
    heads = [Entry(e.key, e.name, e.icon, e.href, e.counted, tuple(under.get(e.key, ()))) for e in under.get("", ())]
    kept_ones = [e for e in heads if e.href or e.children]
    return tuple(e for e in kept_ones if places[e.key] < TOP), tuple(e for e in kept_ones if places[e.key] >= TOP)


def label_of(resource: type[Resource]) -> str:
    """The name of a resource's list, begun with a capital where there are capitals."""
    name = str(resource.model._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]


def _head(groups: dict[str, str], key: str) -> str:
    """The topmost entry an entry stands under."""
    head = groups.get(key, "")
    while groups.get(head):
        head = groups[head]
    return head


def entry_of_page(path: str) -> str:
    """The key of the entry a page belongs to."""
    first = path.strip("/").split("/")[0]
    if not first:
        return "home"
    for menu in menus:
        if menu.href.partition("?")[0].rstrip("/") == path.rstrip("/"):
            return "settings" if menu.group.startswith(SETTINGS) else menu.key
    for menu in menus:
        if menu.href.strip("/") == first:
            return "settings" if menu.group.startswith(SETTINGS) else menu.key
    return next((key for key, r in registry.items() if r.path == first), first)


def makes(resource: type[Resource], actor: Actor) -> bool:
    """Whether a reader can make such a record in a form of its own: what hangs on another one, only if the form asks on which; what needs
    more than the form asks (a report its question) is made where that is at hand."""
    key, via = resource.key(), getattr(resource.model, "scope_via", "")
    return bool(resource.form) and f"{key}_create" in actions and actor.may(key, "create") and (
        not via or via in resource.form) and all(name in resource.form for name, spec in writable(key, actor).items() if spec.required)


def makable(actor: Actor) -> tuple[type[Resource], ...]:
    """What a reader may create of what stands in the menu, in its order; who only looks as somebody else creates nothing."""
    return () if actor.read_only else _makable(actor)


@kept
def _makable(actor: Actor) -> tuple[type[Resource], ...]:
    places = {m.href.partition("?")[0].strip("/"): at for at, m in reversed(list(enumerate(shown(actor))))}
    found = [r for r in registry.values() if r.path in places and makes(r, actor)]
    return tuple(sorted(found, key=lambda r: places[r.path]))
