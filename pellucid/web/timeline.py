"""The timeline of a record as parts/timeline.html asks for it: grouped by week, filtered by source, a page at a time."""
from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.records import words
from pellucid.kernel.records.spec import Show
from pellucid.kernel.resources.happened import COMMENTS, SYSTEM, Happened, happened, sources_of

from .record import Sheet

PAGE = 20
SHOWN_CHANGES = 8


def timeline_of(sheet: Sheet, *, base: str, only: str = "", before: dt.datetime | None = None, limit: int = PAGE) -> dict[str, Any]:
    """Filters, groups of entries, address of the next page."""
    sources = sources_of(sheet.key)
    only = only if only in {COMMENTS, SYSTEM, *(s.key for s in sources)} else ""
    found, following = happened(sheet.record, sheet.actor, sheet.show, before=before, limit=limit, only=only)
    groups: list[dict[str, Any]] = []
    for entry in found:
        label = group_of(entry.at, sheet.show)
        if not groups or groups[-1]["label"] != label:
            groups.append({"label": label, "entries": []})
        groups[-1]["entries"].append(drawn(entry, sheet))
    choices = [("", _("All")), *((s.key, str(s.label)) for s in sources), (COMMENTS, _("Comments")), (SYSTEM, _("System"))]
    filters = [{"label": label, "href": base + (f"?only={key}" if key else ""), "current": key == only} for key, label in choices]
    more = base + "?" + urlencode([*([("only", only)] if only else []), ("before", following.isoformat())]) if following else None
    return {"filters": filters, "groups": groups, "more": more, "empty": ""}


def group_of(at: dt.datetime, show: Show) -> str:
    """This week, last week, this month, else the month."""
    day, today = at.astimezone(show.zone).date(), show.today
    monday = today - dt.timedelta(days=today.weekday())
    if day >= monday:
        return _("This week")
    if day >= monday - dt.timedelta(days=7):
        return _("Last week")
    if (day.year, day.month) == (today.year, today.month):
        return _("This month")
    return f"{day.year} 年 {day.month} 月" if show.chinese else day.strftime("%B %Y")


def drawn(entry: Happened, sheet: Sheet) -> dict[str, Any]:
    """One entry as data for the template."""
    show, here = sheet.show, entry.at.astimezone(sheet.show.zone)
    given = {k: v for k, v in entry.given.items() if k not in ("at", "kind")}
    rest = len(entry.changes) - SHOWN_CHANGES
    out = {"icon": entry.icon or "history", "tone": entry.tone, "who": entry.who or _("System"), "did": entry.did, "text": entry.text,
           "at": words.moment(here, show.now.astimezone(show.zone), show.language), "when": entry.at.isoformat(),
           "exact": here.strftime("%Y-%m-%d %H:%M:%S"), "id": entry.event_id,
           "changes": [{"label": label, "old": old, "new": new} for label, old, new in entry.changes[:SHOWN_CHANGES]]}
    if rest > 0:
        out["changes"].append({"label": "…", "old": "", "new": _("%(n)s more") % {"n": rest}})
    if entry.undo and sheet.alive and not sheet.actor.read_only:
        out["buttons"] = [{"label": _("Undo"), "icon": "arrow-back-up", "post": f"/undo/{entry.event_id}"}]
    if isinstance(given.get("who"), int):
        given["who"] = directory.user_name(given["who"])
    return out | given
