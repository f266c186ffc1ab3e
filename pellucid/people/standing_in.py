"""What a proxy sees: for whom he stands in, until when, what waits there; and what was done in somebody's name."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as t
from django.utils.translation import pgettext

from pellucid.kernel.access import directory, proxies
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.actions.run import show_for
from pellucid.kernel.records import days, words
from pellucid.kernel.resources.declare import HomeCard, Menu, Page, Panel, place, registry

from . import absences, selectors
from .models import Absence, Staff

SHOWN = 30  # deeds in somebody's name that the absence lists


def label_of(key: str) -> str:
    """A kind of record as a heading."""
    name = str(registry[key].model._meta.verbose_name_plural)
    return name[:1].upper() + name[1:]


def lent(actor: Actor) -> list[dict[str, Any]]:
    """Whom the reader stands in for: since his absence began, until when, and what waits."""
    if actor.rights is None:
        return []
    owners = list(actor.rights.lent)
    running = absences.current(owners)
    return [_of(owner, running.get(owner), actor) for owner in owners]


def _of(owner: int, absence: Absence | None, actor: Actor) -> dict[str, Any]:
    end = proxies.until(owner, actor.rights.user_id)  # type: ignore[union-attr]
    last = days.day_of(end - dt.timedelta(seconds=1)) if end else absence.ends_on if absence else None
    kinds = [k for k, along in proxies.kinds().items() if actor.rights and (k, "view") in actor.rights.lent[owner]]
    facts = [_waits(key, owner, actor) for key in kinds]
    return {
        "name": directory.user_name(owner),
        "tint": owner,
        "unit": directory.unit_name(directory.home_of(owner), full=True),
        "until": _("until %(day)s") % {"day": f"{last:%m-%d}"} if last else "",
        "kind": absence.get_kind_display() if absence else "",
        "href": f"/p/tracks?person={owner}",
        "absence": f"/absences/{absence.pk}" if absence else "",
        "facts": [f for f in facts if f["count"]],
        "late": sum(f["late"] for f in facts),
    }


def _waits(key: str, owner: int, actor: Actor) -> dict[str, Any]:
    count, late, past_due = selectors.waiting(key, owner, actor)
    base = f"/{registry[key].path}/?view=all&f.owner=in:{owner}"
    return {"label": label_of(key), "count": count, "late": late, "href": base, "late_href": f"{base}&{past_due}" if past_due else ""}


def page(actor: Actor, params: dict[str, str]) -> dict[str, Any]:
    """For whom the reader stands in; his own absences; who of his people is away."""
    show = show_for(actor)
    mine = [_row(a, show) for a in selectors.absences_to_come(actor, owner=actor.user_id or 0)]
    people = [_row(a, show) for a in selectors.absences_to_come(actor) if a.owner_id != actor.user_id]
    return {"lent": lent(actor), "mine": mine, "people": people, "may": actor.may("absence", "create") and not actor.read_only}


def _row(a: Absence, show: Any) -> dict[str, Any]:
    today = show.today
    state = (_("Away"), "warn") if a.starts_on <= today and not a.back_at else (words.days_away(a.starts_on, today, show.language), "")
    return {"href": f"/absences/{a.pk}", "name": directory.user_name(a.owner_id), "tint": a.owner_id, "kind": a.get_kind_display(),
            "days": f"{a.starts_on:%m-%d} – {a.ends_on:%m-%d}", "proxy": directory.user_name(a.proxy_id), "state": state}  # fmt: skip


def card(actor: Actor, params: dict[str, str]) -> dict[str, Any] | None:
    """On the workbench while somebody stands in."""
    rows = [
        {
            "person": o["name"],
            "tint": o["tint"],
            "label": o["name"],
            "href": o["href"],
            "sub": " · ".join(f"{f['label']} {f['count']:,}" for f in o["facts"]),
            "right": o["until"],
            "tag": {"label": _("%(n)s overdue") % {"n": o["late"]}, "tone": "bad"} if o["late"] else None,
        }
        for o in lent(actor)
    ]
    return {"rows": rows, "all": "/p/standing-in"} if rows else None


def deeds(absence: Absence, actor: Actor) -> dict[str, Any] | None:
    """What was done in the name of who is away, newest first, as far as the reader sees the records."""
    show = show_for(actor)
    done = selectors.done_for(absence.owner_id, days.start_of(absence.starts_on), absence.back_at or days.end_of(absence.ends_on), actor, SHOWN)
    rows = [{"label": d.title, "href": d.href, "sub": f"{directory.user_name(d.actor_id)} · {d.what}", "person": directory.user_name(d.actor_id),
             "tint": d.actor_id, "right": words.ago(d.at, show.now, show.language)} for d in done]  # fmt: skip
    return {"rows": rows, "note": f"{len(rows)}+" if len(rows) == SHOWN else str(len(rows))} if rows else None


def of_staff(staff: Staff, actor: Actor) -> dict[str, Any] | None:
    """On a colleague's page: whether he is away, who stands in, for whom he stands in."""
    held = proxies.rows()
    now = absences.current([staff.user_id]).get(staff.user_id)
    rows: list[dict[str, Any]] = []
    if now is not None:
        rows.append({"icon": "calendar-off", "tone": "warn", "label": _("Away until %(day)s") % {"day": f"{now.ends_on:%m-%d}"},
                     "href": f"/absences/{now.pk}" if actor.may("absence", "view") else "", "sub": now.get_kind_display()})  # fmt: skip
    for proxy in dict.fromkeys(r.proxy for r in held if r.owner == staff.user_id):
        rows.append({"person": directory.user_name(proxy), "tint": proxy, "label": directory.user_name(proxy), "sub": _("stands in")})
    for owner in dict.fromkeys(r.owner for r in held if r.proxy == staff.user_id):
        rows.append({"person": directory.user_name(owner), "tint": owner, "label": directory.user_name(owner),
                     "sub": pgettext("list", "is stood in for")})  # fmt: skip
    return {"rows": rows} if rows else None


place(
    Page("standing-in", t("Absences and standing in"), "people/standing_in.html", page),
    HomeCard("standing_in", t("You stand in"), "people/standing_in_card.html", card, position=16),
    Panel("absence", "deeds", t("Done in his name"), "people/rows.html", deeds, position=10),
    Menu("standing_in", t("Absences and standing in"), "/p/standing-in", "calendar-off", group="staff", position=910),
    Menu("absence", t("Absences"), ""),  # their list is reached from the page
    Menu("absencecover", t("Stand-ins by kind"), ""),
    Panel("staff", "standing_in", t("Absence and standing in"), "people/rows.html", of_staff, position=5),
)
