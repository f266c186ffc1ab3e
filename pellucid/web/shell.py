"""The frame around every page: menu by rights, data scope, what one may create, favourites, bell, language."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import rights_of, tree
from pellucid.kernel.actions.declare import actions
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources import saved
from pellucid.kernel.resources.declare import Menu, Resource, menus, registry
from pellucid.kernel.resources.fields import writable
from pellucid.kernel.resources.switches import enabled


class Bell(NamedTuple):
    """What hangs in the top bar: where its tray and its page are; how many wait is asked for when the page stands."""

    src: str
    href: str
    count: Callable[[Actor], str]


Entries = Callable[[Any], list[dict[str, Any]]]
bells: list[Bell] = []                                  # the last registered one is shown
user_entries: list[Entries] = []                        # entries of the menu under one's own name
foot_entries: list[Entries] = []                        # entries at the end of the side menu: settings
company: list[Callable[[], str]] = []                   # the company's name, from the settings
TOP = 50                                                # entries with a smaller position stand above the favourites
APPROVALS = "approvals"                                 # key of the menu entry that the head of the page shows, too
SETTINGS = "settings/"                   # begins the group of what stands in the settings


def shell_of(request: Any) -> dict[str, Any]:
    """Everything base.html asks for."""
    actor: Actor = request.actor
    unit = request.GET.get("unit", "") if is_whole(request.GET.get("unit", "")) else ""
    suffix = f"?unit={unit}" if unit else ""
    return {
        "company": {"name": company_name(), "app": "Pellucid"},
        "home": "/" + suffix, "menu": menu_of(request, suffix), "foot": [e for make in foot_entries for e in make(request)],
        "counts": "/menu/counts" if bells or any(m.count is not None and placed(m, actor) for m in menus) else None,
        "nav": nav_of(request.path), "scope": scope_of(request), "create": creatable(actor), "approvals": approvals_of(actor),
        "bell": bells[-1] if bells else None, "user": user_of(request),
        "languages": [{"label": name, "code": code, "current": code == request.LANGUAGE_CODE} for code, name in settings.LANGUAGES],
        "language": "/language", "search": "/search", "palette": "/search/palette", "tabs": tabs_of(request), "viewing": viewing_of(request),
        "acting": acting_of(request),
    }


def company_name() -> str:
    """The company's name as the settings say it, else that of its headquarters."""
    if company and (name := company[-1]()):
        return name
    return next((u.name for u in directory.units().values() if u.parent is None), "")


def allowed(needs: str, actor: Actor) -> bool:
    """Whether the reader has the right an entry, page or card needs: "resource" or "resource.verb"."""
    if not needs:
        return True
    key, _dot, verb = needs.partition(".")
    return actor.granted(key, verb or "view")


def placed(thing: Any, actor: Actor) -> bool:
    """Whether what an area has placed (a menu entry, panel, card, page) is there for the reader: his right, and the area switched on."""
    return allowed(thing.needs, actor) and enabled(thing, directory.home_of(actor.user_id))


def label_of(resource: type[Resource]) -> str:
    """The name of a resource's list, begun with a capital where there are capitals."""
    name = str(resource.model._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]


def entry_of(menu: Menu, actor: Actor, suffix: str) -> dict[str, Any]:
    """One declared entry; its figure is asked for when the page stands."""
    joined = suffix.replace("?", "&") if "?" in menu.href else suffix
    return {"key": menu.key, "label": str(menu.label), "icon": menu.icon or "file", "href": menu.href and menu.href + joined,
            "count": "", "hot": False, "counted": menu.count is not None, "children": [], "open": True}


def approvals_of(actor: Actor) -> dict[str, str] | None:
    """Where what waits for one's decision stands: in the head of every page, with its figure."""
    found = next((m for m in menus if m.key == APPROVALS and placed(m, actor)), None)
    return {"href": found.href} if found else None


def counts_of(actor: Actor) -> list[dict[str, Any]]:
    """The figures of the menu; a count may answer with (n, hot)."""
    out = []
    for menu in menus:
        if menu.count is not None and placed(menu, actor):
            found = menu.count(actor)
            n, hot = found if isinstance(found, tuple) else (found, False)
            out.append({"key": menu.key, "n": n, "hot": hot})
    return out


