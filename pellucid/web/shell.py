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
from pellucid.kernel.records.versions import versioned
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources import saved
from pellucid.kernel.resources.declare import registry

from .menu import APPROVALS, TOP, Entry, entry_for, entry_of_page, makable, outline, shown


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


def shell_of(request: Any) -> dict[str, Any]:
    """Everything base.html asks for."""
    actor: Actor = request.actor
    unit = request.GET.get("unit", "") if is_whole(request.GET.get("unit", "")) else ""
    suffix = f"?unit={unit}" if unit else ""
    return {
        "company": {"name": company_name(), "app": "Pellucid"},
        "home": "/" + suffix, "menu": menu_of(request, suffix), "foot": [e for make in foot_entries for e in make(request)],
        "counts": "/menu/counts" if bells or any(m.count is not None for m in shown(actor)) else None,
        "nav": entry_of_page(request.path), "scope": scope_of(request), "create": creatable(actor), "approvals": approvals_of(actor),
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


def approvals_of(actor: Actor) -> dict[str, str] | None:
    """Where what waits for one's decision stands: in the head of every page, with its figure."""
    found = entry_for(APPROVALS, actor)
    return {"href": found.href} if found else None


def counts_of(actor: Actor) -> list[dict[str, Any]]:
    """The figures of the menu; a count may answer with (n, hot)."""
    out = []
    for menu in shown(actor):
        if menu.count is not None:
            found = menu.count(actor)
            n, hot = found if isinstance(found, tuple) else (found, False)
            out.append({"key": menu.key, "n": n, "hot": hot})
    return out


def menu_of(request: Any, suffix: str) -> list[dict[str, Any]]:
    """The side menu: the workbench with what stands on top, the views kept at hand, everything else."""
    actor = request.actor
    top, rest = outline(actor)
    home = {"key": "home", "label": _("Workbench"), "icon": "home", "href": "/" + suffix, "count": "", "children": []}
    out: list[dict[str, Any]] = [{"caption": None, "entries": [home, *(drawn(e, suffix) for e in top)]}]
    if stars := favourites_of(actor, suffix):
        out.append({"caption": _("Favourite views"), "entries": stars})
    out.append({"caption": _("Business"), "entries": [drawn(e, suffix) for e in rest]})
    return out


def drawn(entry: Entry, suffix: str) -> dict[str, Any]:
    """An entry with its name in the reader's language; its figure is asked for when the page stands."""
    joined = suffix.replace("?", "&") if "?" in entry.href else suffix
    return {"key": entry.key, "label": entry.name(), "icon": entry.icon, "href": entry.href and entry.href + joined, "count": "", "hot": False,
            "counted": entry.counted, "children": [drawn(e, suffix) for e in entry.children], "open": True}


def favourites_of(actor: Actor, suffix: str) -> list[dict[str, Any]]:
    """The views a reader keeps at hand."""
    return [{"key": f"view-{v.pk}", "label": v.name, "icon": "star", "count": "", "children": [],
             "href": f"/{registry[v.resource].path}/?view={v.pk}" + suffix.replace("?", "&")}
            for v in saved.favourites(actor) if v.resource in registry and actor.may(v.resource, "view")]


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


def creatable(actor: Actor) -> list[dict[str, Any]]:
    """What a reader may create of what stands in the menu, in its order."""
    return [{"label": str(r.model._meta.verbose_name), "icon": r.icon, "drawer": f"/{r.path}/new"} for r in makable(actor)]


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
    actor, nav = request.actor, entry_of_page(request.path)
    first = next((m for m in shown(actor) if m.href and not m.group and m.position < TOP), None)
    out: list[dict[str, Any]] = [
        {"label": _("Workbench"), "icon": "home", "href": "/", "current": nav == "home"},
        {"label": _("Business"), "icon": "building", "act": "side"},
    ]
    if new := creatable(actor):
        out.append({"label": _("New"), "icon": "circle-plus", "entries": new})
    if first is not None:
        out.append({"label": str(first.label), "icon": first.icon, "href": first.href, "current": nav == first.key})
    if (asks := entry_for(APPROVALS, actor)) is not None and asks is not first:
        out.append({"label": str(asks.label), "icon": asks.icon, "href": asks.href, "current": nav == asks.key, "count": "inbox-count-phone"})
    return [*out, {"label": _("Me"), "icon": "user", "href": "/profile", "current": nav == "profile"}]
