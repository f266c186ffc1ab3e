"""The timeline of a record: audit and events as one, merged with what areas add, newest first, in what the reader may see."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext as _

from pellucid.kernel.access import directory
from pellucid.kernel.access.actor import Actor
from pellucid.kernel.events import bus
from pellucid.kernel.events.models import Event, EventItem
from pellucid.kernel.history import timeline as audit
from pellucid.kernel.history.tracked import tracked_of
from pellucid.kernel.records import prepared
from pellucid.kernel.records.kinds import KINDS, worded
from pellucid.kernel.records.spec import Show, Spec
from pellucid.kernel.records.whole import is_whole

from .declare import TimelineSource, timeline_sources
from .fields import WITHHELD, masked, readable, withheld
from .marks import remembered
from .undo import reversible

QUIET_COLUMNS = frozenset({"updated_at", "version", "deleted_at", "deleted_by", "created_by", "created_at", "merged_into"})
BROUGHT_IN = dt.timedelta(minutes=1)
AROUND = dt.timedelta(hours=1)          # events and audit of a record are no older than it is
SYSTEM, COMMENTS = "system", "comments"


@dataclass(slots=True)
class Happened:
    """One entry: when, who, the sentence, what changed from what to what; or what a source says, as it is."""

    at: dt.datetime
    source: str
    who: str = ""
    did: str = ""
    icon: str = "history"
    tone: str = ""
    text: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    event_id: int | None = None
    undo: bool = False
    given: dict[str, Any] = field(default_factory=dict)


def sources_of(key: str) -> list[TimelineSource]:
    """What areas add to the timeline of a resource."""
    return [s for s in timeline_sources if key in s.resources]


def happened(record: models.Model, actor: Actor, show: Show, *, before: dt.datetime | None = None, limit: int = 20,
             only: str = "") -> tuple[list[Happened], dt.datetime | None]:
    """(entries, where the next page begins or None). `only` names one source, "comments", or "system" for audit and events."""
    key = record._meta.model_name or ""
    cut = before or dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
    found: list[Happened] = []
    if only in ("", SYSTEM, COMMENTS):
        found += _recorded(record, key, actor, show, cut, limit, only)
    for source in sources_of(key):
        if only in ("", source.key):
            found += [_foreign(source, entry) for entry in source.select(key, record, actor, before, limit + 1)]
    found.sort(key=lambda h: h.at, reverse=True)
    end = limit
    while 0 < end < len(found) and found[end].at == found[end - 1].at:      # what happened at once is not torn apart
        end += 1
    return found[:end], (found[end - 1].at if len(found) > end else None)


def _foreign(source: TimelineSource, entry: dict[str, Any]) -> Happened:
    return Happened(at=entry["at"], source=source.key, who=str(entry.get("who", "")), given=entry)


def _recorded(record: models.Model, key: str, actor: Actor, show: Show, cut: dt.datetime, limit: int, only: str) -> list[Happened]:
    since = getattr(record, "created_at", audit.BEGINNING) - AROUND
    events = _events(key, record.pk, since, cut, limit + 1, only)
    entries = [] if only == COMMENTS else audit.timeline(
        type(record), record.pk, limit + 1, _seq_before(type(record), record.pk, cut), events, since)
    may = readable(key, actor)
    told = {e.event_id for e in entries if e.event_id}
    links = _links(entries, may, actor)
    out = []
    for entry in entries:
        event = entry.event
        changes = _changes(entry.changes, key, may, actor, show, links)
        kind = bus.kinds.get(event.name) if event else None
        if not changes and (kind is None or kind.quiet) and entry.kind == "changed":
            continue
        if entry.kind == "created" and event is None and getattr(record, "created_at", entry.at) < entry.at - BROUGHT_IN:
            continue  # brought in with a past of its own, which tells of its beginning itself
        mine = event is not None and event.actor_id == actor.user_id and reversible(event.name)
        who = directory.doer_name(entry.actor_id, event.on_behalf_of if event else None)
        untold = _("created this record") if entry.kind == "created" else ""
        did = sentence(event, record.pk, key, actor, show) if event else untold
        out.append(Happened(at=entry.at, source=SYSTEM, who=who, event_id=entry.event_id, undo=mine, did=did, icon=kind.icon if kind else "history",
                            tone=kind.tone if kind else "", text=_unsaid(event.reason, did) if event else "",
                            changes=[] if entry.kind == "created" else changes, given={"kind": entry.kind}))
    for event in events:
        kind = bus.kinds.get(event.name)
        if event.pk in told or kind is None or kind.quiet:
            continue
        said = event.name.endswith(".commented")
        if said and not only and event.payload.get("about"):
            continue  # it stands under the entry it is about
        who, did = directory.doer_name(event.actor_id, event.on_behalf_of), sentence(event, record.pk, key, actor, show)
        out.append(Happened(at=event.at, source=COMMENTS if said else SYSTEM, who=who, event_id=event.pk,
                            did=did, icon=kind.icon, tone=kind.tone, text=_unsaid(event.reason, did),
                            given={"box": event.payload.get("text", "")} if said else {}))
    return out


def _unsaid(reason: str, did: str) -> str:
    """The reason of an event, unless its sentence has said it."""
    return "" if reason in did else reason


def _events(key: str, pk: int, since: dt.datetime, cut: dt.datetime, limit: int, only: str) -> list[Event]:

    def asked(key: str, pk: int, since: dt.datetime, cut: dt.datetime, *names: str) -> models.QuerySet[Event]:
        rows = Event.objects.filter(resource=key, record_id=pk, at__gte=since, at__lt=cut)
        return (rows.filter(name__in=names) if names else rows).order_by("-at")[:limit]

    def batches(key: str, pk: int) -> models.QuerySet[EventItem, int]:
        return EventItem.objects.filter(resource=key, record_id=pk).order_by("-event_id").values_list("event_id", flat=True)[:limit]

    if only == COMMENTS:
        return prepared.rows(("events", limit), asked, key, pk, since, cut, f"{key}.commented")
    found = prepared.rows(("events", limit), asked, key, pk, since, cut)
    many = prepared.rows(("event_items", limit), batches, key, pk)
    return found + [event for event in audit.events_of(many) if event.at < cut]


def _seq_before(model: type[models.Model], pk: int, cut: dt.datetime) -> int | None:
    """The audit's own cursor for a moment."""
    if cut.year == 9999:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(seq) FROM history.audit WHERE tbl = %s AND row_id = %s AND at >= %s", [tracked_of(model).table, pk, cut])
        return cursor.fetchone()[0]