def menu_of(request: Any, suffix: str) -> list[dict[str, Any]]:
    """The side menu: declared entries, and every resource that has none and is not read through another. Two levels: what stands under an
    entry under another one stands beside it."""
    actor = request.actor
    shown = sorted((m for m in menus if placed(m, actor) and not m.group.startswith(SETTINGS)), key=lambda m: m.position)
    entries = {m.key: entry_of(m, actor, suffix) for m in shown}
    places = {m.key: m.position for m in shown}
    declared = {m.href for m in menus} | {m.key for m in menus} | {key for m in menus if placed(m, actor) for key in m.covers}
    for key, resource in registry.items():
        if f"/{resource.path}/" in declared or key in declared or getattr(resource.model, "scope_via", "") or not actor.may(key, "view"):
            continue
        entries[key] = {"key": key, "label": label_of(resource), "icon": resource.icon, "href": f"/{resource.path}/{suffix}", "count": "",
                        "hot": False, "children": [], "open": True}
        places[key] = TOP + 50
    groups = {m.key: m.group for m in shown}
    top: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for key, entry in sorted(entries.items(), key=lambda item: places[item[0]]):
        parent = entries.get(_head(groups, key))
        if parent is not None and parent is not entry:
            parent["children"].append(entry)
        else:
            (top if places[key] < TOP else rest).append(entry)
    home = {"key": "home", "label": _("Workbench"), "icon": "home", "href": "/" + suffix, "count": "", "children": []}
    kept = [e for e in (*top, *rest) if e["href"] or e["children"]]
    out: list[dict[str, Any]] = [{"caption": None, "entries": [home, *(e for e in kept if places[e["key"]] < TOP)]}]
    if stars := favourites_of(actor, suffix):
        out.append({"caption": _("Favourite views"), "entries": stars})
    out.append({"caption": _("Business"), "entries": [e for e in kept if places[e["key"]] >= TOP]})
    return out


def _head(groups: dict[str, str], key: str) -> str:
    """The topmost entry an entry stands under."""
    head = groups.get(key, "")
    while groups.get(head):
        head = groups[head]
    return head


def favourites_of(actor: Actor, suffix: str) -> list[dict[str, Any]]:
    """The views a reader keeps at hand."""
    return [{"key": f"view-{v.pk}", "label": v.name, "icon": "star", "count": "", "children": [],
             "href": f"/{registry[v.resource].path}/?view={v.pk}" + suffix.replace("?", "&")}
            for v in saved.favourites(actor) if v.resource in registry and actor.may(v.resource, "view")]


def nav_of(path: str) -> str:
    """Which entry a page belongs to."""
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


def reach(actor: Actor) -> frozenset[int] | None:
    """The units a reader sees anything of by his own rights; None for all of them."""
    return None if actor.rights is None else _reach(actor.user_id or 0)


@versioned("access", "settings")
def _reach(user_id: int) -> frozenset[int] | None:
    rights, units = rights_of(user_id), set[int]()
    for key in registry:
        scope = rights.scope(key, "view")
        if any(":all" in level for level in registry[key].grants.values()):
            continue  # what people read in full whatever their unit says nothing about reach
        if scope.all and getattr(registry[key].model, "owner_id", None) is not None:
            return None
        units |= scope.units
    return frozenset(units)


def in_reach(actor: Actor) -> Iterator[int]:
    """The open units a reader sees anything of, from the top of the tree."""
    units, within = directory.units(), reach(actor)
    return (u for u in tree().walk() if (within is None or u in within) and not units[u].closed)


def chosen_unit(given: str) -> int | None:
    """The unit an address narrows its page to."""
    return int(given) if is_whole(given) and len(given) < 10 and int(given) in directory.units() else None


def scope_of(request: Any) -> dict[str, Any] | None:
    """The switch of the data scope: all in reach, or one unit with what is below it. What can be chosen is asked for when it opens."""
    if len(list(islice(in_reach(request.actor), 2))) < 2:
        return None
    now = chosen_unit(request.GET.get("unit", ""))
    place = directory.units()[now] if now else None
    return {"label": place.short_name or place.name if place else _("All in my reach"), "src": "/menu/scopes"}


