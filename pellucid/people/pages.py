"""What this area shows: the organisation in the settings, the login on an employee's record."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.access.rights import tree
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import settings, words
from pellucid.kernel.records.whole import is_whole
from pellucid.kernel.resources.admin import roles
from pellucid.kernel.resources.declare import Menu, Page, Panel, place

from . import absences, selectors
from .models import Absence, Staff

KINDS = {"hq": t("Headquarters"), "branch": t("Branch"), "team": t("Team")}
FIGURES = 3  # how many kinds of owned records stand as columns
HERE = "/settings/access/organisation"


def _nodes(at: int, counts: dict[int, int]) -> list[dict[str, Any]]:
    """The tree as its template asks for it: open down to the unit one looks at."""
    units, now, branches = directory.units(), tree(), settings.get("company.branches")
    shown = [u for u in now.walk() if not units[u].closed]
    line = {at, *now.ancestors(at)}
    parents = {units[u].parent for u in shown}
    is_open = {u: u in line or len(now.ancestors(u)) < 1 for u in shown}
    out = []
    for u in shown:
        above = now.ancestors(u)
        tag = KINDS.get(units[u].kind, "") if units[u].kind == "hq" or (units[u].kind == "branch" and branches) else ""
        out.append(
            {
                "label": units[u].name,
                "href": f"{HERE}?at={u}",
                "depth": min(len(above), 5),
                "current": u == at,
                "tag": str(tag),
                "open": is_open[u] if u in parents else None,
                "count": counts.get(u, 0),
                "hidden": not all(is_open.get(a) for a in above),
            }
        )
    return out


def organisation(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """The tree, and who works in the unit one looks at."""
    units, now = directory.units(), tree()
    root = next(iter(now.walk()))
    asked = params.get("at", "")
    at = int(asked) if is_whole(asked) and len(asked) < 12 and int(asked) in units else root
    which = params.get("who", "all")
    counts = selectors.headcounts()
    below = now.below(at)
    staff = selectors.staff_of(actor, {at} if which == "direct" else below, left=which == "left")
    place_ = units[at]
    base = f"{HERE}?at={at}"
    tabs = [
        {"label": _("Everybody"), "href": base, "count": counts[at], "current": which == "all"},
        {
            "label": _("Directly in this unit"),
            "href": f"{base}&who=direct",
            "count": len(selectors.staff_of(actor, {at})),
            "current": which == "direct",
        },
        {
            "label": _("No longer here"),
            "href": f"{base}&who=left",
            "count": len(selectors.staff_of(actor, below, left=True)),
            "current": which == "left",
        },
    ]
    return {
        "nodes": _nodes(at, counts),
        "at": at,
        "unit": place_,
        "path": selectors.path_of(at),
        "tabs": tabs,
        "head": directory.users().get(place_.head) if place_.head else None,
        "catcher": directory.user_name(place_.catcher),
        "kind": str(KINDS.get(place_.kind, "")),
        "people": _rows(staff, actor, which == "left"),
        "figures": _figures(actor),
        "may": {
            "unit": actor.may("unit", "edit"),
            "close": actor.may("unit", "delete") and place_.parent is not None and not place_.closed,
            "hire": actor.may("staff", "create"),
        },
        "is_root": place_.parent is None,
        "closed": place_.closed,
    }


def _figures(actor: Actor) -> list[tuple[str, str]]:
    """(resource key, label) of what people look after, what others hang on first; what they have to do about it is no column."""
    found = [r for r in selectors.owned_models() if actor.may(r.key(), "view") and not hasattr(r.model, "about_id")]
    found.sort(key=lambda r: r.model.lock_rank)
    return [(r.key(), str(r.model._meta.verbose_name_plural)) for r in found][:FIGURES]


def _stands_in(absence: Absence | None, signed: tuple[int, int] | None) -> str:
    """Who stands in and until when; of somebody who left, how far his handover is."""
    if absence is not None:
        return _("%(name)s, until %(day)s") % {"name": directory.user_name(absence.proxy_id) or "–", "day": f"{absence.ends_on:%m-%d}"}
    return _("%(n)s of %(all)s signed") % {"n": signed[0], "all": signed[1]} if signed else ""


def _rows(staff: list[Staff], actor: Actor, left: bool) -> list[dict[str, Any]]:
    users = [s.user_id for s in staff]
    held, counts, fresh = roles.roles_of(users), selectors.owned_counts(users), selectors.without_password(users)
    away, signed = absences.current(users), selectors.signed_counts(users) if left else {}
    may_edit, may_roles, may_look = actor.may("staff", "edit"), actor.may("role", "edit"), actor.may("user", "edit")
    out = []
    for s in staff:
        href = f"/staff/{s.pk}"
        menu: list[dict[str, Any]] = []
        if may_edit and not left:
            if s.user_id in fresh:
                menu.append({"label": _("Invitation link"), "icon": "link", "dialog": f"{href}/do/staff_invite"})
            menu.append({"label": _("Link for a forgotten password"), "icon": "key", "dialog": f"{href}/do/staff_reset"})
            if may_roles:
                menu.append({"label": _("Give a role"), "icon": "shield", "dialog": f"{href}/do/staff_grant?unit={s.unit_id}"})
            menu.append({"label": _("Edit"), "icon": "pencil", "drawer": f"{href}/edit"})
            menu.append({"label": _("Hand over work"), "icon": "transfer", "drawer": f"/transfers/new?owner={s.user_id}"})
            if may_look and s.user_id != actor.user_id:
                menu.append({"label": _("View as this person"), "icon": "user-search", "post": f"/settings/view-as/{s.user_id}"})
            menu += [
                {"rule": True},
                {"label": _("Deactivate"), "icon": "user-off", "tone": "bad", "dialog": f"{href}/do/staff_deactivate"},
            ]
        elif may_edit:
            menu.append({"label": _("Take on again"), "icon": "user-check", "dialog": f"{href}/do/staff_return?unit={s.unit_id}"})
        state = (_("No longer here"), "") if left else (_("Invited"), "info") if s.user_id in fresh else (_("Working here"), "")
        if now := away.get(s.user_id):
            state = (now.get_kind_display(), "warn")
        out.append(
            {
                "name": s.name,
                "tint": s.user_id,
                "href": href,
                "unit": directory.unit_name(s.unit_id),
                "position": s.position,
                "roles": held.get(s.user_id, []),
                "manager": directory.user_name(s.manager_id),
                "counts": [counts[key].get(s.user_id, 0) for key, _label in _figures(actor)],
                "state": state,
                "proxy": _stands_in(now, signed.get(s.user_id)),
                "tracks": f"/p/tracks?person={s.user_id}",
                "menu": menu,
            }
        )
    return out


def login(staff: Staff, actor: Actor) -> dict[str, Any] | None:
    """The login of an employee with its roles, for who looks after logins."""
    if not actor.may("user", "view"):
        return None
    facts, show = roles.facts(staff.user_id), show_for(actor)
    last = words.ago(facts["last_login"], show.now, show.language) if facts["last_login"] else _("never")
    may = actor.may("role", "edit")
    return {
        "login": facts,
        "last": last,
        "staff": staff,
        "may": may,
        "grants": [{"id": pk, "role": role, "unit": unit} for pk, role, unit in roles.grants_of(staff.user_id)],
    }


place(
    Page(
        "settings/access/organisation", t("Organisation and people"), "people/organisation.html", organisation, needs="unit.view"
    ),
    Panel("staff", "login", t("Login and roles"), "people/login.html", login, position=10),
    Menu("staff", t("Colleagues"), "/staff/", icon="users", needs="staff.view", position=900),
)