def _links(entries: Iterable[audit.Entry], may: dict[str, Spec], actor: Actor) -> dict[tuple[str, int], str]:
    """Titles of the records that changes speak of, in one query per resource."""
    wanted = {(may[c.field].target, int(v)) for e in entries for c in e.changes if c.field in may and may[c.field].kind.key == "link"
              for v in (c.old, c.new) if isinstance(v, int) or isinstance(v, str) and is_whole(v)}
    return remembered(sorted(wanted), actor)[0] if wanted else {}


def _changes(changes: Sequence[audit.Change], key: str, may: dict[str, Spec], actor: Actor, show: Show,
             links: dict[tuple[str, int], str]) -> list[tuple[str, str, str]]:
    """(label, before, after) of the fields the reader may read; a masked value stays masked."""
    out = []
    for change in changes:
        spec = may.get(change.field)
        if spec is None or change.field in QUIET_COLUMNS:
            continue
        hidden = masked(key, change.field, actor)
        out.append((str(spec.label), said(spec, change.old, show, links, hidden), said(spec, change.new, show, links, hidden)))
    return out


def said(spec: Spec, value: Any, show: Show, links: dict[tuple[str, int], str], hidden: bool = False) -> str:
    """A value of the past in words."""
    if value in (None, ""):
        return ""
    if hidden:
        return str(spec.kind.mask(spec, value) or "")
    if spec.kind.key == "link":
        return links.get((spec.target, int(value)), f"#{value}") if is_whole(str(value)) else str(value)
    try:
        return spec.kind.words(spec, value, show)
    except (TypeError, ValueError, AttributeError):
        return str(value)


def sentence(event: Event, pk: int, key: str, actor: Actor, show: Show) -> str:
    """What an event says, without its actor: the kind's sentence with the payload's values put in, as far as the reader may see them."""
    kind = bus.kinds.get(event.name)
    if kind is None:
        return event.name
    payload, parts, may = event.facts(pk), [], readable(key, actor)
    label = kind.options.get("label", "")
    for text, name, how, _conversion in Formatter().parse(str(kind.sentence)):
        parts.append(text)
        if name is None or name == "actor":
            continue
        value = payload.get(name)
        if name == "action":
            parts.append(str(label))
        elif withheld(key, name, how or "", actor):
            parts.append(WITHHELD)
        elif how == "user":
            parts.append(directory.user_name(value) if isinstance(value, int) else "")
        elif how == "unit":
            parts.append(directory.unit_name(value) if isinstance(value, int) else "")
        elif how in KINDS:
            parts.append(worded(how, value, show))
        elif name == "fields":
            parts.append("、".join(str(may[n].label) for n in value or () if n in may))
        else:
            parts.append("" if value is None else str(value))
    return "".join(parts).strip(" :：")