def scopes_of(actor: Actor, state: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """What the switch offers on a page of this state: the same page for each unit within reach."""
    now = chosen_unit(dict(state).get("unit", ""))
    keep = [(k, v) for k, v in state if k not in ("unit", "page", "after", "before")]
    units, shown = directory.units(), list(in_reach(actor))
    depths = {u: len(tree().ancestors(u)) for u in shown}
    base = min(depths.values(), default=0)
    return [{"label": _("All in my reach"), "href": "?" + urlencode(keep), "current": now is None, "depth": 0},
            *({"label": units[u].name, "href": "?" + urlencode([*keep, ("unit", u)]), "current": u == now,
               "depth": min(3, depths[u] - base)} for u in shown)]


def makes(resource: type[Resource], actor: Actor) -> bool:
    """Whether a reader can make such a record in a form of its own: what hangs on another one, only if the form asks on which; what needs
    more than the form asks (a report its question) is made where that is at hand."""
    key, via = resource.key(), getattr(resource.model, "scope_via", "")
    return bool(resource.form) and f"{key}_create" in actions and not actor.read_only and actor.may(key, "create") and (
        not via or via in resource.form) and all(name in resource.form for name, spec in writable(key, actor).items() if spec.required)


def creatable(actor: Actor) -> list[dict[str, Any]]:
    """What a reader may create of what stands in the menu, in its order."""
    shown = sorted((m for m in menus if placed(m, actor) and not m.group.startswith(SETTINGS)), key=lambda m: m.position)
    places = {m.href.partition("?")[0].strip("/"): at for at, m in reversed(list(enumerate(shown)))}
    found = [r for r in registry.values() if r.path in places and makes(r, actor)]
    return [{"label": str(r.model._meta.verbose_name), "icon": r.icon, "drawer": f"/{r.path}/new"}
            for r in sorted(found, key=lambda r: places[r.path])]


def viewing_of(request: Any) -> str:
    """A sentence while an administrator looks as somebody else."""
    if not request.actor.read_only:
        return ""
    return _("You see what %(name)s sees; nothing can be changed.") % {"name": directory.user_name(request.actor.user_id)}


def acting_of(request: Any) -> dict[str, Any] | None:
    """For whom the reader stands in now, and until when."""
    actor: Actor = request.actor
    if actor.rights is None or not actor.rights.lent:
        return None
    names = "、".join(directory.user_name(owner) for owner in actor.rights.lent)
    ends = [end for owner in actor.rights.lent if (end := proxies.until(owner, actor.rights.user_id))]
    last = (min(ends) - dt.timedelta(seconds=1)).astimezone(request.show.zone) if ends else None
    return {"text": _("For %(names)s") % {"names": names}, "until": _("until %(day)s") % {"day": f"{last:%m-%d}"} if last else "",
            "href": "/p/standing-in"}  # fmt: skip


def user_of(request: Any) -> dict[str, Any]:
    """One's own menu."""
    home = directory.home_of(request.identity.user_id)
    return {"name": request.identity.name, "tint": request.identity.user_id, "title": directory.unit_name(home),
            "entries": [e for make in user_entries for e in make(request)], "logout": "/logout"}


def tabs_of(request: Any) -> list[dict[str, Any]]:
    """The tabs at the bottom of the phone: the workbench, the whole menu, what one may create, the first entry on top, requests, oneself."""
    actor, nav = request.actor, nav_of(request.path)
    first = min((m for m in menus if m.href and not m.group and m.position < TOP and placed(m, actor)), key=lambda m: m.position, default=None)
    out: list[dict[str, Any]] = [
        {"label": _("Workbench"), "icon": "home", "href": "/", "current": nav == "home"},
        {"label": _("Business"), "icon": "building", "act": "side"},
    ]
    if new := creatable(actor):
        out.append({"label": _("New"), "icon": "circle-plus", "entries": new})
    if first is not None:
        out.append({"label": str(first.label), "icon": first.icon, "href": first.href, "current": nav == first.key})
    if (asks := next((m for m in menus if m.key == APPROVALS and placed(m, actor)), None)) is not None and asks is not first:
        out.append({"label": str(asks.label), "icon": asks.icon, "href": asks.href, "current": nav == asks.key, "count": "inbox-count-phone"})
    return [*out, {"label": _("Me"), "icon": "user", "href": "/profile", "current": nav == "profile"}]
