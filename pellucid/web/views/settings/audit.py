"""The audit log: who changed what, searched and taken along as a table."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pellucid.kernel.access import directory
from pellucid.kernel.records import days, words
from pellucid.kernel.records.whole import whole
from pellucid.kernel.resources.admin import audit
from pellucid.kernel.resources.declare import registry

from ... import administration

SIZE = 50
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def asked_of(request: Any) -> audit.Asked:
    """What the address asks for; nonsense is left out."""
    get = request.GET

    def day(name: str, add: int = 0) -> dt.datetime | None:
        try:
            return days.start_of(dt.date.fromisoformat(get.get(name, "")) + dt.timedelta(days=add))
        except (ValueError, OverflowError):
            return None

    known_tables = {table for table, _label in audit.tables()}
    known_actions = {name for name, _label in audit.actions()}
    table, action = get.get("object", ""), get.get("action", "")
    return audit.Asked(
        whole(get.get("person", "")),
        table if table in known_tables else "",
        whole(get.get("record", "")),
        action if action in known_actions else "",
        day("since"),
        day("until", 1),
        get.get("q", "").strip()[:80],
    )


@require_safe
def index(request: Any) -> HttpResponse:
    """A page of the log, newest first."""
    administration.need(request.actor, "audit.view")
    asked = asked_of(request)
    before = request.GET.get("before", "")
    lines = audit.search(
        asked, request.actor, request.show, before=whole(before), limit=SIZE + 1
    )
    kept = {k: v for k, v in request.GET.items() if k != "before" and v and len(v) < 100}
    zone, now = request.show.zone, request.show.now
    rows = [
        {
            "at": words.moment(line.at.astimezone(zone), now.astimezone(zone), request.show.language),
            "exact": line.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
            "who": line.who,
            "object": line.object,
            "title": line.title,
            "what": line.what,
            "changes": [(*c[:3], f"/{registry[c.target[0]].path}/{c.target[1]}" if c.target else "") for c in line.changes[:6]],
            "more": max(0, len(line.changes) - 6),
            "href": f"/{registry[line.href_key].path}/{line.record}" if line.href_key else "",
        }
        for line in lines[:SIZE]
    ]
    people = [(u.id, u.name) for u in directory.users().values()]
    context = {
        "rows": rows,
        "next": "?" + urlencode({**kept, "before": lines[SIZE - 1].seq}) if len(lines) > SIZE else "",
        "people": people,
        "tables": audit.tables(),
        "actions": audit.actions(),
        "asked": {n: request.GET.get(n, "") for n in ("person", "object", "record", "action", "since", "until", "q")},
        "query": urlencode(kept),
    }
    return administration.page(request, "audit", "settings/audit.html", context)


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def plain(text: str) -> str:
    """Text that a spreadsheet takes for text."""
    return "'" + text if text.startswith(FORMULA) else text


@require_safe
def export(request: Any) -> StreamingHttpResponse:
    """What was searched, as a table; the export itself is written down."""
    administration.need(request.actor, "audit.export")
    asked = asked_of(request)
    audit.taken(request.actor, {k: v for k, v in request.GET.items() if v and len(v) < 100})
    writer, actor, show = csv.writer(_Line()), request.actor, request.show
    head = [_("When"), _("Done by"), _("Object"), _("Which one"), _("Action"), _("Field"), _("Before"), _("After")]

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow(head)
        for line in audit.walk(asked, actor, show):
            first = [line.at.astimezone(show.zone).strftime("%Y-%m-%d %H:%M:%S"), line.who, line.object, line.title, line.what]
            for change in line.changes or [audit.Change("", "", "")]:
                yield writer.writerow([plain(str(c)) for c in (*first, *change[:3])])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response
